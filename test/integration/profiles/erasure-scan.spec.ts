import { createHmac } from 'node:crypto';
import { simpleParser } from 'mailparser';
import { addressIdentity, externalIdentity } from '../../../src/customers/domain/erased-identity';
import { visit } from '../../support/asked-mails';
import { CampaignStory } from '../../support/campaign-story';
import { givenEndpoint } from '../../support/endpoints';
import { type HookSink, startHookSink } from '../../support/hook-sink';
import { returnedMail } from '../../support/returned-mails';

const START = '2026-03-02T08:00:00.000Z';
/** Before the erasure, so that figures before and after it are of one instant. */
const AS_OF = '2026-03-04T09:00:00.000Z';
const LATER = '2026-03-02T09:00:00.000Z';
/** Every word that tells who Anna is contains this, but for her numbers. */
const TRACE = 'segret|203\\.0\\.113\\.77|3334711';
const EMAIL = 'anna.segreta@persona.example';
const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Ciao {{customer.firstName}} {{customer.attributes.phone}} {{event.properties.note}}
  {{#each survey.scores as |score|}}<a href="{{score.url}}">{{score.label}}</a>{{/each}} {{coupon.code}} {{customer.referral.code}}</mj-text>
  <mj-text><a href="https://shop.test/a?who={{customer.firstName}}">shop</a> <a href="{{links.preferences}}">yours</a> <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;

let story: CampaignStory;
let receiver: HookSink;
let customerId = '';

const person = {
  externalId: 'EXT-segreto-4711',
  email: EMAIL,
  firstName: 'Annasegreta',
  lastName: 'Cognomesegreto',
  attributes: { phone: '+39 3334711', city: 'Cittasegreta' },
  tags: ['tag-segreto'],
};
const consent = { status: 'subscribed', source: 'form-segreto', at: START, ip: '203.0.113.77', text: 'testo segreto' };

const post = (path: string, body: object) => story.app.request('post', path).send(body);
const send = (...events: object[]) => post('/api/v1/events', events).expect(202);
const event = (id: string, type: string, data: object, at = START) => ({ id, type, occurredAt: at, data });
const read = async (path: string): Promise<unknown> => (await story.app.request('get', path).expect(200)).body;

async function upload(kind: string, csv: string): Promise<void> {
  const { body } = await post('/api/v1/imports', { kind, format: 'csv' }).expect(201);
  const path = `/api/v1/imports/${(body as { id: string }).id}/content`;
  await story.app.request('put', path).set('content-type', 'text/csv').send(csv).expect(200);
  await story.until('PT1M');
}

/** The columns of the whole database in which the pattern stands, as `table.column`. */
async function traces(pattern = TRACE): Promise<string[]> {
  const { database } = story.app;
  const columns = await database.query<{ table: string; column: string; type: string }>(
    `select c.table_name as table, c.column_name as column, c.data_type as type
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema not in ('pg_catalog', 'information_schema') and t.table_type = 'BASE TABLE'`,
  );
  const found: string[] = [];
  const tables = new Map<string, typeof columns>();
  for (const one of columns) tables.set(one.table, [...(tables.get(one.table) ?? []), one]);
  for (const [table, of] of tables) {
    const text = of.map(({ column, type }) => {
      const as = type === 'bytea' ? `encode("${column}", 'escape')` : `"${column}"::text`;
      return `count(*) filter (where ${as} ~* $1)::int as "${column}"`;
    });
    const [counts = {}] = await database.query<Record<string, number>>(`select ${text.join(', ')} from "${table}"`, [
      pattern,
    ]);
    for (const [column, count] of Object.entries(counts)) if (count > 0) found.push(`${table}.${column}`);
  }
  return found.sort();
}

/** A hit of hers, with all that a browser tells. */
const browse = (path: string) =>
  story.app
    .request('get', path.replace('http://ritorno.test', ''), null)
    .set('user-agent', 'Mozilla/5.0 (X11; Linux x86_64) Chrome/141.0 Segreto/1.0')
    .set('x-forwarded-for', '203.0.113.77');

/** Shop, consent, campaign, mails, clicks, answers, bounces, faults, files: whatever leaves a trace of a person. */
async function aWholeLife(): Promise<void> {
  const others = Array.from({ length: 12 }, (_, n) => ({
    externalId: `other-${n}`,
    email: `other${n}@example.com`,
    consent: { ...consent, source: 'f', ip: null, text: null },
  }));
  await send(
    event('old', 'customer.created', { ...person, email: 'vecchia.segreta@persona.example', consent }),
    ...others.map((other, n) => event(`o${n}`, 'customer.created', other)),
  );
  await story.until('PT1M');
  await send(event('new', 'customer.updated', { ...person, updatedAt: LATER }, LATER));
  await send(event('bad', 'order.placed', { externalId: 'x', customer: { email: EMAIL }, placedAt: 'yesterday' }));
  await story.until('PT1M');
  customerId = await story.idOf(person.externalId);
  await send(
    event('go', 'page.viewed', { customer: { email: EMAIL }, properties: { note: 'nota segreta', path: '/segreto' } }),
    ...others.map((other, n) => event(`g${n}`, 'page.viewed', { customer: { email: other.email } })),
  );
  await story.until('PT10M');
  const line = { productExternalId: 'p', quantity: 1, unitPrice: '9.00' };
  await story.order(person.externalId);
  await send(
    event('cart', 'checkout.started', {
      customer: { email: EMAIL },
      externalId: 'c1',
      url: 'https://shop.test/segreto',
      lines: [line],
    }),
    event('ticket', 'ticket.opened', { customer: { email: EMAIL }, properties: { text: 'lamentela segreta' } }),
  );
  await story.until('P1D');
}

/** What people do with mails, and what mail servers say. */
async function mailsAndAnswers(): Promise<void> {
  const mails = story.sink.to(EMAIL);
  expect(mails.length).toBeGreaterThan(0);
  const html = (await simpleParser(mails[0]?.octets ?? '')).html || '';
  const link = (kind: string): string => new RegExp(`(http://ritorno\\.test/${kind}/[^"]+)"`).exec(html)?.[1] ?? '';
  await browse(link('t/o')).expect(200);
  await browse(link('t/c')).expect(302);
  await visit(story.app, link('s'), { score: '3', comment: 'commento segreto' });
  await visit(story.app, link('p'), { action: 'language', locale: 'it' });
  await story.until('PT1H');
  const bounce = returnedMail({
    to: mails.at(-1)?.from ?? '',
    recipient: EMAIL,
    status: '4.2.2',
    diagnostic: `452 4.2.2 <${EMAIL}> mailbox of Annasegreta full`,
  });
  await story.app.request('post', '/api/v1/bounces').set('content-type', 'message/rfc822').send(bounce).expect(200);
  await post('/api/v1/suppressions', { address: EMAIL }).expect(201);
  await story.app.request('delete', `/api/v1/suppressions/${EMAIL}`).expect(204);
}

/** What people of the shop do by hand. */
async function deskWork(): Promise<void> {
  await post('/api/v1/templates/tutto/test-send', { to: EMAIL, customerId }).expect(202);
  await post('/api/v1/templates/tutto/test-send', { to: EMAIL }).expect(202);
  await story.app.request('patch', `/api/v1/customers/${customerId}`).send({ lastName: 'Altrosegreto' }).expect(200);
  await post(`/api/v1/customers/${customerId}/points`, { delta: 5, id: 'p1', reason: 'nota segreta' }).expect(201);
  await upload(
    'customers',
    `externalId,email,consent\nEXT-segreto-4711,${EMAIL},maybe\n,,\nother-1,other1@example.com,none\n`,
  );
  await upload('customers', `externalId,email,firstName\nEXT-segreto-4711,${EMAIL},Annasegretissima\n`);
  await upload('suppressions', `email\n${EMAIL}\n${EMAIL} of Annasegreta\n`);
  await post('/api/v1/campaigns/vita/simulate', { from: '2026-03-10', to: '2026-03-12' });
  await story.until('P1D');
}

beforeAll(async () => {
  receiver = await startHookSink();
  story = await CampaignStory.open(START, {
    WEBHOOKS_TO_LOOPBACK: 'allow',
    BOUNCE_DOMAIN: 'bounces.bottega.test',
    TRUST_PROXY: 'loopback',
  });
  const { request } = story.app;
  await givenEndpoint(story.app, `${receiver.url}/`, ['*']);
  receiver.answer((hook) => ({ status: 200, body: hook.body.slice(0, 400) }));
  const loyalty = {
    points: { perCurrencyUnit: 1 },
    tiers: [],
    referral: { url: 'https://shop.test/?ref={code}', rewardPoints: { referrer: 1, referred: 1 } },
  };
  await request('put', '/api/v1/settings/loyalty').send(loyalty).expect(200);
  await post('/api/v1/surveys', { key: 'nps', kind: 'nps', question: { en: 'Would you?' } }).expect(201);
  const pool = {
    key: 'codes',
    generate: { prefix: 'BUONO', count: 50 },
    discount: { kind: 'percent', value: 10 },
    expiresAfter: 'P30D',
    whenExhausted: 'skip',
  };
  await post('/api/v1/coupon-pools', pool).expect(201);
  const locales = { en: { subject: 'Ciao {{customer.firstName}}', mjml: MJML } };
  await post('/api/v1/templates', { key: 'tutto', name: 't', defaultLocale: 'en', locales }).expect(201);
  const steps = [
    { kind: 'email', key: 'one', template: 'tutto', survey: 'nps', coupon: 'codes' },
    { kind: 'webhook', url: `${receiver.url}/step` },
    { kind: 'wait', for: 'P1D' },
    { kind: 'email', key: 'two', template: 'tutto', survey: 'nps', coupon: 'codes' },
  ];
  const trigger = { on: 'event', event: 'page.viewed' };
  const vita = { key: 'vita', name: 'v', purpose: 'custom', trigger, steps };
  await story.campaign(vita);
  // Whether she is of its control group is left to chance; figures must not move either way.
  const [first] = steps;
  await story.campaign({ ...vita, key: 'prova', steps: [{ ...first, key: 'prova' }], holdout: 0.5 } as typeof vita);
  await aWholeLife();
  await mailsAndAnswers();
  await deskWork();
});
afterAll(async () => {
  await story?.close();
  await receiver?.close();
});

const figures = (): Promise<unknown[]> =>
  Promise.all(
    ['prova/lift', 'prova/funnel', 'vita/funnel', 'vita/attribution'].map((one) =>
      read(`/api/v1/reports/campaigns/${one}?asOf=${AS_OF}`),
    ),
  );

it('after an erasure no column of the database holds a word of the person, and no figure has moved', async () => {
  const { database } = story.app;
  const before = await traces();
  // The story is worth something: these are the places that it must have reached.
  for (const place of [
    'customers.email',
    'customers.consent_ip',
    'customer_statements.value',
    'customer_first_words.said',
    'customer_events.properties',
    'deliveries.body',
    'import_errors.raw',
    'messages.recipient',
    'message_contents.variables',
    'hits.user_agent',
    'survey_responses.comment',
    'point_entries.note',
    'bounces.said',
    'suppressions.address',
    'lifted_suppressions.address',
    'step_webhooks.body',
    'webhook_events.body',
    'webhook_deliveries.last_answer',
  ]) {
    expect(before).toContain(place);
  }
  expect(before.filter((place) => place.startsWith('audit_log.'))).toEqual([]);
  const codes = await database.query<{ code: string }>('select code from coupons where customer_id = $1', [customerId]);
  const code = codes[0]?.code ?? '';
  expect(code).toMatch(/^BUONO/);
  const exported = JSON.stringify(await read(`/api/v1/customers/${customerId}/export`));
  for (const word of [
    ...[EMAIL, 'vecchia.segreta@', 'Annasegretissima', 'Altrosegreto', '3334711', '203.0.113.77', 'testo segreto'],
    ...['nota segreta', 'lamentela segreta', 'commento segreto', 'Segreto/1.0', 'tag-segreto', code, 'form-segreto'],
  ]) {
    expect(exported).toContain(word);
  }
  const figuresBefore = await figures();
  const others = await traces('other\\d+@example\\.com');
  await post(`/api/v1/customers/${customerId}/erase`, {}).expect(200);
  await story.until('PT1H');
  const patterns = [TRACE, ...codes.map((one) => one.code)].join('|');
  expect(await traces(patterns)).toEqual([]);
  expect(await figures()).toEqual(figuresBefore);
  expect(await traces('other\\d+@example\\.com')).toEqual(others);
});

it('leaves keyed hashes by which address and external id are known again, and nothing that can be tried', async () => {
  const hash = (text: string) =>
    createHmac('sha256', 'test-secret-key-of-32-bytes-or-more!').update(text).digest('hex');
  const rows = await story.app.database.query<{ hash: string }>(
    `select encode(identity_hash, 'hex') as hash from erased_identities where customer_id = $1`,
    [customerId],
  );
  const known = [
    addressIdentity(EMAIL),
    addressIdentity('vecchia.segreta@persona.example'),
    externalIdentity(person.externalId),
  ];
  expect(rows.map((row) => row.hash).sort()).toEqual(known.map((one) => hash(`identity:${one}`)).sort());
});

it('the scan finds what is planted anywhere', async () => {
  await story.app.database.execute(`create table planted (a int, b bytea, c text[], d jsonb)`);
  await story.app.database.execute(
    `insert into planted values (3334711, 'x Segreto', '{a,segreto}', '{"a":["segreto"]}')`,
  );
  expect((await traces()).filter((place) => place.startsWith('planted'))).toEqual([
    'planted.a',
    'planted.b',
    'planted.c',
    'planted.d',
  ]);
  await story.app.database.execute(`drop table planted`);
});
