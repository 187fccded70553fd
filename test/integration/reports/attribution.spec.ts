import { CREDIT_MODELS } from '../../../src/attribution/credit-models';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MeasuredFacts } from '../../support/measured-facts';
import { reportServices } from '../../support/report-services';

const NOW = new Date('2026-04-01T00:00:00Z');

let db: TestDatabase;
let facts: MeasuredFacts;
let reports: ReturnType<typeof reportServices>;

beforeAll(async () => {
  db = await createTestDatabase();
  facts = new MeasuredFacts(db.database);
  reports = reportServices(db.database, NOW);
});
afterAll(() => db.close());

const at = (day: number, hour = 9) => new Date(Date.UTC(2026, 2, day, hour)).toISOString();

describe('attribution', () => {
  let ours: string;
  let theirs: string;

  beforeAll(async () => {
    ours = await facts.campaign('ours', {}, { steps: ['a', 'b'] });
    theirs = await facts.campaign('theirs', {});
    const person = async () => {
      const customer = await facts.customer();
      const own = await facts.enrollment({ customer, campaign: ours, enteredAt: at(1) });
      const other = await facts.enrollment({ customer, campaign: theirs, enteredAt: at(1) });
      const message = (campaign: string, enrollment: string, step: string) =>
        facts.message({ customer, campaign, enrollment, step, dueAt: at(2) });
      return {
        customer,
        a: await message(ours, own, 'a'),
        b: await message(ours, own, 'b'),
        x: await message(theirs, other, 'one'),
      };
    };
    // Clicked a, then opened b, then the other campaign's: last click is ours, last touch theirs.
    const first = await person();
    await facts.hit({ message: first.a, customer: first.customer, at: at(5) });
    await facts.hit({ message: first.b, customer: first.customer, at: at(6), kind: 'open' });
    await facts.hit({ message: first.x, customer: first.customer, at: at(7), kind: 'open' });
    await facts.order({ customer: first.customer, placedAt: at(8), total: 10_000 });
    // Only a machine touched.
    const second = await person();
    await facts.hit({ message: second.a, customer: second.customer, at: at(7), machine: true });
    await facts.order({ customer: second.customer, placedAt: at(8), total: 500 });
    // Touched ten days before, partly refunded, and once more after the order.
    const third = await person();
    await facts.hit({ message: third.b, customer: third.customer, at: at(5) });
    await facts.hit({ message: third.a, customer: third.customer, at: at(16) });
    await facts.order({
      customer: third.customer,
      placedAt: at(15),
      total: 900,
      refunds: [{ amount: 100, at: at(20) }],
    });
    // Credited to the other campaign alone; a cancelled and a renewed one to nobody.
    const fourth = await person();
    await facts.hit({ message: fourth.x, customer: fourth.customer, at: at(7) });
    await facts.order({ customer: fourth.customer, placedAt: at(8), total: 700 });
    await facts.order({ customer: fourth.customer, placedAt: at(8), total: 700, status: 'cancelled' });
    await facts.order({ customer: fourth.customer, placedAt: at(8), total: 700, origin: 'renewal' });
    await reports.settle();
  });

  it('credits by five models, messages of all campaigns competing', async () => {
    const report = await reports.attributions.attribution({ ref: 'ours' });
    expect(report).toMatchObject({ campaign: 'ours', window: 'P7D', excluded: { otherCurrency: 0 } });
    expect(Object.keys(report.models)).toEqual([...CREDIT_MODELS]);
    expect(report.models.last_click).toEqual({ orders: 1, revenue: 100, uncredited: { orders: 2, revenue: 13 } });
    expect(report.models.last_touch).toEqual({ orders: 0, revenue: 0, uncredited: { orders: 2, revenue: 13 } });
    expect(report.models.first_touch).toMatchObject({ orders: 1, revenue: 100 });
    expect(report.models.linear).toMatchObject({ orders: 1 });
    // Of three equal parts of 100.00 one has the odd cent: the largest message id, which is the other campaign's.
    expect(report.models.linear.revenue).toBeCloseTo(66.66, 9);
    expect(report.uncredited).toEqual({ orders: 2, revenue: 13 });
    expect(report.byStep.map((step) => step.step)).toEqual(['a', 'b']);
    expect(report.byStep[0]).toMatchObject({ last_click: { orders: 1, revenue: 100 }, linear: { revenue: 33.33 } });
    expect(report.byStep[1]).toMatchObject({ last_click: { orders: 0, revenue: 0 }, linear: { revenue: 33.33 } });
  });

  it('what the models credit to all campaigns and to none sums exactly to the revenue', async () => {
    const [a, b] = await Promise.all(
      ['ours', 'theirs'].map((ref) => reports.attributions.attribution({ ref, window: 'P30D' })),
    );
    for (const model of CREDIT_MODELS) {
      const credited = (a?.models[model].revenue ?? 0) + (b?.models[model].revenue ?? 0);
      expect(credited + (a?.models[model].uncredited.revenue ?? 0)).toBeCloseTo(100 + 5 + 8 + 7, 9);
    }
  });

  it('any window, as of any instant', async () => {
    const wide = await reports.attributions.attribution({ ref: 'ours', window: 'P10D' });
    expect(wide.models.last_click).toMatchObject({ orders: 2, revenue: 108 });
    expect(wide.byStep[1]).toMatchObject({ last_click: { orders: 1, revenue: 8 } });
    const before = await reports.attributions.attribution({ ref: 'ours', window: 'P10D', asOf: new Date(at(19)) });
    expect(before.models.last_click).toMatchObject({ orders: 2, revenue: 109 });
    const hour = await reports.attributions.attribution({ ref: 'ours', window: 'PT1H' });
    expect(hour.models.last_click).toMatchObject({ orders: 0 });
    for (const window of ['P91D', 'P1M', 'x']) {
      await expect(reports.attributions.attribution({ ref: 'ours', window })).rejects.toMatchObject({
        faults: [{ path: 'window' }],
      });
    }
  });

  it('sets the effect beside the credit, and says in words why they differ', async () => {
    const { beside, models } = await reports.attributions.attribution({ ref: 'ours' });
    expect(beside).toMatchObject({
      attributed: models.last_click.revenue,
      incremental: null,
      verdict: 'not_readable',
      share: null,
    });
    expect(beside.explanation).toContain(`Last click credits EUR ${beside.attributed.toFixed(2)}`);
    expect(beside.explanation).toContain('no_control');
  });

  it('agrees with the ledger for each model', async () => {
    for (const [ref, id] of [
      ['ours', ours],
      ['theirs', theirs],
    ] as const) {
      const report = await reports.attributions.attribution({ ref });
      for (const model of CREDIT_MODELS) {
        const [ledger] = await db.database.query<{ revenue: number; orders: number }>(
          `select coalesce(sum(amount_minor), 0)::bigint as revenue, count(distinct order_id)::int as orders
           from credits where campaign_id = $1 and model = $2`,
          [id, model],
        );
        expect(ledger).toEqual({
          revenue: Math.round(report.models[model].revenue * 100),
          orders: report.models[model].orders,
        });
      }
    }
  });
});
