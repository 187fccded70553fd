import { BatchComposer } from '../../../src/messages/jobs/batch-composer';
import { MailComposer } from '../../../src/messages/mail-composer';
import { RenderThreads } from '../../../src/templates/render-threads';
import { RenderVariablesLoader } from '../../../src/templates/render-variables';
import { startTestApp, type TestApp } from '../../support/app';
import { orderMails } from '../../support/sending-fleet';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink';

const AT = '2026-03-02T08:00:00.000Z';
const MAILS = 12;
const load = RenderVariablesLoader.prototype.load;
type Load = typeof load;

let sink: SmtpSink;
let app: TestApp;

beforeEach(async () => {
  sink = await startSmtpSink({}, { keepOctets: false });
  app = await startTestApp({ smtpUrl: sink.url, env: { LOG_LEVEL: 'silent' } });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await app.close();
  await sink.stop();
});

/** The data of these customers bring down every batch that they are in. */
async function poison(...externalIds: string[]): Promise<void> {
  const rows = await app.database.query<{ id: string }>('select id from customers where external_id = any($1)', [
    externalIds,
  ]);
  const ids = new Set<string | null>(rows.map(({ id }) => id));
  const poisoned: Load = function (this: RenderVariablesLoader, db, wanted) {
    if (wanted.some(({ customerId }) => ids.has(customerId))) throw new Error('a value that nobody expected');
    return load.call(this, db, wanted);
  };
  jest.spyOn(RenderVariablesLoader.prototype, 'load').mockImplementation(poisoned);
}

/** All mails are queued while sending is stopped; the poison is laid; then they may go. */
async function send(...poisonous: string[]): Promise<void> {
  await app.request('put', '/api/v1/settings/sending').send({ paused: true }).expect(200);
  await orderMails(app, MAILS, AT);
  await app.advance('PT1M');
  await poison(...poisonous);
  await app.request('put', '/api/v1/settings/sending').send({ paused: false }).expect(200);
}
const ledger = () =>
  app.database.query<{ recipient: string; status: string; reason: string | null; reply: string | null }>(
    `select recipient, status, reason, last_reply as reply from messages where status <> 'sent' order by recipient`,
  );

it('a mail that brings down its batch is set aside after three tries, and the others go out at once', async () => {
  await send('c3', 'c8');
  await app.advance('PT1M');
  expect(sink.mails).toHaveLength(MAILS - 2);
  const reply = 'the mail could not be made: a value that nobody expected';
  expect(await ledger()).toEqual(
    ['c3', 'c8'].map((who) => ({ recipient: `${who}@example.com`, status: 'deferred', reason: null, reply })),
  );
  await app.advance('PT2H');
  expect(await ledger()).toEqual(
    ['c3', 'c8'].map((who) => ({ recipient: `${who}@example.com`, status: 'skipped', reason: 'render_failed', reply })),
  );
  expect(sink.mails).toHaveLength(MAILS - 2);
});

it('where nothing can be made nobody is to blame: all of it goes out when the fault is mended', async () => {
  await send(...Array.from({ length: MAILS }, (_, n) => `c${n}`));
  await app.advance('PT1H');
  expect(sink.mails).toHaveLength(0);
  expect(new Set((await ledger()).map(({ status }) => status))).toEqual(new Set(['deferred']));
  jest.restoreAllMocks();
  await app.advance('PT4H');
  expect(sink.mails).toHaveLength(MAILS);
});

it('turns red with the guard off: the others do not go out', async () => {
  await send('c3');
  jest.spyOn(BatchComposer.prototype, 'compose').mockImplementation((rows) => app.app.get(MailComposer).compose(rows));
  await app.request('post', '/api/v1/test-clock').send({ advanceBy: 'PT1M' });
  expect(sink.mails.length).toBeLessThan(MAILS - 1);
});

it('a template that loops for one customer costs that mail alone, and is sorted out once', async () => {
  await app.request('put', '/api/v1/settings/sending').send({ paused: true }).expect(200);
  await orderMails(app, MAILS, AT);
  const dates = '{{#if (eq (date "2026-03-02T08:00:00Z" "full") "z")}}{{/if}}'.repeat(700);
  // Within every limit of what a mail may ask for, many times over what time it may take.
  const loop = `{{#each customer.attributes.list}}${dates}{{/each}}`;
  const mjml = `<mjml><mj-body><mj-section><mj-column><mj-text>Ciao ${loop}<a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;
  const locales = { en: { subject: 'Ciao', mjml } };
  const changed = { key: 'ciao', name: 'ciao', defaultLocale: 'en', locales };
  await app.request('put', '/api/v1/templates/ciao').send(changed).expect(200);
  await app.advance('PT1M');
  await app.database.execute(
    `update customers set attributes = jsonb_build_object('list', (select jsonb_agg(n) from generate_series(1, 9990) n))
     where external_id = 'c5'`,
  );
  await poison('c3');
  const threads = app.app.get(RenderThreads);
  Object.assign(threads, { patience: { startMs: 60_000, batchMs: 3_000, mailMs: 2_000 } });
  const render = jest.spyOn(threads, 'render');
  await app.request('put', '/api/v1/settings/sending').send({ paused: false }).expect(200);
  await app.advance('PT1M');
  const [data, looping] = await ledger();
  expect(data).toMatchObject({ recipient: 'c3@example.com', status: 'deferred' });
  expect(looping).toMatchObject({
    recipient: 'c5@example.com',
    status: 'skipped',
    reason: 'render_failed',
    reply: expect.stringContaining('too long') as string,
  });
  expect(sink.mails).toHaveLength(MAILS - 2);
  // Halved for the data, which are loaded first; the mails come to the threads once each, the looping one too.
  expect(render.mock.calls.flatMap(([tasks]) => tasks)).toHaveLength(MAILS - 1);
});

it('mails left alone because others of their template held a thread go out at the next try', async () => {
  await send('nobody');
  const dear = { ok: false, message: 'too dear' } as const;
  const threads = app.app.get(RenderThreads);
  jest.spyOn(threads, 'render').mockImplementationOnce((tasks) => {
    return Promise.resolve(tasks.map((_, n) => (n < 2 ? dear : { ...dear, untried: true as const })));
  });
  await app.advance('PT1M');
  const states = (await ledger()).map(({ status }) => status).sort();
  expect(states).toEqual([...Array<string>(MAILS - 2).fill('deferred'), 'skipped', 'skipped']);
  await app.advance('PT10M');
  expect(sink.mails).toHaveLength(MAILS - 2);
  expect((await ledger()).map(({ status }) => status)).toEqual(['skipped', 'skipped']);
});
