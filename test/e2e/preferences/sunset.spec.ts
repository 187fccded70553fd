import { loadShipped } from '../../../src/blueprints/shipped-content';
import { LinkTokens } from '../../../src/messages/link-tokens';
import { SegmentConditions } from '../../../src/segments/segment-conditions';
import { startTestApp, type TestApp } from '../../support/app';
import { startSmtpSink, type SmtpSink } from '../../support/smtp-sink';

const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Hi <a href="https://shop.test/new">new</a> <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;
const PEOPLE = ['anna', 'bea', 'carlo', 'dora', 'elio', 'fosca'] as const;
const UNENGAGED = { segment: 'unengaged' };
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';

let sink: SmtpSink;
let app: TestApp;
const ids = new Map<string, string>();

beforeAll(async () => {
  sink = await startSmtpSink({});
  app = await startTestApp({ smtpUrl: sink.url });
});
afterAll(async () => {
  await app?.close();
  await sink?.stop();
});

const post = (path: string, body: object, status: number) =>
  app.request('post', `/api/v1/${path}`).send(body).expect(status);
const get = async <T>(path: string): Promise<T> => (await app.request('get', `/api/v1/${path}`).expect(200)).body as T;
const now = async () => (await get<{ now: string }>('test-clock')).now;
const idOf = (who: string): string => ids.get(who) ?? '';

let told = 0;
async function tell(type: string, data: object): Promise<void> {
  const occurredAt = await now();
  await post('events', [{ id: `e${++told}`, type, occurredAt, data }] as object, 202);
}

/** Starts the shop's news for people by hand; what became of each mail at once. */
async function news(...who: string[]): Promise<Record<string, string>> {
  await post('campaigns/news/enrollments', { customerIds: who.map(idOf) }, 201);
  await app.advance('PT1M');
  const fates = new Map<string, string>();
  for (const one of who) {
    const { items } = await get<{ items: Array<{ status: string; reason: string | null }> }>(
      `messages?campaign=news&customerId=${idOf(one)}&limit=1`,
    );
    fates.set(one, items[0]?.reason ?? items[0]?.status ?? 'nothing');
  }
  return Object.fromEntries(fates);
}

const members = async (): Promise<string[]> => {
  const { items } = await get<{ items: Array<{ externalId: string }> }>('segments/unengaged/members');
  return items.map(({ externalId }) => externalId).sort();
};
const kept = async (): Promise<string[]> => {
  const rows = await app.database.query<{ who: string }>(
    `select c.external_id as who from segment_members m join segments s on s.id = m.segment_id and s.key = 'unengaged'
     join customers c on c.id = m.customer_id order by 1`,
  );
  return rows.map(({ who }) => who);
};
const mailsTo = (who: string, subject: RegExp): number =>
  sink.mails.filter(({ octets }) => {
    const text = octets.toString('utf8');
    return text.includes(`To: ${who}@example.com`) || text.includes(`<${who}@example.com>`)
      ? subject.test(text.replace(/\r\n[ \t]+/g, ' '))
      : false;
  }).length;

it('who no longer looks gets a last chance, then silence, and is heard again at once', async () => {
  await app
    .request('put', '/api/v1/settings/contact-policy')
    .send({ sunset: { campaign: 'last-chance' } })
    .expect(422);
  const shipped = loadShipped();
  const campaign = shipped.campaigns.find(({ key }) => key === 'last-chance');
  await post(
    'blueprints/apply',
    {
      templates: shipped.templates.filter(({ key }) => key === 'last-chance-1'),
      campaigns: [{ ...campaign, holdout: 0, status: 'active' }],
    },
    200,
  );
  await app
    .request('put', '/api/v1/settings/contact-policy')
    .send({ sunset: { campaign: 'last-chance' } })
    .expect(200);
  for (const method of ['put', 'delete'] as const)
    await app
      .request(method, '/api/v1/segments/unengaged')
      .send({ key: 'unengaged', name: 'mine', condition: { all: [] } })
      .expect(409);
  await post(
    'templates',
    { key: 'hi', name: 'h', defaultLocale: 'en', locales: { en: { subject: 'News', mjml: MJML } } },
    201,
  );
  const email = (n: number) => ({ kind: 'email', key: `mail-${n}`, template: 'hi' });
  const series = [1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((n) => [email(n), { kind: 'wait', for: 'P1D' }]);
  const plans = { series: [...series, email(10)], shorter: series, news: [email(1)] };
  for (const [key, steps] of Object.entries(plans)) {
    const entry = { limit: 'unlimited' };
    await post('campaigns', { key, name: key, trigger: { on: 'manual' }, entry, steps }, 201);
    await post(`campaigns/${key}/activate`, {}, 200);
  }
  const begin = new Date(await now());
  const consent = { status: 'subscribed', source: 'form', at: begin.toISOString() };
  for (const who of PEOPLE)
    await tell('customer.created', { externalId: who, email: `${who}@example.com`, locale: 'en', consent });
  await app.advance('PT1M');
  for (const who of PEOPLE)
    ids.set(who, (await get<{ items: Array<{ id: string }> }>(`customers?externalId=${who}`)).items[0]!.id);
  const [fosca = '', ...others] = [...ids.values()].reverse();
  await post('campaigns/series/enrollments', { customerIds: others }, 201);
  await post('campaigns/shorter/enrollments', { customerIds: [fosca] }, 201);
  await app.advance('P10D');
  expect(await members()).toEqual([]);

  // Half a year after signing up, to the instant; elio came to the shop in the tenth week, fosca got nine mails only.
  await app.advance('P60D');
  await tell('page.viewed', { customer: { externalId: 'elio' }, properties: { path: '/' } });
  await app.advance(new Date(begin.getTime() + 180 * 86_400_000).toISOString());
  expect(await members()).toEqual([]);
  const silent = ['anna', 'bea', 'carlo', 'dora'];
  await app.advance('PT1S');
  expect(await members()).toEqual(silent);
  expect(await kept()).toEqual(silent);

  // The last chance goes out, nothing else does, and it is said why.
  expect(await news('anna', 'elio', 'fosca')).toEqual({ anna: 'on_hold', elio: 'sent', fosca: 'sent' });
  expect(await members()).toEqual([...silent, 'fosca']);
  await app.advance('P2D');
  for (const who of [...silent, 'fosca']) expect([who, mailsTo(who, /Shall we keep writing/)]).toEqual([who, 1]);
  expect(mailsTo('elio', /Shall we keep writing/)).toBe(0);
  expect(await news('anna', 'bea', 'carlo', 'dora')).toEqual(Object.fromEntries(silent.map((who) => [who, 'on_hold'])));
  const { decisions } = await get<{ decisions: Array<{ reason: string; values: object }> }>(
    `customers/${idOf('anna')}/explain?campaign=news`,
  );
  expect(decisions.findLast(({ reason }) => reason === 'on_hold')?.values).toMatchObject({
    ...{ segment: 'unengaged', 'message sent': 11, 'message clicked within P180D': 0, 'event * within P180D': 0 },
  });
  expect(await get('campaigns/news/audience')).toMatchObject({ matched: 6, mailable: 6, onHold: 5, willSend: 1 });

  // A click, an order, a visit, a choice of theirs: each ends it at once.
  const { items } = await get<{ items: Array<{ id: string }> }>(
    `messages?campaign=last-chance&customerId=${idOf('anna')}`,
  );
  const links = app.app.get(LinkTokens).of(items[0]!.id);
  const visit = (link: string, init: RequestInit = {}) =>
    fetch(link.replace('http://ritorno.test', app.url), {
      redirect: 'manual',
      headers: { 'user-agent': BROWSER },
      ...init,
    });
  expect((await visit(links.click(1))).status).toBe(302);
  const bea = { customer: { externalId: 'bea', email: 'bea@example.com' }, placedAt: await now() };
  await tell('order.placed', { externalId: 'o1', ...bea, currency: 'EUR', total: '9.00', lines: [] });
  await tell('cart.updated', { customer: { externalId: 'carlo' }, externalId: 'b1', lines: [] });
  const doras = await get<{ items: Array<{ id: string }> }>(`messages?campaign=last-chance&customerId=${idOf('dora')}`);
  const { preferences } = app.app.get(LinkTokens).of(doras.items[0]!.id);
  const body = new URLSearchParams({ action: 'tracking', opens: 'yes' });
  expect((await visit(preferences, { method: 'POST', body, headers: {} })).status).toBe(200);
  expect(await news(...silent)).toEqual(Object.fromEntries(silent.map((who) => [who, 'sent'])));
  expect(await members()).toEqual(['fosca']);
  expect(await kept()).toEqual(['fosca']);

  // The past knows who was silent then.
  const conditions = app.app.get(SegmentConditions);
  const then = async (days: number) => {
    const at = new Date(begin.getTime() + days * 86_400_000);
    const bySql = await conditions.evaluate(app.database, UNENGAGED, [...ids.values()], at, true);
    const inMemory = await conditions.decide(app.database, UNENGAGED, [...ids.values()], at, true);
    expect(
      [...inMemory]
        .filter(([, { holds }]) => holds)
        .map(([id]) => id)
        .sort(),
    ).toEqual([...bySql].sort());
    return PEOPLE.filter((who) => bySql.has(idOf(who)));
  };
  expect(await then(179)).toEqual([]);
  expect(await then(181)).toEqual([...silent, 'fosca']);

  // A second silence is met by a second last chance.
  await app.advance('P185D');
  expect(await members()).toEqual([...PEOPLE].sort());
  for (const who of silent) expect([who, mailsTo(who, /Shall we keep writing/)]).toEqual([who, 2]);
});
