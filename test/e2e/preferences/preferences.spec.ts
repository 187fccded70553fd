import { ExitPersonalData } from '../../../src/preferences/data/exit-personal-data';
import { LinkTokens, type MessageLinks } from '../../../src/messages/link-tokens';
import { startTestApp, type TestApp } from '../../support/app';
import { startSmtpSink, type SmtpSink } from '../../support/smtp-sink';

const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Hi <a href="https://shop.test/new">new</a> <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;
const TOPICS = [
  { key: 'news', name: { en: 'New things', it: 'Novità' }, description: { en: 'What is new in the shop.' } },
  { key: 'tips', name: { en: 'Tips', it: 'Consigli' }, default: false },
];

let sink: SmtpSink;
let app: TestApp;
let people = 0;

beforeAll(async () => {
  sink = await startSmtpSink({});
  app = await startTestApp({ smtpUrl: sink.url });
  const locales = { en: { subject: 'Ciao', mjml: MJML } };
  await put('settings/topics', { topics: TOPICS });
  await post('templates', { key: 'hello', name: 'h', defaultLocale: 'en', locales }, 201);
  for (const topic of ['news', 'tips', null]) {
    const key = topic ?? 'plain';
    const trigger = { on: 'event', event: key };
    const steps = [{ kind: 'email', key: 'one', template: 'hello' }];
    const entry = { limit: 'unlimited' };
    await post('campaigns', { key, name: key, trigger, entry, steps, ...(topic ? { topic } : {}) }, 201);
    await post(`campaigns/${key}/activate`, {}, 200);
  }
});
afterAll(async () => {
  await app?.close();
  await sink?.stop();
});

const post = (path: string, body: object, status: number) =>
  app.request('post', `/api/v1/${path}`).send(body).expect(status);
const put = (path: string, body: object, status = 200) =>
  app.request('put', `/api/v1/${path}`).send(body).expect(status);
const now = async () => (await app.request('get', '/api/v1/test-clock')).body.now as string;

/** A new person who has consented, and what the shop says of their topics. */
async function person(consent: object = {}): Promise<{ id: string; externalId: string }> {
  const externalId = `p${++people}`;
  const at = await now();
  const word = { status: 'subscribed', source: 'form', at, ...consent };
  const data = { externalId, email: `${externalId}@example.com`, consent: word };
  await post('events', [{ id: `c-${externalId}`, type: 'customer.created', occurredAt: at, data }] as object, 202);
  await app.advance('PT1M');
  const found = await app.request('get', `/api/v1/customers?externalId=${externalId}`);
  return { id: (found.body.items as Array<{ id: string }>)[0]!.id, externalId };
}

const rows = (externalId: string) =>
  app.database.query<{ status: string; reason: string | null }>(
    `select m.status, m.reason from messages m join customers c on c.id = m.customer_id where c.external_id = $1 order by m.id desc`,
    [externalId],
  );

/** Starts a campaign for a person; what became of its mail, or why they did not enter. */
async function mail(externalId: string, campaign: string): Promise<string> {
  const occurredAt = await now();
  const before = [sink.mails.length, (await rows(externalId)).length] as const;
  const id = `e-${externalId}-${campaign}-${occurredAt}`;
  await post('events', [{ id, type: campaign, occurredAt, data: { customer: { externalId } } }] as object, 202);
  await app.advance('PT1M');
  if (sink.mails.length > before[0]) return 'sent';
  const made = await rows(externalId);
  if (made.length > before[1]) return made[0]!.reason ?? made[0]!.status;
  const { body } = await app.request('get', `/api/v1/customers?externalId=${externalId}`);
  const explained = await app.request('get', `/api/v1/customers/${body.items[0].id}/explain?campaign=${campaign}`);
  return (explained.body.decisions as Array<{ reason: string }>).at(-1)?.reason ?? 'nothing';
}

/** The last mail that came, its lines as they were. */
const lastMail = () =>
  sink.mails
    .at(-1)!
    .octets.toString('utf8')
    .replace(/=\r?\n/g, '')
    .replace(/\r?\n[ \t]/g, ' ');

async function linksOf(customerId: string): Promise<MessageLinks> {
  const { body } = await app.request('get', `/api/v1/messages?customerId=${customerId}`);
  return app.app.get(LinkTokens).of((body.items as Array<{ id: string }>)[0]!.id);
}

const visit = (link: string, form?: Record<string, string> | string[][]) =>
  fetch(link.replace('http://ritorno.test', app.url), {
    redirect: 'manual',
    ...(form ? { method: 'POST', body: new URLSearchParams(form as Record<string, string>) } : {}),
  });

describe('topics', () => {
  it('are a setting with every fault told, and one that is in use stays', async () => {
    expect((await app.request('get', '/api/v1/settings/topics')).body.topics).toHaveLength(2);
    const bad = [{ key: 'New!', name: {} }, { key: 'tips', name: { en: '' }, default: 'yes', more: 1 }, 7];
    const refused = await put('settings/topics', { topics: bad }, 422);
    expect((refused.body.errors as Array<{ path: string }>).map(({ path }) => path)).toEqual([
      ...['topics[0].key', 'topics[0].name', 'topics[1].more', 'topics[1].name.en', 'topics[1].default', 'topics[2]'],
    ]);
    expect((await put('settings/topics', { topics: [] }, 409)).body.detail).toContain('campaign news');
    const campaign = { key: 'x', name: 'x', trigger: { on: 'manual' }, topic: 'nothing' };
    const steps = [{ kind: 'email', key: 'one', template: 'hello' }];
    const unknown = await post('campaigns', { ...campaign, steps }, 422);
    expect(unknown.body.errors).toEqual([{ path: 'topic', message: 'the topic nothing does not exist' }]);
  });

  it('decide who enters, by the shop, by the person, and by the proof of the shop', async () => {
    const { id, externalId } = await person();
    expect(await mail(externalId, 'news')).toBe('sent');
    expect(lastMail()).toMatch(/^List-Id: .*<news\.bottega\.bottega\.test>/im);
    expect(await mail(externalId, 'tips')).toBe('topic_off');
    const { preferences } = await linksOf(id);
    await visit(preferences, [
      ['action', 'mails'],
      ['topic', 'tips'],
      ['frequency', ''],
    ]);
    expect(await mail(externalId, 'news')).toBe('topic_off');
    expect(await mail(externalId, 'tips')).toBe('sent');
    const shown = await app.request('get', `/api/v1/customers/${id}`);
    expect(shown.body.consent.topics).toEqual({ news: false, tips: true });
    // A shop that says it again is not believed; one that brings a later word of the person is.
    const say = async (consent: object) => {
      const occurredAt = await now();
      const data = { externalId, consent: { status: 'subscribed', topics: { news: true }, ...consent } };
      await post('events', [{ id: `u-${occurredAt}`, type: 'customer.updated', occurredAt, data }] as object, 202);
      await app.advance('PT1M');
    };
    await say({});
    expect(await mail(externalId, 'news')).toBe('topic_off');
    await say({ source: 'checkout', at: await now() });
    expect(await mail(externalId, 'news')).toBe('sent');
  });
});

describe('the preference page', () => {
  it('pauses for a month, which ends by itself, and is ended by hand', async () => {
    const { id, externalId } = await person();
    await mail(externalId, 'plain');
    const { preferences } = await linksOf(id);
    expect(await (await visit(preferences, { action: 'pause' })).text()).toContain('value="resume"');
    expect(await mail(externalId, 'plain')).toBe('paused_by_customer');
    await visit(preferences, { action: 'resume' });
    expect(await mail(externalId, 'plain')).toBe('sent');
    await visit(preferences, { action: 'pause' });
    await app.advance('P27D');
    expect(await mail(externalId, 'plain')).toBe('paused_by_customer');
    await app.advance('P5D');
    expect(await mail(externalId, 'plain')).toBe('sent');
    const timeline = await app.request('get', `/api/v1/customers/${id}/timeline?limit=100`);
    const wishes = (timeline.body.items as Array<Record<string, unknown>>).filter(({ wish }) => wish === 'pause');
    expect(wishes).toHaveLength(3);
  });

  it('sends fewer mails than the shop would', async () => {
    const { id, externalId } = await person();
    await mail(externalId, 'plain');
    await visit((await linksOf(id)).preferences, { action: 'mails', topic: 'news', frequency: 'weekly' });
    expect(await mail(externalId, 'plain')).toBe('frequency_cap');
    await app.advance('P7D');
    expect(await mail(externalId, 'plain')).toBe('sent');
  });

  it('switches the recording of opens and clicks off, each by itself', async () => {
    const { id, externalId } = await person();
    await mail(externalId, 'plain');
    expect(lastMail()).toMatch(/\/t\/o\//);
    const { preferences } = await linksOf(id);
    await visit(preferences, { action: 'tracking', clicks: 'yes' });
    await mail(externalId, 'plain');
    expect(lastMail()).not.toMatch(/\/t\/o\//);
    expect(lastMail()).toMatch(/\/t\/c\//);
    await visit(preferences, { action: 'tracking', opens: 'yes' });
    await mail(externalId, 'plain');
    expect(lastMail()).toMatch(/\/t\/o\//);
    expect(lastMail()).not.toMatch(/\/t\/c\//);
    const view = await (await visit((await linksOf(id)).view)).text();
    expect(view).toContain('https://shop.test/new');
    await put('settings/consent', { tracking: { opens: false, clicks: false } });
    await mail((await person()).externalId, 'plain');
    expect(lastMail()).not.toMatch(/\/t\/[oc]\//);
    await put('settings/consent', {});
  });

  it('gives the data as a file, and erases in two steps; by the link of a recent mail only', async () => {
    const { id, externalId } = await person();
    await mail(externalId, 'plain');
    const { preferences } = await linksOf(id);
    const file = await visit(preferences, { action: 'export' });
    expect(file.headers.get('content-disposition')).toContain('attachment');
    expect(await file.text()).toContain(`${externalId}@example.com`);
    expect(await (await visit(preferences, { action: 'erase' })).text()).toContain('name="confirm"');
    expect((await app.request('get', `/api/v1/customers/${id}`)).body.email).toBe(`${externalId}@example.com`);
    await app.advance('P31D');
    for (const form of [{ action: 'export' }, { action: 'erase', confirm: 'yes' }])
      expect(await (await visit(preferences, form as never)).text()).toContain('role="alert"');
    await mail(externalId, 'plain');
    const fresh = await linksOf(id);
    await visit(fresh.preferences, { action: 'erase', confirm: 'yes' });
    expect(await (await visit(fresh.preferences)).text()).not.toContain('<form');
    const [row] = await app.database.query('select email, wishes from customers where id = $1', [id]);
    expect(row).toEqual({ email: null, wishes: null });
  });

  it('takes nothing but its own forms, and tells nobody anything who has no link', async () => {
    const { id, externalId } = await person();
    await mail(externalId, 'plain');
    const links = await linksOf(id);
    for (const form of [{}, { action: 'x' }, { action: 'language', locale: 'xx' }, { action: 'mails', frequency: 'x' }])
      expect((await visit(links.preferences, form as never)).status).toBe(422);
    for (const link of [links.unsubscribe, links.open, `${links.preferences}x`]) {
      const guess = `${app.url}/p/${link.split('/').at(-1)!}`;
      expect((await visit(guess, { action: 'export' })).status).toBe(404);
    }
    const page = await (await visit(links.preferences)).text();
    expect(page).not.toMatch(/<script|@example\.com/);
  });
});

describe('the question why somebody left', () => {
  interface Reasons {
    left: number;
    asked: number;
    answered: number;
    campaigns: Array<{ campaign: string | null; reasons: Array<{ reason: string; answers: number; share: number }> }>;
    words: Array<{ campaign: string; reason: string; words: string }>;
  }
  const report = async () => (await app.request('get', '/api/v1/reports/exit-reasons').expect(200)).body as Reasons;
  const kept = (id: string) =>
    app.database.query('select reason, words, locale from exit_answers where customer_id = $1', [id]);
  const leaver = async () => {
    const { id, externalId } = await person();
    await mail(externalId, 'plain');
    return { id, externalId, links: await linksOf(id) };
  };

  it('stands on the page after the button, and is answered once, without a script', async () => {
    const { id, links } = await leaver();
    const asks = /<form method="post" action="(\/u\/[\w-]+\/why)">/;
    const left = await (await visit(links.unsubscribe, { confirm: 'yes' })).text();
    const action = asks.exec(left)?.[1] ?? '';
    expect(left).toContain('<fieldset>');
    expect(left).not.toContain('<script');
    const said = (form: Record<string, string>) => visit(app.url + action, form);
    expect((await said({})).status).toBe(422);
    expect(await kept(id)).toEqual([]);
    expect(await (await said({ reason: 'too_many', words: '  Ogni giorno\u0000 una!\r\n' })).text()).toContain(
      'Thank you',
    );
    expect(await (await said({ reason: 'other', words: 'no' })).text()).toContain('before');
    expect(await kept(id)).toEqual([{ reason: 'too_many', words: 'Ogni giorno una!', locale: 'en' }]);
    expect(await (await visit(links.unsubscribe, { confirm: 'yes' })).text()).not.toMatch(asks);
    const found = await report();
    expect(found.campaigns.find(({ campaign }) => campaign === 'plain')?.reasons).toMatchObject([
      { reason: 'too_many', answers: 1, share: 1 },
    ]);
    expect(found.words).toMatchObject([{ campaign: 'plain', reason: 'too_many', words: 'Ogni giorno una!' }]);
    const csv = await app.request('get', '/api/v1/reports/exit-reasons?format=csv').expect(200);
    expect(csv.text).toContain('plain,');
    const timeline = await app.request('get', `/api/v1/customers/${id}/timeline?limit=100`).expect(200);
    expect(timeline.body.items).toContainEqual(
      expect.objectContaining({ kind: 'consent', what: 'why_left', reason: 'too_many', campaign: 'plain' }),
    );
    const { body } = await app.request('get', `/api/v1/customers/${id}/export`).expect(200);
    expect(JSON.stringify(body)).toContain('Ogni giorno una!');
    await app.request('post', `/api/v1/customers/${id}/erase`).expect(200);
    expect(await kept(id)).toEqual([{ reason: 'too_many', words: null, locale: 'en' }]);
  });

  it('is asked of nobody’s machine, and of nobody who has not left', async () => {
    const { id, links } = await leaver();
    const why = `${links.unsubscribe}/why`;
    const early = await visit(why, { reason: 'other' });
    expect([early.status, early.headers.get('location')]).toEqual([303, new URL(links.unsubscribe).pathname]);
    expect(await kept(id)).toEqual([]);
    const before = await report();
    const click = await visit(links.unsubscribe, { 'List-Unsubscribe': 'One-Click' });
    expect([click.status, (await click.text()).includes('<form')]).toEqual([200, false]);
    expect(await report()).toMatchObject({ left: before.left + 1, asked: before.asked, answered: before.answered });
    for (const wrong of [`${why}x`, `${links.preferences}/why`, why.replace('/u/', '/u/A')])
      expect((await visit(wrong, { reason: 'other' })).status).toBe(404);
  });

  it('is asked in the preference centre too, in the language of the person', async () => {
    const { id, links } = await leaver();
    await visit(links.preferences, { action: 'language', locale: 'it' });
    const left = await (await visit(links.preferences, { action: 'unsubscribe' })).text();
    expect(left).toContain('Ci dici perché?');
    expect(await (await visit(`${links.unsubscribe}/why`, { words: 'x'.repeat(3000) })).text()).toContain('Grazie');
    expect(await kept(id)).toEqual([{ reason: 'other', words: 'x'.repeat(1000), locale: 'it' }]);
  });
});

describe('two records of which one stays', () => {
  it('have one answer, the earlier', async () => {
    const ids = [];
    for (const reason of ['too_many', 'other', 'not_relevant']) {
      const { id, externalId } = await person();
      await mail(externalId, 'plain');
      const { unsubscribe } = await linksOf(id);
      await visit(unsubscribe, { confirm: 'yes' });
      await visit(`${unsubscribe}/why`, { reason });
      ids.push(id);
    }
    const [first = '', second = '', third = ''] = ids;
    const into = (await person()).id;
    await app.database.transaction((tx) =>
      app.app.get(ExitPersonalData).merge(tx, [
        { from: second, into: first },
        { from: third, into },
      ]),
    );
    const rows = await app.database.query(
      'select customer_id as id, reason from exit_answers where customer_id = any($1::uuid[]) order by 1',
      [[...ids, into]],
    );
    expect(rows).toEqual([
      { id: first, reason: 'too_many' },
      { id: into, reason: 'not_relevant' },
    ]);
  });
});

describe('double opt-in', () => {
  const asked = (externalId: string) =>
    app.database.query<{ messageId: string | null; ip: string | null; version: number | null }>(
      `select r.message_id as "messageId", r.ip, r.text_version as version from consent_requests r
       join customers c on c.id = r.customer_id where c.external_id = $1 order by r.asked_at`,
      [externalId],
    );
  const again = async (externalId: string) => {
    const occurredAt = await now();
    const data = { externalId, email: `${externalId}@example.com`, consent: { status: 'pending' } };
    await post(
      'events',
      [{ id: `again-${externalId}-${occurredAt}`, type: 'customer.updated', occurredAt, data }] as object,
      202,
    );
    await app.advance('PT1M');
  };

  it('asks whom the shop calls pending, in bounds, and believes the button alone', async () => {
    const silent = await person({ status: 'pending' });
    expect(await asked(silent.externalId)).toEqual([]);
    await put('settings/consent', { doubleOptIn: true, mostMails: 2 });
    await post(
      'campaigns',
      {
        ...{ key: 'joined', name: 'j', trigger: { on: 'event', event: 'consent.subscribed' } },
        steps: [{ kind: 'email', key: 'one', template: 'hello' }],
      },
      201,
    );
    await post('campaigns/joined/activate', {}, 200);
    const before = sink.mails.length;
    const { id, externalId } = await person({ status: 'pending' });
    expect(sink.mails).toHaveLength(before + 1);
    await again(externalId);
    expect(sink.mails).toHaveLength(before + 1);
    for (const _day of [1, 2]) {
      await app.advance('P1D');
      await again(externalId);
    }
    expect(sink.mails).toHaveLength(before + 2);
    const messageId = (await asked(externalId))[0]?.messageId ?? '';
    const { body } = await app.request('get', `/api/v1/messages?customerId=${id}&origin=confirmation`).expect(200);
    expect(body.items).toHaveLength(2);
    const link = app.app.get(LinkTokens).of(messageId).confirm;
    expect(sink.mails[before]!.octets.toString('utf8').replace(/=\r?\n/g, '')).toContain(link.split('/').at(-1));
    expect(sink.mails[before]!.octets.toString('utf8')).not.toMatch(/^List-Unsubscribe/im);
    for (const method of ['GET', 'HEAD'])
      expect((await fetch(link.replace('http://ritorno.test', app.url), { method })).status).toBe(200);
    const status = async () => (await app.request('get', `/api/v1/customers/${id}`)).body.consent as { status: string };
    expect((await status()).status).toBe('pending');
    for (const _time of [1, 2]) expect((await visit(link, { confirm: 'yes' })).status).toBe(200);
    expect(await status()).toMatchObject({
      status: 'subscribed',
      source: 'double_opt_in',
      text: expect.stringContaining('Bottega') as string,
    });
    expect((await asked(externalId))[0]).toMatchObject({ version: 1, ip: expect.any(String) as string });
    await app.advance('PT1M');
    expect(sink.mails).toHaveLength(before + 3);
    expect((await visit(`${link}x`, {})).status).toBe(404);
    await put('settings/consent', {});
  });
});

describe('tokens', () => {
  it('that nobody made lead nowhere', async () => {
    const { id, externalId } = await person();
    await mail(externalId, 'plain');
    const bad = `${(await linksOf(id)).unsubscribe.slice(0, -2)}AA`;
    for (const method of ['GET', 'HEAD', 'POST'])
      expect((await fetch(bad.replace('http://ritorno.test', app.url), { method })).status).toBe(404);
  });
});
