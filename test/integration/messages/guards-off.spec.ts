import { Consent } from '../../../src/customers/consent';
import { Database, type Sql } from '../../../src/platform/database/database';
import { startTestApp, type TestApp } from '../../support/app';
import { orderMails } from '../../support/sending-fleet';
import { type SinkScript, type SmtpSink, startSmtpSink } from '../../support/smtp-sink';

const MAILS = 3;
let app: TestApp;
let sink: SmtpSink;
let script: SinkScript;

beforeAll(async () => {
  sink = await startSmtpSink({ onCommand: (...args) => script.onCommand?.(...args) }, { keepOctets: false });
  app = await startTestApp({ smtpUrl: sink.url });
  script = {};
  await orderMails(app, MAILS, '2026-03-02T08:00:00.000Z');
});
afterAll(async () => {
  await app?.close();
  await sink?.stop();
});

/** Everybody stands before the first step again, as if it had never been taken: a fault of the engine, a row put back. */
async function again(): Promise<void> {
  await app.database.execute('delete from contacts');
  await app.database.execute(
    `update enrollments set status = 'active', position = 0, ended_at = null, exit_reason = null,
       next_run_at = '2026-03-02T09:00Z', due_at = '2026-03-02T09:00Z'`,
  );
  await app.database.execute(
    'insert into enrollment_timers (due_at, enrollment_id) select due_at, id from enrollments',
  );
  await app.advance('PT2H');
  expect(await app.database.query('select distinct status from enrollments')).toEqual([{ status: 'completed' }]);
}

describe('the key on (enrollment, step)', () => {
  it('a step that is taken twice is mailed once', async () => {
    await app.advance('PT1M');
    expect(sink.mails).toHaveLength(MAILS);
    await again();
    expect(sink.mails).toHaveLength(MAILS);
  });

  it('turns red without it', async () => {
    // Every row is its own key.
    await app.database.execute(`
      create function own_key() returns trigger language plpgsql as
        $$ begin new.step = new.step || '-' || left(gen_random_uuid()::text, 8); return new; end $$`);
    await app.database.execute(
      'create trigger own_key before insert on messages for each row execute function own_key()',
    );
    await again().finally(() => app.database.execute('drop trigger own_key on messages'));
    expect(sink.mails).toHaveLength(2 * MAILS);
  });
});

describe('the late gate', () => {
  it('turns red when it asks nobody: who left before the 354 is mailed all the same', async () => {
    const left: string[] = [];
    let recipient = '';
    script.onCommand = async (verb, line) => {
      if (verb === 'RCPT') recipient = /<([^>]*)>/.exec(line)?.[1] ?? '';
      if (verb === 'DATA' && left.push(recipient)) {
        const [customer] = await app.database.query<{ id: string }>('select id from customers where email = $1', [
          recipient,
        ]);
        const at = new Date('2026-03-02T08:00:00Z');
        await app.database.transaction((tx) =>
          app.app.get(Consent).unsubscribe(tx, { customerId: customer?.id ?? '', at, source: 'page' }),
        );
      }
      return undefined;
    };
    const query = Database.prototype.query;
    const off = jest.spyOn(Database.prototype, 'query').mockImplementation(function (
      this: Database,
      sql: Sql | string,
      values?: readonly unknown[],
    ) {
      if (typeof sql === 'string' || sql.name !== 'messages.write-ledger') return query.call(this, sql, values);
      const text = sql.text.replace(/(g\.subject, )[^]*? as refusal,/, '$1null::text as refusal,');
      expect(text).not.toBe(sql.text);
      return query.call(this, { text, values: sql.values ?? [] });
    });
    const before = sink.mails.length;
    const one = {
      id: 'late',
      type: 'customer.created',
      occurredAt: (await app.request('get', '/api/v1/test-clock')).body.now as string,
      data: { externalId: 'late', email: 'late@example.com', consent: { status: 'subscribed', source: 'form' } },
    };
    await app.request('post', '/api/v1/events').send([one]).expect(202);
    await app.advance('PT1M').finally(() => off.mockRestore());
    expect(left).toEqual(['late@example.com']);
    expect(sink.mails).toHaveLength(before + 1);
  });
});
