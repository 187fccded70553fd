import { calendarPeriods, periodBefore } from '../../../src/reports/domain/calendar-periods';
import { retentionFigures, retentionUndefinedBecause } from '../../../src/reports/domain/retention-figures';
import { NOTHING_COUNTED as NOTHING } from '../../support/metric-examples/retention';
import { describeWithData, readReference } from '../../support/reference-data';

describe('retention figures', () => {
  it('follow the definitions', () => {
    const figures = retentionFigures({
      ...NOTHING,
      ...{
        before: 70,
        after: 90,
        active: 90,
        fresh: 30,
        both: 50,
        orders: 180,
        revenue: 9_000,
        buyers: 200,
        repeatBuyers: 50,
      },
      ...{ revenueBefore: 8_000, revenueOfThoseBefore: 6_000, revenueKept: 4_000 },
      ...{ firstOrders90: 40, secondOrders90: 10, returners: 60, upsold: 30, lapsed: 20, wonBack: 5 },
    });
    expect(figures).toMatchObject({
      ...{ customersAtStart: 70, customersAtEnd: 90, newCustomers: 30, reactivated: 10 },
      ...{ retentionRate: 60 / 70, retentionRateStrict: 50 / 70, repeatPurchaseRate: 0.25 },
      ...{ netRevenueRetention: 0.75, netRevenueChurn: 0.25, grossRevenueRetention: 0.5, upsellRatio: 0.5 },
      ...{ winBackRate: 0.25, secondOrderRate90: 0.25, averageOrderValue: 50, purchaseFrequency: 2 },
    });
    expect(figures.churnRate).toBeCloseTo(20 / 70, 12);
  });

  it('are null with a reason where the divisor is 0', () => {
    const figures = retentionFigures(NOTHING);
    const reasons = retentionUndefinedBecause(figures);
    const undefinedOnes = Object.entries(figures).filter(([, value]) => value === null);
    expect(undefinedOnes).toHaveLength(16);
    for (const [name] of undefinedOnes) expect(reasons[name]).toMatch(/\w/);
    expect(retentionUndefinedBecause({ ...figures, retentionRate: 0.5 })).not.toHaveProperty('retentionRate');
  });
});

describeWithData('published examples', 'formulas', () => {
  it('come out', () => {
    const vectors = JSON.parse(readReference('formulas/vectors.json')) as {
      crr: Array<{ CS: number; CE: number; CN: number; exact: number | null }>;
      repeat_purchase_rate: Array<{ customers: number; with_2_or_more_orders: number; pct: number }>;
      ndr: Array<{ start_revenue: number; expansion: number; contraction: number; churned: number; ndr_pct: number }>;
    };
    for (const { CS, CE, CN, exact } of vectors.crr) {
      const { retentionRate } = retentionFigures({ ...NOTHING, before: CS, after: CE, fresh: CN });
      if (exact === null) expect(retentionRate).toBeNull();
      else expect((retentionRate ?? 0) * 100).toBeCloseTo(exact, 10);
    }
    for (const row of vectors.repeat_purchase_rate) {
      const figures = retentionFigures({ ...NOTHING, buyers: row.customers, repeatBuyers: row.with_2_or_more_orders });
      expect((figures.repeatPurchaseRate ?? 0) * 100).toBeCloseTo(row.pct, 10);
    }
    for (const row of vectors.ndr) {
      const revenueOfThoseBefore = row.start_revenue + row.expansion - row.contraction - row.churned;
      const figures = retentionFigures({ ...NOTHING, revenueBefore: row.start_revenue, revenueOfThoseBefore });
      expect((figures.netRevenueRetention ?? 0) * 100).toBeCloseTo(row.ndr_pct, 10);
    }
  });
});

describe('calendar periods', () => {
  const named = (...question: [string, string, 'week' | 'month' | 'quarter' | 'year']): string[] =>
    calendarPeriods(...question, 'Europe/Rome').map(({ from, to }) => `${from} ${to}`);
  it('are whole ones that touch the days asked for', () => {
    expect(named('2026-03-04', '2026-03-16', 'week')).toEqual(['2026-03-02 2026-03-09', '2026-03-09 2026-03-16']);
    expect(named('2025-12-31', '2026-02-01', 'month')).toEqual(['2025-12-01 2026-01-01', '2026-01-01 2026-02-01']);
    expect(named('2026-02-15', '2026-07-02', 'quarter')).toEqual([
      '2026-01-01 2026-04-01',
      '2026-04-01 2026-07-01',
      '2026-07-01 2026-10-01',
    ]);
    expect(named('2028-01-01', '2029-01-01', 'year')).toEqual(['2028-01-01 2029-01-01']);
  });
  it('begin at the store’s midnights, and each follows on the one before', () => {
    const [march] = calendarPeriods('2026-03-10', '2026-03-11', 'month', 'Europe/Rome');
    expect(march?.start.toISOString()).toBe('2026-02-28T23:00:00.000Z');
    expect(march?.end.toISOString()).toBe('2026-03-31T22:00:00.000Z');
    expect(periodBefore(march!, 'month', 'Europe/Rome')).toMatchObject({ from: '2026-02-01', to: '2026-03-01' });
  });
});
