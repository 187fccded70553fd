import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RestoredBackup } from '../../../src/messages/restored-backup';
import { startTestApp, type TestApp } from '../../support/app';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { orderMails } from '../../support/sending-fleet';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink';
import { administer, testServer } from '../../support/test-server';

const MAILS = 20;
let dataDir: string;
let database: TestDatabase;
let sink: SmtpSink;
const apps: TestApp[] = [];

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'ritorno-restored-'));
  database = await createTestDatabase();
  sink = await startSmtpSink({}, { keepOctets: false });
});
afterAll(async () => {
  for (const app of apps) await app.close();
  await database.close();
  await sink.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const start = async (): Promise<TestApp> => {
  const env = { DATA_DIR: dataDir, LOG_LEVEL: 'silent' };
  const app = await startTestApp({ on: database, smtpUrl: sink.url, env });
  apps.push(app);
  return app;
};
const stop = async (app: TestApp): Promise<void> => {
  apps.splice(apps.indexOf(app), 1);
  await app.close();
};
const nameOf = (): string => new URL(database.url).pathname.slice(1);
/** Replaces the database by what a backup holds: a copy made earlier on the same server, put in its place. */
const copy = (from: string, to: string) =>
  administer(testServer().adminUrl, async (client) => {
    await client.query(`drop database if exists ${to} with (force)`);
    await client.query(`create database ${to} template ${from}`);
  });
const release = (app: TestApp) => app.request('put', '/api/v1/settings/sending').send({ paused: false }).expect(200);
const setting = async (app: TestApp) =>
  (await app.request('get', '/api/v1/settings/sending').expect(200)).body as object;

it('a restored backup sends nothing until it is released, however it was restored', async () => {
  // The backup is taken when everything is queued; then all of it is sent.
  const first = await start();
  await first.request('put', '/api/v1/settings/sending').send({ paused: true }).expect(200);
  await orderMails(first, MAILS, '2026-03-02T08:00:00.000Z');
  await first.advance('PT1M');
  const [mark] = await first.database.query<{ mark: number }>('select mark from ledger_mark');
  await release(first);
  await first.advance('PT1M');
  expect(sink.mails).toHaveLength(MAILS);
  expect(JSON.parse(readFileSync(path.join(dataDir, 'ledger-mark.json'), 'utf8'))).toMatchObject({
    mark: expect.any(Number) as number,
  });
  // As a snapshot of the disk is put back: the same server, the same database, as it was.
  const rewind = (app: TestApp) =>
    app.database.execute(
      `with mark as (update ledger_mark set mark = $1)
       update messages set status = 'queued', next_try_at = queued_at, claim_token = null, lease_until = null, sent_at = null`,
      [mark?.mark ?? 0],
    );
  await rewind(first);
  await stop(first);

  const second = await start();
  await second.advance('PT1M');
  expect(sink.mails).toHaveLength(MAILS);
  expect(await setting(second)).toMatchObject({ paused: true, reason: expect.stringContaining('older') as string });
  const { items } = (await second.request('get', '/api/v1/audit-log').expect(200)).body as { items: object[] };
  expect(items[0]).toMatchObject({ action: 'settings.sending', after: { paused: true } });
  // Looked at again it stays stopped.
  await second.advance('PT1M');
  expect(sink.mails).toHaveLength(MAILS);
  await stop(second);

  // As a dump is loaded: the same content in a database of another identity. What was held stays held.
  const other = `${nameOf()}_kept`;
  await database.database.execute(
    `update settings set value = '{"paused": false, "reason": null}' where key = 'sending'`,
  );
  await database.dataSource.destroy();
  await copy(nameOf(), other);
  await copy(other, nameOf());
  await administer(testServer().adminUrl, (client) => client.query(`drop database ${other}`));
  await database.dataSource.initialize();
  rmSync(path.join(dataDir, 'ledger-mark.json'));
  const third = await start();
  await third.advance('PT1M');
  expect(sink.mails).toHaveLength(MAILS);
  expect(await setting(third)).toMatchObject({ paused: true, reason: expect.stringContaining('copy') as string });

  // As an operator says: whatever cannot be seen from here.
  await third.database.execute(`update settings set value = '{"paused": false, "reason": null}' where key = 'sending'`);
  writeFileSync(path.join(dataDir, 'restored'), '');
  const guard = third.app.get(RestoredBackup);
  Object.assign(guard, { checkedAt: -Infinity });
  await third.advance('PT1M');
  expect(sink.mails).toHaveLength(MAILS);

  // Released, it sends what is queued in it: that is for a person to decide.
  await release(third);
  await third.advance('PT1M');
  expect(sink.mails).toHaveLength(2 * MAILS);
});

it('turns red without the guard: the backup sends all of it again', async () => {
  const app = await start();
  const off = jest.spyOn(RestoredBackup.prototype, 'check').mockResolvedValue();
  sink.mails.length = 0;
  await app.database.execute(
    `with mark as (update ledger_mark set mark = 0)
     update messages set status = 'queued', next_try_at = queued_at, claim_token = null, lease_until = null, sent_at = null`,
  );
  await app.advance('PT1M').finally(() => off.mockRestore());
  expect(sink.mails).toHaveLength(MAILS);
});
