import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startTestApp, type TestApp } from '../../support/app';
import { orderMails } from '../../support/sending-fleet';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink';
import { administer, testServer, urlOf } from '../../support/test-server';

/** Where `pg_dump` and `pg_restore` of the server's version are: `scripts/test-on-debian-postgres.sh` says. */
const BIN = process.env['TEST_PG_BIN'];
const MAILS = 20;
const COPY = 'ritorno_test_restored_dump';
const apps: TestApp[] = [];
let dir: string;
let sink: SmtpSink;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'ritorno-dump-'));
  sink = await startSmtpSink({}, { keepOctets: false });
});
afterAll(async () => {
  for (const app of apps.reverse()) await app.close();
  await administer(testServer().adminUrl, (client) => client.query(`drop database if exists ${COPY} with (force)`));
  await sink.stop();
  rmSync(dir, { recursive: true, force: true });
});

const start = async (url?: string): Promise<TestApp> => {
  const app = await startTestApp({
    ...(url === undefined ? {} : { on: { url } }),
    smtpUrl: sink.url,
    env: { LOG_LEVEL: 'silent' },
  });
  apps.push(app);
  return app;
};
const sending = async (app: TestApp, paused: boolean): Promise<void> => {
  await app.request('put', '/api/v1/settings/sending').send({ paused }).expect(200);
};

// Elsewhere `restored-backup` loads a copy that the server itself has made.
(BIN === undefined ? it.skip : it)(
  'a dump that is loaded elsewhere sends nothing until it is released',
  async () => {
    // One mail has gone out, so that the shop has sent before; the others are queued, and due.
    const shop = await start();
    await orderMails(shop, 1, '2026-03-02T07:00:00.000Z');
    await shop.advance('PT1M');
    expect(sink.mails).toHaveLength(1);
    await sending(shop, true);
    const events = Array.from({ length: MAILS }, (_, n) => ({
      id: `later${n}`,
      type: 'customer.created',
      occurredAt: '2026-03-02T08:00:00.000Z',
      data: {
        externalId: `later${n}`,
        email: `later${n}@example.com`,
        consent: { status: 'subscribed', source: 'form', at: '2026-03-02T08:00:00.000Z' },
      },
    }));
    await shop.request('post', '/api/v1/events').send(events).expect(202);
    await shop.advance('PT1M');
    // As an operator would have it: the dump is of a shop that sends.
    await shop.database.execute(
      `update settings set value = '{"paused": false, "reason": null}' where key = 'sending'`,
    );

    const file = path.join(dir, 'shop.dump');
    execFileSync(path.join(BIN ?? '', 'pg_dump'), ['--format=custom', `--file=${file}`, shop.databaseUrl]);
    await shop.advance('PT1M');
    expect(sink.mails).toHaveLength(1 + MAILS);

    const { adminUrl } = testServer();
    const url = urlOf(adminUrl, COPY);
    await administer(adminUrl, (client) => client.query(`create database ${COPY}`));
    execFileSync(path.join(BIN ?? '', 'pg_restore'), ['--exit-on-error', '--no-owner', `--dbname=${url}`, file]);
    const restored = await start(url);
    const [due] = await restored.database.query<{ count: number }>(
      `select count(*)::int as count from messages where status = 'queued' and next_try_at is not null`,
    );
    expect(due?.count).toBe(MAILS);
    await restored.advance('PT5M');
    expect(sink.mails).toHaveLength(1 + MAILS);
    const setting = await restored.request('get', '/api/v1/settings/sending').expect(200);
    expect(setting.body).toMatchObject({ paused: true, reason: expect.stringContaining('copy') as string });

    await sending(restored, false);
    await restored.advance('PT5M');
    expect(sink.mails).toHaveLength(1 + 2 * MAILS);
  },
  60_000,
);
