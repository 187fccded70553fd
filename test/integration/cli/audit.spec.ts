import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { runAudit } from '../../../src/cli/audit';
import { onItsDatabase } from '../../../src/cli/its-database';
import { startEmbedded } from '../../../src/platform/database/embedded/embedded-postgres';
import { startTestApp } from '../../support/app';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { startSmtpSink } from '../../support/smtp-sink';

const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Ciao <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;
const WHERE = { command: 'audit' } as const;
const AT = '2026-03-02T08:00:00.000Z';

let shared: TestDatabase;
let client: Client;

/** Ten people behind the first of two mails, some held out; then the service is gone. */
beforeAll(async () => {
  shared = await createTestDatabase();
  const sink = await startSmtpSink();
  const app = await startTestApp({ on: shared, smtpUrl: sink.url, clock: AT });
  const locales = { en: { subject: 'Ciao', mjml: MJML } };
  const template = { key: 'ciao', name: 'c', defaultLocale: 'en', locales };
  await app.request('post', '/api/v1/templates').send(template).expect(201);
  const steps = [
    { kind: 'email', key: 'hello', template: 'ciao' },
    { kind: 'wait', for: 'P30D' },
    { kind: 'email', key: 'again', template: 'ciao' },
  ];
  const trigger = { on: 'event', event: 'go' };
  const campaign = { key: 'one', name: 'one', purpose: 'welcome', trigger, steps, holdout: 0.5 };
  await app.request('post', '/api/v1/campaigns').send(campaign).expect(201);
  await app.request('post', '/api/v1/campaigns/one/activate').expect(200);
  const consent = { status: 'subscribed', source: 'form', at: AT };
  const events = Array.from({ length: 30 }, (_, n) => ({ externalId: `c${n}`, email: `c${n}@example.com` })).flatMap(
    (customer, n) => [
      { id: `a${n}`, type: 'customer.created', occurredAt: AT, data: { ...customer, consent } },
      { id: `b${n}`, type: 'go', occurredAt: AT, data: { customer } },
    ],
  );
  await app.request('post', '/api/v1/events').send(events).expect(202);
  await app.advance('P1D');
  await app.close();
  await sink.stop();
  client = new Client({ connectionString: shared.url });
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await shared?.close();
});

async function audit(): Promise<{ code: number; found: Record<string, number>; total: number; named: number }> {
  let text = '';
  const code = await runAudit({ ...WHERE, database: shared.url, json: true }, (more) => (text += more));
  const answer = JSON.parse(text) as {
    checks: Array<{ name: string; violations: number }>;
    violations: unknown[];
    total: number;
  };
  const found = answer.checks.filter(({ violations }) => violations > 0);
  return {
    code,
    found: Object.fromEntries(found.map(({ name, violations }) => [name, violations])),
    total: answer.total,
    named: answer.violations.length,
  };
}

/** A message of the treatment, another one each time. */
const nextSent = (() => {
  let n = 0;
  return async (): Promise<string> => {
    const { rows } = await client.query<{ id: string }>(
      `select id from messages where status = 'sent' order by id offset $1 limit 1`,
      [n++],
    );
    return rows[0]?.id ?? '';
  };
})();

describe('ritorno audit', () => {
  it('finds nothing where all is well, and says what it has counted', async () => {
    expect(await audit()).toEqual({ code: 0, found: {}, total: 30, named: 0 });
    let text = '';
    await runAudit({ ...WHERE, database: shared.url, json: false }, (more) => (text += more));
    expect(text).toContain('holds: no (origin, origin id, step) has two accepted mails');
    expect(text).toContain('All is accounted for.');
  });

  it.each([
    ['what was sent without a gate', `update messages set sending_at = null where id = $1`, { 'sent-without-gate': 1 }],
    [
      'a mail to somebody who is held out',
      `update enrollments set arm = 'holdout' where id = (select enrollment_id from messages where id = $1)`,
      { 'wrong-arm': 1 },
    ],
    [
      'a message of another customer',
      `update messages set customer_id = gen_random_uuid() where id = $1`,
      { 'orphan-message': 1 },
    ],
    [
      'a worker that never came back',
      `update messages set status = 'sending', claim_token = gen_random_uuid(), lease_until = now() - interval '1 hour' where id = $1`,
      { 'lost-lease': 1 },
    ],
    [
      'a step without its row, whose contents stay',
      `delete from messages where id = $1`,
      { 'decision-without-message': 1, 'passed-without-message': 1, 'orphan-contents': 1 },
    ],
    [
      'a Message-ID of two messages',
      `update messages set message_id_header = (select max(message_id_header) from messages) where id = $1`,
      { 'message-id-twice': 1 },
    ],
  ])('finds %s', async (_, plant, expected) => {
    const before = (await audit()).found;
    await client.query(plant, [await nextSent()]);
    const { code, found } = await audit();
    expect(code).toBe(2);
    const added = Object.entries(found).map(([name, n]) => [name, n - (before[name] ?? 0)] as const);
    expect(Object.fromEntries(added.filter(([, n]) => n > 0))).toEqual(expected);
  });

  it('finds a key with two accepted mails, though only a broken database lets it in', async () => {
    await client.query('alter table messages drop constraint messages_origin_id_origin_step_key');
    await client.query(
      `insert into messages select (jsonb_populate_record(m, jsonb_build_object('id', gen_random_uuid(), 'message_id_header', null))).*
       from messages m where id = $1`,
      [await nextSent()],
    );
    const { code, found } = await audit();
    expect(code).toBe(2);
    expect(found).toMatchObject({ 'accepted-twice': 1, 'two-rows': 1, 'no-unique-key': 1 });
  });

  it('without DATABASE_URL looks for the embedded one, running or not, and says what to do where there is none', async () => {
    const nothing = mkdtempSync(path.join(tmpdir(), 'ritorno-audit-'));
    const look = (): Promise<number> =>
      onItsDatabase({ ...WHERE, database: undefined, dataDir: nothing, json: true }, (options) =>
        runAudit(options, () => undefined),
      );
    await expect(look()).rejects.toThrow(/DATABASE_URL or DATA_DIR/);
    chmodSync(nothing, 0o755);
    // An empty database is no ledger: that it was reached is what counts here.
    const reached = /relation "enrollments" does not exist/;
    const running = await startEmbedded({ dataDir: nothing, log: () => undefined, durable: false });
    await expect(look())
      .rejects.toThrow(reached)
      .finally(() => running.stop());
    await expect(look()).rejects.toThrow(reached);
    // Stopped again: it is free for the next one.
    expect(existsSync(path.join(nothing, 'ritorno.lock'))).toBe(false);
    rmSync(nothing, { recursive: true, force: true });
  });
});
