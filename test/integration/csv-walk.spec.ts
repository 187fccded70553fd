import { parse } from 'csv-parse/sync';
import { simpleParser } from 'mailparser';
import { DATASETS } from '../../src/reports/domain/datasets';
import { ADMIN_KEY } from '../support/app';
import { CampaignStory } from '../support/campaign-story';

/** CWE-1236: cells that a spreadsheet would run, in every CSV that the served document names. */
const START = '2026-03-27T08:00:00.000Z';
/** Tab and CR are refused in what shops tell; only a file of an import can hold them. */
const NAMES = ['=1+1', '+39 055', '-cmd', '@SUM(A1)'];
const NUMBER = /^-?\d+(\.\d+)?$/;
/** What some routes ask for beside the format. */
const ASKED: Readonly<Record<string, string>> = {
  '/api/v1/reports/pooled-lift': 'purpose=custom',
  '/api/v1/calendar': 'from=2026-03-01&to=2026-04-30',
  '/api/v1/reports/retention': 'from=2026-03-01&to=2026-04-01&interval=month',
};
/** Routes that must be among those found, each with cells that had to be defused. */
const PLANTED = [
  ...['/api/v1/suppressions', '/api/v1/imports/{id}/errors', '/api/v1/exports/{dataset}'],
  '/api/v1/reports/campaigns/{ref}/lift/rows',
];

let story: CampaignStory;
let refs: string[] = [];

const post = (at: string, body: object) => story.app.request('post', at).send(body);

beforeAll(async () => {
  story = await CampaignStory.open(START);
  await catalogue();
  refs = ['evil', await brokenImport()];
  await campaign();
  await story.until('P8D');
});
afterAll(() => story?.close());

async function catalogue(): Promise<void> {
  for (const [n, name] of NAMES.entries()) {
    const customer = {
      externalId: `${name}${n}`,
      email: `evil${n}@example.com`,
      firstName: name,
      attributes: { city: name },
    };
    await story.tell('customer.created', { ...customer, consent: { status: 'subscribed', source: name, at: START } });
    await story.tell('product.updated', { externalId: `${name}p`, name, category: name, price: '9.00' });
    for (const order of ['a', 'b']) {
      const lines = NAMES.map((other) => ({
        ...{ productExternalId: `${other}p`, name: other, category: other, quantity: 1, unitPrice: '9.00' },
      }));
      await story.tell('order.placed', {
        ...{ externalId: `${name}${order}`, customer: { externalId: customer.externalId }, placedAt: START },
        ...{ currency: 'EUR', total: '54.00', couponCodes: [name], lines },
      });
    }
    const refund = { orderExternalId: `${name}b`, amount: '54.00', at: START };
    await story.tell('order.refunded', refund);
    const suppressed = { address: `${n}@evil.example`, reason: name, evidence: { [name]: name } };
    await post('/api/v1/suppressions', suppressed).expect(201);
  }
}

/** A file of whose rows none is right; answers the id of its import. */
async function brokenImport(): Promise<string> {
  const { body: made } = await post('/api/v1/imports', { kind: 'customers', format: 'csv' }).expect(201);
  const { id } = made as { id: string };
  const file = 'externalId,email,consent\n=cmd|x,a@b.example,"=maybe"\n+1,@x,-y\n-1,"\t=x",y\n"\r=x",z,y\n';
  await story.app
    .request('put', `/api/v1/imports/${id}/content`)
    .set('content-type', 'text/csv')
    .send(file)
    .expect(200);
  return id;
}

/** Asks everybody, and everybody answers and leaves, with words. */
async function campaign(): Promise<void> {
  const choices = NAMES.map((name, n) => ({ value: `c${n}`, label: { en: name } }));
  await post('/api/v1/surveys', { key: 'evil', kind: 'choice', question: { en: '=q' }, choices }).expect(201);
  const mjml = `<mjml><mj-body><mj-section><mj-column><mj-text><a href="{{survey.url}}">x</a>
    <a href="https://shop.test/">x</a><a href="{{links.unsubscribe}}">x</a></mj-text></mj-column></mj-section></mj-body></mjml>`;
  const locales = { en: { subject: '=subject', mjml } };
  await post('/api/v1/templates', { key: 'evil', name: '=t', defaultLocale: 'en', locales }).expect(201);
  const steps = [{ kind: 'email', key: 'mail', template: 'evil', survey: 'evil' }];
  await story.campaign({
    key: 'evil',
    ...{ name: '=HYPERLINK("x")', purpose: 'custom', trigger: { on: 'manual' }, steps },
  });
  const customerIds = await Promise.all(NAMES.map((name, n) => story.idOf(encodeURIComponent(`${name}${n}`))));
  await post('/api/v1/campaigns/evil/enrollments', { customerIds }).expect(201);
  await story.until('PT1M');
  for (const { octets } of story.sink.mails) {
    const { html } = await simpleParser(octets);
    for (const [, at = ''] of (html || '').matchAll(/ritorno\.test(\/[sut]\/[^"]+)/g)) {
      const body = new URLSearchParams({ choice: 'c0', comment: '=cmd', reason: 'other', words: '=cmd', text: '=cmd' });
      await fetch(story.app.url + at, at.startsWith('/t') ? { redirect: 'manual' } : { method: 'POST', body });
    }
  }
}

/** The routes of the served document, and the addresses to try each at. */
async function routes(): Promise<Array<{ at: string; urls: string[] }>> {
  const { body: document } = await story.app.request('get', '/api/openapi.json', null).expect(200);
  const paths = Object.entries((document as { paths: Record<string, { get?: object }> }).paths);
  return paths
    .filter(([at, { get }]) => get && at.startsWith('/api/v1/'))
    .map(([at]) => {
      const query = ['format=csv', ASKED[at] ?? ''].join('&');
      const found = at.includes('{dataset}') ? Object.keys(DATASETS) : at.includes('{') ? refs : [''];
      return { at, urls: found.map((ref) => `${at.replace(/\{[^}]+\}/g, ref)}?${query}`) };
    });
}

/** The cells of a CSV; undefined for what is none. `asks`: it takes a format, and something else is missing. */
async function cellsOf(url: string): Promise<{ cells?: string[]; asks?: boolean }> {
  const answer = await fetch(story.app.url + url, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
  const text = await answer.text();
  if (answer.status === 422) return { asks: !text.includes('"path":"format"') };
  if (!answer.ok || !answer.headers.get('content-type')?.startsWith('text/csv')) return {};
  return { cells: parse(text, { relax_column_count: true }).flat() };
}

it('holds no cell that a spreadsheet would run, and numbers as they are', async () => {
  const [seen, planted, asking] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const [evil, wrong]: [string[], string[]] = [[], []];
  for (const { at, urls } of await routes()) {
    for (const url of urls) {
      const { cells = [], asks } = await cellsOf(url);
      if (asks) asking.add(at);
      if (cells.length > 0) seen.add(at);
      evil.push(
        ...cells.filter((cell) => /^[=+\-@\t\r]/.test(cell) && !NUMBER.test(cell)).map((cell) => `${url}: ${cell}`),
      );
      wrong.push(
        ...cells
          .filter((cell) => NUMBER.test(cell.replace(/^'/, '')) && cell.startsWith("'"))
          .map((cell) => `${url}: ${cell}`),
      );
      if (cells.some((cell) => /^'[=+\-@\t\r]/.test(cell))) planted.add(at);
    }
  }
  expect({ evil, wrong }).toEqual({ evil: [], wrong: [] });
  // None that takes a format was left out for want of something else.
  expect([...asking]).toEqual([]);
  expect([...planted]).toEqual(expect.arrayContaining(PLANTED));
  expect(seen.size).toBeGreaterThan(17);
});

it('stands in the document with what it takes', async () => {
  const { body: document } = await story.app.request('get', '/api/openapi.json', null).expect(200);
  const { paths } = document as {
    paths: Record<string, { get?: { parameters?: Array<{ name: string; in: string }> } }>;
  };
  const reports = Object.entries(paths).filter(([at, { get }]) => get && at.startsWith('/api/v1/reports/'));
  const named = ([at, { get }]: (typeof reports)[number]): [string, string[]] => [
    at,
    (get?.parameters ?? []).filter((one) => one.in === 'query').map(({ name }) => name),
  ];
  const lacking = reports.map(named).filter(([, names]) => !names.includes('format') || !names.includes('asOf'));
  expect(reports.length).toBeGreaterThan(12);
  expect(lacking).toEqual([]);
});
