import { FixedClock } from '../../../src/kernel/clock';
import { AppConfig } from '../../../src/platform/config/config';
import { FactChanges } from '../../../src/customers/fact-changes';
import { OrderWatches } from '../../../src/orders/order-watches';
import { CustomerPredictions } from '../../../src/predictions/customer-predictions';
import { OverdueReturns } from '../../../src/predictions/overdue-returns';
import { ValueForecasts } from '../../../src/predictions/value-forecasts';
import { ReportsDatabase } from '../../../src/reports/data/reports-database';
import { ReportHeads } from '../../../src/reports/report-heads';
import { SourceActivities } from '../../../src/reports/source-activity';
import { ValueReports } from '../../../src/reports/value-report.service';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { loadOrders, type LoggedOrder } from '../../support/order-log';

const NOW = new Date('2026-05-10T12:00:00Z');

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.close());
afterEach(async () => {
  for (const table of ['order_lines', 'refunds', 'orders', 'customers'])
    await db.database.execute(`delete from ${table}`);
});

function reports(): ValueReports {
  const config = AppConfig.from({
    NODE_ENV: 'test',
    DATABASE_URL: 'postgres://unused',
    STORE_CURRENCY: 'EUR',
    STORE_TIMEZONE: 'Europe/Rome',
  });
  const reader = new ReportsDatabase(config, db.database);
  const heads = new ReportHeads(new FixedClock(NOW), new SourceActivities(), reader);
  const changes = new FactChanges();
  const returns = new OverdueReturns(changes, new OrderWatches(), config);
  const predictions = new CustomerPredictions(db.database, new FixedClock(NOW), changes, returns, config);
  return new ValueReports(reader, heads, new ValueForecasts(), predictions, config);
}

const bought = (customer: string, at: string, totalMinor = 1000): LoggedOrder => ({
  customer,
  placedAt: new Date(at.length === 10 ? `${at}T10:00:00Z` : at),
  totalMinor,
});

describe('the value of customers', () => {
  it('says what they brought and how unevenly, and does not fit a model to a handful', async () => {
    await loadOrders(
      db.database,
      [bought('a', '2026-01-05', 7000), bought('a', '2026-02-05', 3000), bought('b', '2026-02-10', 2500)].concat(
        ['c', 'd', 'e', 'f'].map((who) => bought(who, '2026-03-01', 500)),
      ),
      NOW,
    );
    const report = await reports().value({});
    expect(report).toMatchObject({
      grossMargin: null,
      historic: { customers: 6, orders: 7, revenue: 145, perCustomer: 145 / 6 },
      // A fifth of six, rounded up.
      concentration: { customers: 2, revenue: 125, revenueShare: 125 / 145 },
      model: null,
      holdout: null,
      forecast: null,
      undefinedBecause: { model: 'too_little_history', forecast: 'too_little_history' },
    });
    await db.database.execute(
      `insert into settings (key, value, updated_at) values ('economics', '{"grossMargin":0.4,"costPerEmail":null}', now())`,
    );
    const { grossMargin, historic } = await reports().value({});
    expect({ grossMargin, ...historic }).toMatchObject({ grossMargin: 0.4, revenue: 145, perCustomer: 58 / 6 });
    await db.database.execute(`delete from settings where key = 'economics'`);
  });

  it('says nothing of a shop without orders', async () => {
    const report = await reports().value({});
    expect(report.historic).toEqual({ customers: 0, orders: 0, revenue: 0, perCustomer: null });
    expect(report.undefinedBecause).toMatchObject({ 'historic.perCustomer': 'no_orders' });
  });

  it('counts days of the store, several orders of one as one, and nobody who came after calibration', async () => {
    const orders = Array.from({ length: 150 }, (_, i): LoggedOrder[] => {
      const who = `c${i}`;
      if (i % 3 > 0) return [bought(who, '2025-06-01')];
      return [
        bought(who, '2025-06-01'),
        // One day in Rome, two in UTC; 30.00 in all.
        bought(who, '2025-06-14T22:30:00Z'),
        bought(who, '2025-06-15T10:00:00Z', 2000 + i),
        bought(who, '2025-12-24', 4000 - 10 * i),
      ];
    }).flat();
    await loadOrders(db.database, [...orders, bought('late', '2025-12-01')], NOW);
    const report = await reports().value({ calibrationEnd: '2025-08-31', holdoutEnd: '2026-01-31' });
    expect(report.customers).toBe(150);
    expect(report.holdout).toMatchObject({ actual: 50, days: 153 });
    expect(report.holdout?.byRepeats.map(({ repeats, customers, actual }) => [repeats, customers, actual])).toEqual([
      [0, 100, 0],
      [1, 50, 1],
    ]);
    expect(report.spend?.customers).toBe(50);
    expect(report.forecast?.customers).toBe(151);
  });

  it.each([
    [{ calibrationEnd: '2026-02-30' }, 'calibrationEnd'],
    [{ holdoutEnd: '2026-05-11' }, 'holdoutEnd'],
    [{ calibrationEnd: '2026-03-02', holdoutEnd: '2026-03-01' }, 'calibrationEnd'],
  ])('refuses %j', async (question, path) => {
    await expect(reports().value(question)).rejects.toMatchObject({ faults: [{ path }] });
  });
});
