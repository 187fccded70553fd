import { type Clock, FixedClock } from '../../../src/kernel/clock';
import { AppConfig } from '../../../src/platform/config/config';
import { ReportsDatabase } from '../../../src/reports/data/reports-database';
import { ReportHeads } from '../../../src/reports/report-heads';
import { type RetentionPeriod, RetentionReports } from '../../../src/reports/retention-report.service';
import { SourceActivities } from '../../../src/reports/source-activity';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { loadOrders, type LoggedOrder, onlineRetailOrders } from '../../support/order-log';
import { describeWithData, readReference } from '../../support/reference-data';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.close());
afterEach(async () => {
  for (const table of ['order_lines', 'refunds', 'orders', 'customers'])
    await db.database.execute(`delete from ${table}`);
});

function reportsAt(now: Date, zone: string): RetentionReports {
  const config = AppConfig.from({
    NODE_ENV: 'test',
    DATABASE_URL: 'postgres://unused',
    STORE_CURRENCY: 'GBP',
    STORE_TIMEZONE: zone,
  });
  const clock: Clock = new FixedClock(now);
  return new RetentionReports(
    new ReportsDatabase(config, db.database),
    new ReportHeads(clock, new SourceActivities(), new ReportsDatabase(config, db.database)),
    config,
  );
}

const bought = (customer: string, day: string, totalMinor = 1000): LoggedOrder => ({
  customer,
  placedAt: new Date(`${day}T10:00:00Z`),
  totalMinor,
});

describe('retention of a small shop', () => {
  const NOW = new Date('2026-05-10T12:00:00Z');
  const months = async (): Promise<RetentionPeriod[]> =>
    (await reportsAt(NOW, 'Europe/Rome').retention({ from: '2026-01-01', to: '2026-06-01', interval: 'month' }))
      .periods;

  it('counts who stayed, came anew and came back, and what they spent', async () => {
    await loadOrders(
      db.database,
      [
        ...[bought('a', '2026-01-05', 1000), bought('a', '2026-02-05', 3000), bought('a', '2026-04-20', 500)],
        ...[bought('b', '2026-01-10', 2000), bought('b', '2026-03-10', 1000)],
        ...[bought('c', '2026-02-11', 4000), bought('c', '2026-02-12', 1000)],
      ],
      NOW,
    );
    const [january, february, march, april, may] = await months();
    expect(january).toMatchObject({
      ...{ from: '2026-01-01', to: '2026-02-01', complete: true, customersAtStart: 0, customersAtEnd: 2 },
      ...{ newCustomers: 2, retentionRate: null, averageOrderValue: 15, purchaseFrequency: 1 },
    });
    expect(january?.undefinedBecause).toMatchObject({ retentionRate: 'no_customers_at_start' });
    expect(february).toMatchObject({
      ...{ customersAtStart: 2, customersAtEnd: 2, newCustomers: 1, reactivated: 0, retentionRate: 0.5 },
      ...{ retentionRateStrict: 0.5, churnRate: 0.5, netRevenueRetention: 1, grossRevenueRetention: 1 / 3 },
      ...{ repeatPurchaseRate: 2 / 3 },
    });
    expect(february?.averageOrderValue).toBeCloseTo(80 / 3, 10);
    // b was away in February: back, not kept.
    expect(march).toMatchObject({ customersAtEnd: 1, newCustomers: 0, reactivated: 1, retentionRateStrict: 0 });
    expect(april).toMatchObject({ customersAtStart: 1, customersAtEnd: 1, reactivated: 1, secondOrderRate90: 1 });
    expect(may).toMatchObject({ complete: false, customersAtStart: 1, customersAtEnd: 0, retentionRate: 0 });
  });

  it('knows products never bought before, people won back, and what was refunded', async () => {
    await loadOrders(
      db.database,
      [
        bought('a', '2025-11-01'),
        bought('a', '2026-04-10'),
        bought('b', '2025-11-02'),
        bought('c', '2026-03-30'),
        bought('c', '2026-04-02'),
      ],
      NOW,
    );
    await db.database.execute(
      `insert into order_lines (order_id, position, product_external_id, name, quantity, unit_price)
       select o.id, 1, case when c.external_id = 'a' and o.placed_at > '2026-01-01' then 'tea' else 'coffee' end, 'x', 1, 10
       from orders o join customers c on c.id = o.customer_id`,
    );
    await db.database.execute(
      `insert into refunds (id, event_key, order_external_id, order_id, amount_minor, amount, at, recorded_at)
       select gen_random_uuid(), 'r', o.external_id, o.id, 400, 4, $1, $1 from orders o where o.placed_at > '2026-04-05'`,
      [NOW],
    );
    const april = (await months())[3];
    expect(april).toMatchObject({ upsellRatio: 0.5, winBackRate: 0.5, averageOrderValue: 8 });
  });

  it('refuses days that are none, and tables that nobody reads', async () => {
    const reports = reportsAt(NOW, 'Europe/Rome');
    const faultsOf = (from: string, to: string): Promise<unknown> =>
      reports.retention({ from, to, interval: 'week' }).then(
        () => 'none',
        (error: unknown) => (error as { faults?: Array<{ path: string }> }).faults?.map(({ path }) => path),
      );
    expect(await faultsOf('2026-02-30', 'x')).toEqual(['from', 'to']);
    expect(await faultsOf('2026-03-01', '2026-03-01')).toEqual(['to']);
    expect(await faultsOf('2016-01-01', '2026-03-01')).toEqual(['to']);
  });
});

describeWithData('retention of a real shop', 'online-retail', () => {
  it('agrees with the reference by quarter, to the customer', async () => {
    interface Quarter {
      quarter: string;
      CS: number;
      CE: number;
      CN: number;
      reactivated: number;
      CRR_formula_pct: number;
      CRR_strict_pct: number;
    }
    const reference = JSON.parse(readReference('online-retail/reference.json')) as {
      crr_by_calendar_quarter: { rows: Quarter[] };
      repeat_purchase_rate: { pct: number };
      repurchase_within_90d_of_first: { pct: number };
    };
    const now = new Date('2011-12-09T22:00:00Z');
    await loadOrders(db.database, onlineRetailOrders(), now);
    const { periods } = await reportsAt(now, 'Europe/London').retention({ from: '2010-10-01', to: '2012-01-01' });
    const quarters = reference.crr_by_calendar_quarter.rows;
    expect(quarters).toHaveLength(4);
    quarters.forEach((row, i) => {
      expect(periods[i + 1]).toMatchObject({
        customersAtStart: row.CS,
        customersAtEnd: row.CE,
        newCustomers: row.CN,
        reactivated: row.reactivated,
      });
      expect((periods[i + 1]?.retentionRate ?? 0) * 100).toBeCloseTo(row.CRR_formula_pct, 5);
      expect((periods[i + 1]?.retentionRateStrict ?? 0) * 100).toBeCloseTo(row.CRR_strict_pct, 5);
    });
    expect((periods[4]?.repeatPurchaseRate ?? 0) * 100).toBeCloseTo(reference.repeat_purchase_rate.pct, 5);
    expect((periods[4]?.secondOrderRate90 ?? 0) * 100).toBeCloseTo(reference.repurchase_within_90d_of_first.pct, 5);
    expect(periods[4]?.complete).toBe(false);
  });
});
