import type { LiftReport } from '../../../src/reports/lift-report.types';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MeasuredFacts } from '../../support/measured-facts';
import { reportServices } from '../../support/report-services';
import { unexplainedNulls } from '../../support/unexplained-nulls';

const NOW = new Date('2026-04-01T00:00:00Z');
const DAY = 86_400_000;
const ENTERED = NOW.getTime() - 60 * DAY;

let db: TestDatabase;
let facts: MeasuredFacts;
let reports: ReturnType<typeof reportServices>;

beforeAll(async () => {
  db = await createTestDatabase();
  facts = new MeasuredFacts(db.database);
  reports = reportServices(db.database, NOW);
});
afterAll(() => db.close());

interface Orders {
  /** Days after entry. */
  after: number;
  total: number;
  storeTotal?: null;
  refunded?: number;
}

/** So many people of each arm; what they order by their number. */
async function liftOf(
  key: string,
  people: { treatment: number; holdout: number },
  ordersOf: (i: number, arm: 'treatment' | 'holdout') => Orders[],
  holdout = 0.5,
): Promise<LiftReport> {
  const definition = { holdout, purpose: POOLED.includes(key) ? 'loyalty' : 'custom' };
  const campaign = await facts.campaign(key, definition, { status: 'archived', archivedAt: '2026-03-30T00:00:00Z' });
  for (const arm of ['treatment', 'holdout'] as const)
    for (let i = 0; i < people[arm]; i++) {
      const customer = await facts.customer();
      await facts.enrollment({ customer, campaign, enteredAt: new Date(ENTERED).toISOString(), arm });
      for (const { after, total, storeTotal, refunded } of ordersOf(i, arm)) {
        const placedAt = new Date(ENTERED + after * DAY).toISOString();
        const refunds = refunded === undefined ? [] : [{ amount: refunded, at: placedAt }];
        await facts.order({ customer, placedAt, total, refunds, ...(storeTotal === null ? { storeTotal } : {}) });
      }
    }
  await reports.settle();
  const report = await reports.lifts.lift({ ref: key, window: 'P14D', include: 'all' });
  expect(unexplainedNulls(report)).toEqual([]);
  expect(unexplainedNulls(await reports.attributions.attribution({ ref: key }))).toEqual([]);
  return report;
}

/** Those that are read together at the end. */
const POOLED = ['half', 'one', 'open'];

const some = (i: number): Orders[] => (i % 4 === 0 ? [{ after: 3, total: 1000 + i }] : []);
const many = { treatment: 50, holdout: 50 };

describe('what cannot be read says so', () => {
  it('nobody in either arm, or in one', async () => {
    const nobody = await liftOf('nobody', { treatment: 0, holdout: 0 }, some);
    expect(nobody).toMatchObject({ verdict: 'not_readable', lift: { absolute: null }, curves: null });
    const half = await liftOf('half', { treatment: 60, holdout: 0 }, some);
    expect(half).toMatchObject({ verdict: 'not_readable', lift: { absolute: null, ci: null } });
    expect(half.reasons).toEqual(['sample_ratio', 'few_customers']);
  });

  it('one person in an arm', async () => {
    const one = await liftOf('one', { treatment: 60, holdout: 1 }, some);
    expect(one.arms.holdout).toMatchObject({ customers: 1, repurchasers: 1, rate: 1 });
    expect(one.lift.ci).not.toBeNull();
    expect(one.revenueLift).toMatchObject({ ci: null, verdict: 'not_readable' });
    expect(one).toMatchObject({ verdict: 'not_readable', reasons: ['sample_ratio', 'few_customers'] });
  });

  it('nobody bought, or everybody did', async () => {
    const none = await liftOf('none', many, () => []);
    expect(none).toMatchObject({ lift: { absolute: 0, relative: null, pValue: null }, reasons: ['few_events'] });
    expect(none.lift.ci?.[0]).toBeLessThan(0);
    const all = await liftOf('all', many, (i) => [{ after: 3, total: 1000 + i }]);
    expect(all).toMatchObject({ lift: { absolute: 0, relative: 0, pValue: null }, reasons: ['few_events'] });
  });

  it('one giant order decides nothing by itself', async () => {
    const giant = await liftOf('giant', many, (i, arm) =>
      i === 0 && arm === 'treatment' ? [{ after: 3, total: 900_000_000_00 }] : some(i),
    );
    expect(giant.revenueLift).toMatchObject({ verdict: 'inconclusive', winsorised: { capped: 1 } });
    expect(giant.revenueLift.largestShare).toBeGreaterThan(0.99);
    expect(giant.verdict).toBe('inconclusive');
  });

  it('orders without store money: repurchase is read, revenue is not', async () => {
    const mixed = await liftOf('mixed', many, (i) =>
      some(i).map((order) => (i === 4 ? { ...order, storeTotal: null } : order)),
    );
    expect(mixed.excluded).toMatchObject({ otherCurrency: 2 });
    expect(mixed.revenueLift).toMatchObject({ verdict: 'not_readable', reasons: ['other_currency'] });
    expect(mixed.verdict).toBe('inconclusive');
    // Customers 0, 4, ... 48; the order of 4 counts and brings nothing.
    expect(mixed.arms.treatment).toMatchObject({ repurchasers: 13, orders: 13, revenue: 123.08 });
  });

  it('orders before entry are the past and no outcome', async () => {
    const before = await liftOf('before', many, () => [{ after: -1, total: 1000 }]);
    expect(before.arms.treatment).toMatchObject({ repurchasers: 0, orders: 0, revenue: 0 });
    expect(before.balance?.orders).toMatchObject({ treatment: 1, holdout: 1 });
  });

  it('refunds beyond the total: revenue is never below 0, the rest is told', async () => {
    const refunded = await liftOf('refunded', many, (i) =>
      i === 0
        ? [
            { after: 3, total: 1000, refunded: 2500 },
            { after: 4, total: 0, refunded: 100 },
          ]
        : some(i),
    );
    expect(refunded.overRefunded).toBe(32);
    // Two orders of 15.00 and 1.00 too much in each arm; the one of 10.00 counts no more, the free one as an order.
    expect(refunded.arms.treatment).toMatchObject({ repurchasers: 13, orders: 13, revenue: 123.12 });
  });

  it('without a control group nothing is compared', async () => {
    const open = await liftOf('open', { treatment: 60, holdout: 0 }, some, 0);
    expect(open).toMatchObject({ verdict: 'not_readable', power: null, sampleRatio: { pValue: null, ok: null } });
    expect(open.reasons).toEqual(['no_control', 'few_customers']);
    // Only an experiment from elsewhere can have held everybody out.
    const shut = await liftOf('shut', { treatment: 0, holdout: 60 }, some, 1);
    expect(shut).toMatchObject({ verdict: 'not_readable', power: { customersNeeded: null, minimumDetectable: null } });
    expect(shut.reasons).toEqual(['few_customers']);
  });

  it('read together: what has nobody to compare with is left out, and few stay few', async () => {
    const pooled = await reports.pooledLifts.pooledLift({ purpose: 'loyalty', window: 'P14D' });
    expect(unexplainedNulls(pooled)).toEqual([]);
    // The one without a control group is none of the experiments.
    expect(pooled.experiments.map(({ campaign, leftOut }) => [campaign, leftOut])).toEqual([
      ['half', 'sample_ratio'],
      ['one', 'sample_ratio'],
    ]);
    expect(pooled).toMatchObject({ verdict: 'not_readable', lift: { absolute: null } });
    expect(pooled.reasons).toContain('no_experiments');
  });
});
