import { SendLedger } from '../../../src/messages/send-ledger';
import { SenderPauses } from '../../../src/messages/sender-pauses';
import { type MailApp, startMailApp } from '../../support/mail-app';

let app: MailApp;
const CONNECTIONS = 3;

beforeAll(async () => {
  const env = { MAIL_FROM: 'Bottega <ciao@bottega.example>', SMTP_CONNECTIONS: String(CONNECTIONS) };
  app = await startMailApp({ env });
});
afterAll(() => app?.close());

beforeEach(() => {
  app.script = {};
});

const nowOf = async (): Promise<Date> => new Date((await app.request('get', '/api/v1/test-clock')).body.now as string);

/** So many mails of the shop that are due now. */
async function queued(n: number, to: string): Promise<string[]> {
  const { body } = await app.request('get', '/api/v1/templates/ciao').expect(200);
  const template = { id: body.id as string, version: 1, key: 'ciao' };
  const now = await nowOf();
  const ledger = app.app.get(SendLedger);
  return app.database.transaction(async (tx) => {
    const ids: string[] = [];
    for (let i = 0; i < n; i++) {
      const mail = { to: `${to}${i}@example.com`, customerId: null, locale: 'en', template, survey: null };
      ids.push(await ledger.enterTest(tx, mail, now));
    }
    return ids;
  });
}

const statusesOf = async (ids: readonly string[]): Promise<Record<string, number>> => {
  const rows = await app.database.query<{ status: string; n: number }>(
    'select status, count(*)::int as n from messages where id = any($1::uuid[]) group by 1',
    [ids],
  );
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
};

const domains = async () =>
  (await app.request('get', '/api/v1/sending-domains').expect(200)).body.items as Array<Record<string, unknown>>;

describe('the circuit breaker of a sending domain', () => {
  it('holds the mails of the domain back, those alone, until a person resumes', async () => {
    expect(await domains()).toMatchObject([{ domain: 'bottega.example', paused: false }]);
    const now = new Date((await app.request('get', '/api/v1/test-clock')).body.now as string);
    const pause = {
      domain: 'Bottega.example',
      reason: 'authentication',
      evidence: { reply: '550 5.7.26 unauthenticated' },
    };
    const pauses = app.app.get(SenderPauses);
    expect(await app.database.transaction((tx) => pauses.pause(tx, pause, now))).toBe(true);
    expect(await app.database.transaction((tx) => pauses.pause(tx, { ...pause, reason: 'policy' }, now))).toBe(false);
    const { body: sent } = await app
      .request('post', '/api/v1/templates/ciao/test-send')
      .send({ to: 'anna@example.com' })
      .expect(202);
    await app.advance('PT1H');
    const { body: held } = await app.request('get', `/api/v1/messages/${sent.id as string}`).expect(200);
    expect(held).toMatchObject({ status: 'queued', reason: null, heldBy: 'sending_paused' });
    expect(app.sink.mails).toHaveLength(0);
    expect(await domains()).toMatchObject([
      { domain: 'bottega.example', paused: true, reason: 'authentication', pauses: 1 },
    ]);
    const { text } = await app.request('get', '/metrics');
    expect(text).toContain('ritorno_messages_sending_domain_paused{domain="bottega.example"} 1');

    await app.request('post', '/api/v1/sending-domains/bottega.example/resume').expect(200);
    await app.request('post', '/api/v1/sending-domains/bottega.example/resume').expect(409);
    await app.request('post', '/api/v1/sending-domains/other.example/resume').expect(404);
    await app.advance('PT1H');
    expect(app.sink.to('anna@example.com')).toHaveLength(1);
    const { body: log } = await app.request('get', '/api/v1/audit-log');
    const actions = (log.items as Array<{ action: string }>).map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['sending-domain.pause', 'sending-domain.resume']));
  });

  const GRAVE = [
    ['550 5.7.26 This mail has been blocked because the sender is unauthenticated', 'after the body', 'onMail'],
    ['550 5.7.515 Access denied, sending domain bottega.example does not meet the required level', 'to RCPT', 'RCPT'],
  ] as const;
  it.each(GRAVE)('a server that says "%s" %s stops the domain: no mail is lost, nobody suppressed', async (...how) => {
    const [reply, , where] = how;
    let refused = 0;
    const refuse = (): string => (refused++, reply);
    app.script =
      where === 'onMail' ? { onMail: refuse } : { onCommand: (verb) => (verb === where ? refuse() : undefined) };
    const ids = await queued(60, where.toLowerCase());
    await app.advance('PT2H');
    // What was on the wire when the first answer came has heard it too; the others wait.
    const { failed = 0, queued: waiting = 0 } = await statusesOf(ids);
    expect(failed).toBe(refused);
    expect(failed).toBeGreaterThan(0);
    expect(failed).toBeLessThanOrEqual(3 * CONNECTIONS);
    expect(waiting).toBe(60 - failed);
    const { body: list } = await app.request('get', '/api/v1/messages?origin=test&status=queued&limit=100').expect(200);
    const held = (list.items as Array<{ id: string; heldBy: string }>).filter(({ id }) => ids.includes(id));
    expect(held.map(({ heldBy }) => heldBy)).toEqual(Array(waiting).fill('sending_paused'));
    const [domain] = await domains();
    expect(domain).toMatchObject({ domain: 'bottega.example', paused: true, reason: 'authentication' });
    expect(domain?.advice).toContain('GET /api/v1/domain-health');
    expect(domain?.evidence).toMatchObject({ status: reply.split(' ')[1], reply: expect.stringContaining('550') });
    expect(ids).toContain((domain?.evidence as { messageId: string }).messageId);
    expect((await app.request('get', '/api/v1/suppressions').expect(200)).body.items).toEqual([]);

    app.script = {};
    await app.advance('PT1H');
    expect((await statusesOf(ids)).sent).toBeUndefined();
    await app.request('post', '/api/v1/sending-domains/bottega.example/resume').expect(200);
    await app.advance('PT1H');
    expect(await statusesOf(ids)).toEqual({ failed, sent: waiting });
    expect(app.sink.mails.filter(({ to }) => to[0]?.startsWith(where.toLowerCase()))).toHaveLength(waiting);
  });

  it('too many complaints of a day stop it within a quarter of an hour, while mail goes out; after the resume they count no more', async () => {
    const ids = await queued(250, 'rated');
    await app.advance('PT1M');
    expect(await statusesOf(ids)).toEqual({ sent: 250 });
    await app.database.execute(`update messages set complained_at = sent_at where id = any($1::uuid[])`, [
      ids.slice(0, 3),
    ]);
    await app.advance('PT15M');
    // Workers look after such things once a second at most, by the clock of the machine: a fast one were too early.
    await new Promise((done) => setTimeout(done, 1_200));
    const [first] = await queued(1, 'wakes');
    await app.advance('PT1M');
    const next = await queued(1, 'after');
    await app.advance('PT1M');
    expect((await domains())[0]).toMatchObject({ paused: true, reason: 'complaints', evidence: { complaints: 3 } });
    expect(await statusesOf(next)).toEqual({ queued: 1 });
    await app.request('post', '/api/v1/sending-domains/bottega.example/resume').expect(200);
    await app.advance('PT1H');
    expect(await statusesOf([first ?? '', ...next])).toEqual({ sent: 2 });
    expect((await domains())[0]).toMatchObject({ paused: false });
  });
});
