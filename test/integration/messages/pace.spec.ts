import { SendLedger } from '../../../src/messages/send-ledger';
import { startTestApp, type TestApp } from '../../support/app';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { startSmtpSink, type SinkAction, type SmtpSink } from '../../support/smtp-sink';

const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Ciao <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;

let shared: TestDatabase;
let app: TestApp;
let other: TestApp;
let sink: SmtpSink;
let template: { id: string; version: number; key: string };
let onRecipient: (address: string) => SinkAction | undefined = () => undefined;
/** Mails of Gmail that the server is taking at this moment, and the most that there were. */
let under = 0;
let most = 0;

beforeAll(async () => {
  shared = await createTestDatabase();
  sink = await startSmtpSink({
    onCommand: (verb, line) => (verb === 'RCPT' ? onRecipient(/<([^>]*)>/.exec(line)?.[1] ?? '') : undefined),
    onMail: async ({ to }) => {
      if (!to[0]?.endsWith('@gmail.com')) return undefined;
      most = Math.max(most, ++under);
      await new Promise((done) => setTimeout(done, 30));
      under--;
      return undefined;
    },
  });
  app = await startTestApp({ on: shared, smtpUrl: sink.url });
  other = await startTestApp({ on: shared, smtpUrl: sink.url });
  const locales = { en: { subject: 'Ciao', mjml: MJML } };
  const { body } = await app
    .request('post', '/api/v1/templates')
    .send({ key: 'ciao', name: 'c', defaultLocale: 'en', locales })
    .expect(201);
  template = { id: body.id as string, version: 1, key: 'ciao' };
});
afterAll(async () => {
  await other?.close();
  await app?.close();
  await sink?.stop();
  await shared?.close();
});
beforeEach(async () => {
  onRecipient = () => undefined;
  most = 0;
  sink.mails.length = 0;
  await app.database.execute('delete from destination_groups');
});

/** So many mails that are due now. */
async function mails(n: number, domain: string): Promise<string[]> {
  const now = new Date((await app.request('get', '/api/v1/test-clock')).body.now as string);
  const ledger = app.app.get(SendLedger);
  return app.database.transaction(async (tx) => {
    const ids: string[] = [];
    for (let i = 0; i < n; i++) {
      const mail = { to: `p${i}@${domain}`, customerId: null, locale: 'en', template, survey: null };
      ids.push(await ledger.enterTest(tx, mail, now));
    }
    return ids;
  });
}

const view = async (id: string | undefined) =>
  (await app.request('get', `/api/v1/messages/${id ?? ''}`).expect(200)).body as {
    status: string;
    attempts: number;
    heldBy: string | null;
  };
const statuses = async (ids: string[]) => {
  const rows = await app.database.query<{ status: string; count: number }>(
    'select status, count(*)::int as count from messages where id = any($1::uuid[]) group by 1',
    [ids],
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
};

describe('the pace of sending, two workers on one database', () => {
  it('backs off the destination that says 421, not its mails, and nobody else', async () => {
    onRecipient = (address) => (address.endsWith('@googlemail.com') ? '421 4.7.0 try again later' : undefined);
    const busy = await mails(40, 'googlemail.com');
    const free = await mails(5, 'elsewhere.example');
    await app.advance('PT1S');
    expect(await statuses(free)).toEqual({ sent: 5 });
    expect((await statuses(busy)).sent).toBeUndefined();
    const { body } = await app.request('get', '/api/v1/destinations').expect(200);
    expect(body.items).toMatchObject([{ group: 'gmail', lastReply: expect.stringContaining('421') as string }]);
    expect(body.items[0].closedUntil).not.toBeNull();
    const waiting = await Promise.all(busy.map(view));
    expect(waiting.every(({ attempts }) => attempts === 0)).toBe(true);
    expect(waiting.map(({ heldBy }) => heldBy)).toContain('destination');
    onRecipient = () => undefined;
    await app.advance('PT3H');
    expect(await statuses(busy)).toEqual({ sent: 40 });
    expect(new Set(sink.mails.map(({ messageId }) => messageId)).size).toBe(45);
    expect(sink.mails).toHaveLength(45);
  });

  it('shares the concurrency of a limited group', async () => {
    await app.database.execute(
      `insert into destination_groups values ('gmail', 3, 60000, 1, 10000, '2026-03-01', '2026-03-01', 1, $1, -1000, -100000, null)`,
      [(await app.request('get', '/api/v1/test-clock')).body.now],
    );
    const ids = await mails(60, 'gmail.com');
    await app.advance('PT10M');
    expect(await statuses(ids)).toEqual({ sent: 60 });
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3);
  });

  it('shares the daily cap of a sending domain; what is over it waits for the next day and says so', async () => {
    const today = ((await app.request('get', '/api/v1/test-clock')).body.now as string).slice(0, 10);
    const plan = { domain: 'bottega.test', startsOn: today, perDay: [20, 25, 100] };
    await app
      .request('put', '/api/v1/settings/warm-up')
      .send({ plans: [{ ...plan, perDay: [] }] })
      .expect(422);
    await app
      .request('put', '/api/v1/settings/warm-up')
      .send({ plans: [plan] })
      .expect(200);
    const ids = await mails(60, 'elsewhere.example');
    await app.advance('PT1H');
    expect(await statuses(ids)).toEqual({ sent: 20, queued: 40 });
    const { body } = await app.request('get', '/api/v1/settings/warm-up').expect(200);
    expect(body.today).toEqual([{ domain: 'bottega.test', day: today, cap: 20, taken: 20 }]);
    const held = (await Promise.all(ids.map(view))).filter(({ status }) => status === 'queued');
    expect(held.every(({ heldBy }) => heldBy === 'warm_up')).toBe(true);
    await app.advance('PT16H');
    expect(await statuses(ids)).toEqual({ sent: 45, queued: 15 });
    await app.request('put', '/api/v1/settings/warm-up').send({ plans: [] }).expect(200);
    await app.advance('PT1M');
    expect(await statuses(ids)).toEqual({ sent: 60 });
    expect(sink.mails).toHaveLength(60);
  });
});
