import { ImapMailbox } from '../../../src/bounces/imap-mailbox';
import { ImapWork } from '../../../src/bounces/jobs/imap.work';
import { readMailboxUrl } from '../../../src/platform/config/mailbox-url';
import { IMAP_PASSWORD, type ImapAct, type ImapServer, startImapServer } from '../../support/imap-server';
import { type MailApp, startMailApp } from '../../support/mail-app';
import { returnedMail } from '../../support/returned-mails';

const FOR_EVER = 2 ** 31 - 1;
const HARD = { status: '5.1.1', diagnostic: '550 5.1.1 User unknown' };

let app: MailApp;
let server: ImapServer;
let act: (verb: string, line: string, tag: string) => ImapAct = () => undefined;
let people = 0;

beforeAll(async () => {
  server = await startImapServer({ onCommand: (verb, line, tag) => act(verb, line, tag) });
  const env = { BOUNCE_DOMAIN: 'bounces.test', BOUNCE_IMAP_URL: server.url, ROLE: 'api' };
  app = await startMailApp({ env });
});
afterAll(async () => {
  await app?.close();
  await server?.stop();
});
afterEach(() => {
  act = () => undefined;
});

/** One look at the mailbox, whenever the next would be. */
async function look(): Promise<number> {
  await app.database.execute("update mailbox_reads set next_at = '-infinity'");
  return app.app.get(ImapWork).runDue(new Date('2026-03-02T08:00:00Z'));
}

const state = async () =>
  (await app.request('get', '/api/v1/bounces/mailbox').expect(200)).body as Record<string, unknown>;
const lying = (folder: string) => (server.folders.get(folder) ?? []).length;

/** A mail that went out, and the notice that it came back. */
async function returned(): Promise<{ to: string; raw: Buffer }> {
  const to = `gone-${++people}@example.com`;
  const { returnPath } = await app.sendCiao(to);
  return { to, raw: returnedMail({ to: returnPath, recipient: to, ...HARD }) };
}

async function isSuppressed(address: string): Promise<boolean> {
  const { body } = await app.request('get', `/api/v1/suppressions?address=${address}`).expect(200);
  return (body.items as unknown[]).length > 0;
}

it('mails take effect as by API and move to Processed; what cannot be read goes to Failed', async () => {
  const { to, raw } = await returned();
  server.deliver(raw);
  server.deliver('From: somebody@example.com\r\nSubject: Hello\r\n\r\nHello\r\n');
  const large = server.deliver(Buffer.alloc(5 * 1024 * 1024 + 1, 97));
  server.deliver(Buffer.from([0, 255, 1, 13, 10, 200, 0]));
  expect(await look()).toBe(4);
  expect([lying('INBOX'), lying('Processed'), lying('Failed')]).toEqual([0, 3, 1]);
  expect(server.commands.some((command) => command.startsWith(`UID FETCH ${large} `))).toBe(false);
  const { body } = await app.request('get', `/api/v1/suppressions?address=${to}`).expect(200);
  expect(body.items).toMatchObject([{ reason: 'hard_bounce', evidence: { source: 'mailbox', proof: 'return_path' } }]);
  expect(await state()).toMatchObject({ configured: true, reachable: true, failures: 0, processed: 3, failed: 1 });
});

it('a process that dies between the effect and the move does nothing twice', async () => {
  const { to, raw } = await returned();
  server.deliver(raw);
  act = (verb) => (verb === 'UID MOVE' ? 'cut' : undefined);
  expect(await look()).toBe(0);
  expect(await isSuppressed(to)).toBe(true);
  expect([lying('INBOX'), (await state()).failures]).toEqual([1, 1]);
  act = () => undefined;
  // A person has lifted it in the meantime; the mail is still there.
  await app.request('delete', `/api/v1/suppressions?address=${to}`).expect(204);
  await app.database.execute('delete from bounces');
  expect(await look()).toBe(1);
  expect([lying('INBOX'), await isSuppressed(to)]).toEqual([0, false]);
  expect(await state()).toMatchObject({ reachable: true, failures: 0 });
});

it('one mail that the server will not give or move holds up no other, and the next look comes later', async () => {
  const stuck = server.deliver('Subject: stuck\r\n\r\nx\r\n');
  server.deliver('Subject: second\r\n\r\nx\r\n');
  act = (verb, line, tag) =>
    verb === 'UID MOVE' && line.startsWith(`${stuck} `) ? { say: `${tag} NO [NOPERM] not this one\r\n` } : undefined;
  expect(await look()).toBe(1);
  expect(lying('INBOX')).toBe(1);
  expect(await state()).toMatchObject({ failures: 1, lastError: expect.stringContaining('moving a mail') });
  act = () => undefined;
  expect(await look()).toBe(1);
});

it('the login that is refused, a server that says garbage, hangs up or floods: said without the password', async () => {
  const troubles: Array<[typeof act, RegExp]> = [
    [
      (verb, line, tag) => (verb === 'LOGIN' ? { say: `${tag} NO [AUTHENTICATIONFAILED] ${line}\r\n` } : undefined),
      /login is refused/,
    ],
    [(verb) => (verb === 'SELECT' ? 'cut' : undefined), /opening the folder/],
    [(verb) => (verb === 'SELECT' ? { say: `* ${'x'.repeat(100_000)}` } : undefined), /opening the folder/],
    [
      (verb) => (verb === 'FETCH' ? { say: '* 1 FETCH (UID 1 BODY[] {99999999999}\r\n' } : undefined),
      /listing the mails/,
    ],
  ];
  server.deliver('Subject: waits\r\n\r\nx\r\n');
  for (const [trouble, said] of troubles) {
    act = trouble;
    expect(await look()).toBe(0);
    const { lastError, reachable } = await state();
    expect([lastError, reachable]).toEqual([expect.stringMatching(said), false]);
    expect(lastError).not.toContain(IMAP_PASSWORD);
  }
  const { failures } = await state();
  expect(failures).toBe(troubles.length);
  const [next] = await app.database.query<{ ahead: number }>(
    'select extract(epoch from next_at - clock_timestamp())::float8 as ahead from mailbox_reads',
  );
  expect(next?.ahead).toBeGreaterThan(200);
  const { body: health } = await app.request('get', '/health/ready', null).expect(200);
  expect(health.notes).toMatchObject({ bounceMailbox: { reachable: false, failures } });
  const { text: metrics } = await app.request('get', '/metrics').expect(200);
  expect(metrics).toContain(`ritorno_bounces_mailbox_failures ${troubles.length}`);
  act = () => undefined;
  expect(await look()).toBe(1);
});

it('one worker at a time looks, and a stop does not wait for a server that stalls', async () => {
  let reached: () => void = () => undefined;
  const stalls = new Promise<void>((done) => (reached = done));
  act = (verb) => {
    if (verb !== 'SELECT') return undefined;
    reached();
    return 'silence';
  };
  const work = app.app.get(ImapWork);
  // Whoever waits for this server waits for ever.
  Object.assign(Reflect.get(work, 'mailbox') as ImapMailbox, { patience: { callMs: FOR_EVER, visitMs: FOR_EVER } });
  const pending = look();
  await stalls;
  const before = [server.connections(), (await state()).failures];
  await app.database.execute("update mailbox_reads set next_at = '-infinity'");
  expect(await work.runDue(new Date())).toBe(0);
  expect(server.connections()).toBe(before[0]);
  work.onModuleDestroy();
  expect(await pending).toBe(0);
  // It says nothing about the server, and nobody waits for the lease.
  const [row] = await app.database.query<{ held: boolean }>(
    'select lease_until is not null as held from mailbox_reads',
  );
  expect([row?.held, (await state()).failures]).toEqual([false, before[1]]);
});

it('a server that stalls, or speaks something else, is left within its time', async () => {
  for (const greeting of ['', 'HTTP/1.1 400 Bad Request\r\n\r\n', '* OK ready\r\n']) {
    const odd = await startImapServer({ greeting, onCommand: () => 'silence' });
    const endpoint = readMailboxUrl(odd.url, []);
    if (!endpoint) throw new Error('the address is good');
    const visit = new ImapMailbox(endpoint, { callMs: 300, visitMs: 1_000 }).visit(() => Promise.resolve(1));
    // By our clock, not by one of the client's own.
    await expect(visit).rejects.toThrow('connecting: no answer in 0.3 s');
    await odd.stop();
  }
});
