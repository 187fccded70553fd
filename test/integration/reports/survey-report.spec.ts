import { randomUUID } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import { insertRows } from '../../support/insert-rows';
import { MeasuredFacts } from '../../support/measured-facts';
import { startTestApp, type TestApp } from '../../support/app';
import { unexplainedNulls } from '../../support/unexplained-nulls';

const SURVEYS = { nps: randomUUID(), why: randomUUID() };

let app: TestApp;
let facts: MeasuredFacts;

/** A mail that asked and, with a score or choice, its answer. */
async function asked(
  who: { customer: string; campaign: string; order?: string | undefined },
  survey: keyof typeof SURVEYS,
  at: string,
  answer: { score?: number; choice?: string; bounced?: boolean } = {},
): Promise<void> {
  const { customer, campaign } = who;
  const enrollment = await facts.enrollment({ customer, campaign, enteredAt: at });
  const bounce = answer.bounced ? { status: 'bounced', bouncedAt: at } : {};
  const message = await facts.message({ customer, campaign, enrollment, dueAt: at, ...bounce });
  await app.database.execute('update messages set survey_id = $2 where id = $1', [message, SURVEYS[survey]]);
  if (answer.score === undefined && answer.choice === undefined) return;
  await insertRows(app.database, 'survey_responses', [
    {
      ...{
        id: randomUUID(),
        survey_id: SURVEYS[survey],
        survey_version: 1,
        customer_id: customer,
        message_id: message,
      },
      ...{ enrollment_id: enrollment, campaign_id: campaign, step: 'one', order_id: who.order ?? null, locale: 'en' },
      ...{ kind: survey === 'nps' ? 'nps' : 'choice', score: answer.score ?? null, choice: answer.choice ?? null },
      ...{ answered_at: at, updated_at: at },
    },
  ]);
}

beforeAll(async () => {
  app = await startTestApp({ clock: '2026-05-01T08:00:00.000Z' });
  facts = new MeasuredFacts(app.database);
  const times = { created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z', version: 1 };
  await insertRows(app.database, 'surveys', [
    {
      ...{ id: SURVEYS.nps, key: 'nps', name: 'nps', kind: 'nps', question: { en: 'How likely?' } },
      ...{ scale: { min: 0, max: 10 }, choices: null, ...times },
    },
    {
      ...{ id: SURVEYS.why, key: 'why', name: 'why', kind: 'choice', question: { en: 'Why?' }, scale: null },
      ...{ choices: ['price', 'quality'].map((value) => ({ value, label: { en: value } })), ...times },
    },
  ]);
  const steps = [{ kind: 'email', key: 'one', template: 't', survey: 'nps' }];
  const [first, second] = [
    await facts.campaign('after-order', { steps }),
    await facts.campaign('yearly', { steps: [{ ...steps[0], survey: 'why' }] }),
  ];
  // 3 promoters and 2 detractors of 10; two of them had answered otherwise before.
  const scores = [9, 10, 10, 8, 7, 7, 8, 8, 0, 6];
  for (const [i, score] of scores.entries()) {
    const customer = await facts.customer();
    const order = await facts.order({ customer, placedAt: '2026-03-20T08:00:00Z', total: 1000 });
    const who = { customer, campaign: first, order: i < 4 ? order : undefined };
    if (i < 4)
      await insertRows(
        app.database,
        'order_lines',
        [1, 2].map((position) => line(order, position)),
      );
    if (i < 2) await asked(who, 'nps', '2026-03-10T08:00:00Z', { score: 1 });
    await asked(who, 'nps', '2026-04-02T08:00:00Z', { score });
  }
  const silent = { customer: await facts.customer(), campaign: first };
  for (let i = 0; i < 12; i++) await asked(silent, 'nps', '2026-04-03T08:00:00Z');
  await asked(silent, 'nps', '2026-04-03T08:00:00Z', { bounced: true });
  for (const choice of ['price', 'price', 'price', 'quality']) {
    await asked({ customer: await facts.customer(), campaign: second }, 'why', '2026-04-04T08:00:00Z', { choice });
  }
});
afterAll(() => app.close());

function line(order: string, position: number): Record<string, unknown> {
  return { order_id: order, position, product_external_id: 'moka', quantity: 1, unit_price: 5 };
}

interface Body {
  score: number | null;
  responseRate: number | null;
  ci: number[];
  note: string;
  asOf: string;
  distribution: Array<{ count: number }>;
  by: Record<'campaign' | 'product' | 'time', Array<{ name: string; responses: number; score: number | null }>>;
  undefinedBecause: Record<string, string>;
}

const get = (path: string) => app.request('get', `/api/v1/reports/surveys/${path}`);

describe('GET /reports/surveys/:ref', () => {
  it('the last answer of each person, the interval to the digit, and how many answered', async () => {
    const body = (await get('nps').expect(200)).body as Body;
    expect(body).toMatchObject({ survey: 'nps', kind: 'nps', responses: 10, delivered: 24, answered: 12, score: 10 });
    expect(body.responseRate).toBeCloseTo(0.5, 10);
    expect(body.ci[0]).toBeCloseTo(-30.5176, 4);
    expect(body.ci[1]).toBeCloseTo(45.9022, 4);
    expect(body.distribution.map(({ count }) => count)).toEqual([1, 0, 0, 0, 0, 0, 1, 2, 3, 1, 2]);
    expect(body.note).toContain('12 of 24 delivered mails were answered (50.0 %)');
    expect(body.by.campaign).toMatchObject([{ name: 'after-order', responses: 10, delivered: 24, answered: 12 }]);
    expect(body.by.product).toMatchObject([{ name: 'moka', responses: 4, promoters: { count: 3 } }]);
    expect(body.by.time.map((one) => [one.name, one.responses, one.score])).toEqual([
      ['2026-03-01', 2, -100],
      ['2026-04-01', 10, 10],
      ['2026-05-01', 0, null],
    ]);
    expect(body.asOf).toBe('2026-05-01T08:00:00.000Z');
    // The last month has no answers yet.
    expect(body.undefinedBecause).toMatchObject({ items: 'only_of_loyalty', 'by.time[2].score': 'no_responses' });
    expect(unexplainedNulls(body as object)).toEqual([]);
  });

  it('of a period, and as of an instant', async () => {
    const march = (await get('nps?from=2026-03-01&to=2026-04-01').expect(200)).body as Body;
    expect(march).toMatchObject({ responses: 2, score: -100, delivered: 2, answered: 2, responseRate: 1 });
    const before = (await get('nps?asOf=2026-03-31T00:00:00Z').expect(200)).body as Body;
    expect(before).toMatchObject({ responses: 2, score: -100 });
    const none = (await get('nps?from=2026-04-20').expect(200)).body as Body;
    expect(none).toMatchObject({ responses: 0, score: null, ci: null, responseRate: null });
    expect(unexplainedNulls(none)).toEqual([]);
    expect(none.undefinedBecause).toMatchObject({ score: 'no_responses', responseRate: 'nothing_delivered' });
  });

  it('of choices: shares, and no score', async () => {
    const body = (await get(SURVEYS.why).expect(200)).body as Body;
    expect(body).toMatchObject({ survey: 'why', responses: 4, responseRate: 1, score: null });
    expect(body.distribution).toMatchObject([
      { value: 'price', count: 3, share: 0.75 },
      { value: 'quality', count: 1, share: 0.25 },
    ]);
    expect(body.undefinedBecause.score).toBe('choices_have_no_score');
    expect(unexplainedNulls(body)).toEqual([]);
  });

  it('as CSV: a line for all and for each group', async () => {
    const { text } = await get('nps?format=csv').expect(200);
    const rows: Array<Record<string, string>> = parse(text, { columns: true });
    expect(rows.map((row) => `${row.dimension} ${row.name} ${row.responses}`)).toEqual([
      'all nps 10',
      'campaign after-order 10',
      'product moka 4',
      'time 2026-03-01 2',
      'time 2026-04-01 10',
      'time 2026-05-01 0',
    ]);
    expect(rows[0]?.['answer.8']).toBe('3');
  });

  it('refuses days that are none, and knows no other survey', async () => {
    await get('nope').expect(404);
    await get('nps?from=2026-02-30').expect(422);
    await get('nps?from=2026-04-01&to=2026-03-01').expect(422);
  });
});
