import type { LiftReport } from '../../../src/reports/lift-report.types';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MeasuredFacts } from '../../support/measured-facts';
import { reportServices } from '../../support/report-services';

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
  const campaign = await facts.campaign(key, { holdout }, { status: 'archived', archivedAt: '2026-03-30T00:00:00Z' });
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
  expect(faultsOf(report)).toEqual([]);
  return report;
}

/** Whatever was put in: no number that is none, and no null without its reason. */
function faultsOf(report: LiftReport): string[] {
  const reasons = Object.keys(report.undefinedBecause);
  const patterns = reasons.map(
    (path) => new RegExp(`^${path.replace(/[.[\]]/g, '\\$&').replaceAll('\\[\\]', '\\[\\d+\\]')}$`),
  );
  const faults: string[] = [];
  const walk = (value: unknown, path: string): void => {
    if (value === undefined || (typeof value === 'number' && !Number.isFinite(value))) faults.push(`${path}: ${value}`);
    if (value === null && !patterns.some((pattern) => pattern.test(path))) faults.push(`${path}: null, no reason`);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, field] of Object.entries(value)) {
      walk(field, Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`);
    }
  };
  // `replica` is null where there is none: not an undefined figure.
  const { undefinedBecause: _reasons, replica: _none, ...figures } = report;
  walk(figures, '');
  return faults;
}

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
    expect(one.revenueLift.ci).toBeNull();
    expect(one.verdict).toBe('not_readable');
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
    expect(refunded.arms.treatment.revenue).toBeGreaterThan(0);
  });

  it('without a control group nothing is compared', async () => {
    const open = await liftOf('open', { treatment: 60, holdout: 0 }, some, 0);
    expect(open).toMatchObject({ verdict: 'not_readable', power: null, sampleRatio: { pValue: null, ok: null } });
    expect(open.reasons).toEqual(['no_control', 'few_customers']);
  });
});
