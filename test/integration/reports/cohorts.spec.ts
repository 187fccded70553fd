import { FixedClock } from '../../../src/kernel/clock';
import { AppConfig } from '../../../src/platform/config/config';
import { CohortReports } from '../../../src/reports/cohort-report.service';
import { ReportsDatabase } from '../../../src/reports/data/reports-database';
import { OrderHistories } from '../../../src/reports/histories/order-histories';
import { ReportHeads } from '../../../src/reports/report-heads';
import { SourceActivities } from '../../../src/reports/source-activity';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { loadOrders, type LoggedOrder } from '../../support/order-log';

const NOW = new Date('2026-04-15T12:00:00Z');

let db: TestDatabase;
let reports: CohortReports;
beforeAll(async () => {
  db = await createTestDatabase();
  const config = AppConfig.from({
    ...{ NODE_ENV: 'test', DATABASE_URL: 'postgres://unused' },
    ...{ STORE_CURRENCY: 'EUR', STORE_TIMEZONE: 'Europe/Rome' },
  });
  const database = new ReportsDatabase(config, db.database);
  const heads = new ReportHeads(new FixedClock(NOW), new SourceActivities(), database);
  reports = new CohortReports(database, new OrderHistories(database), heads, config);
});
afterAll(() => db.close());

const bought = (customer: string, day: string, totalMinor = 1000): LoggedOrder => ({
  customer,
  placedAt: new Date(`${day}T10:00:00Z`),
  totalMinor,
});

describe('cohorts', () => {
  it('are empty for a shop without orders', async () => {
    expect((await reports.cohorts({})).cohorts).toEqual([]);
  });

  describe('of a small shop', () => {
    beforeAll(async () => {
      await loadOrders(
        db.database,
        [
          // a: twice in January, once in March; b: January and February; c: February alone; d: April.
          ...[bought('a', '2026-01-05'), bought('a', '2026-01-25'), bought('a', '2026-03-03', 4000)],
          ...[
            bought('b', '2026-01-31'),
            bought('b', '2026-02-01', 3000),
            bought('c', '2026-02-10'),
            bought('d', '2026-04-02'),
          ],
        ],
        NOW,
      );
      await db.database.execute(
        `insert into order_lines (order_id, position, product_external_id, category, quantity, unit_price)
         select o.id, 1, case when c.external_id in ('a', 'b') then 'moka' else 'mug' end, 'kitchen', 1, 10
         from orders o join customers c on c.id = o.customer_id`,
      );
    });

    it('say who was active, who had come again and what each brought; what is not finished is null', async () => {
      const { cohorts } = await reports.cohorts({ interval: 'month' });
      expect(cohorts.map(({ from, customers }) => [from, customers])).toEqual([
        ['2026-01-01', 2],
        ['2026-02-01', 1],
        ['2026-03-01', 0],
        ['2026-04-01', 1],
      ]);
      expect(cohorts[0]).toMatchObject({
        active: [0.5, 0.5, 0.5, null],
        returned: [0.5, 1, 1, null],
        revenuePerCustomer: [15, 15, 20, null],
      });
      expect(cohorts[0]?.undefinedBecause).toEqual({
        ...{ 'active[3]': 'unfinished', 'returned[3]': 'unfinished', 'revenuePerCustomer[3]': 'unfinished' },
      });
      expect(cohorts[1]).toMatchObject({
        active: [0, 0, null],
        returned: [0, 0, null],
        revenuePerCustomer: [10, 0, null],
      });
      expect(cohorts[2]?.undefinedBecause).toMatchObject({ 'active[0]': 'no_customers' });
      expect(cohorts[3]).toMatchObject({ active: [null] });
    });

    it('are as of an instant, of a stretch of time, and by longer periods', async () => {
      const early = await reports.cohorts({ asOf: new Date('2026-02-01T00:00:00Z') });
      expect(early.cohorts).toMatchObject([{ customers: 2, active: [0.5, null] }, { customers: 0 }]);
      const february = await reports.cohorts({ from: '2026-02-01', to: '2026-03-01' });
      expect(february.cohorts).toMatchObject([{ from: '2026-02-01', customers: 1 }]);
      const { cohorts } = await reports.cohorts({ interval: 'quarter' });
      expect(cohorts).toMatchObject([
        { customers: 3, active: [2 / 3, null], returned: [2 / 3, null] },
        { customers: 1 },
      ]);
    });

    it('are broken down, the largest group first', async () => {
      const byProduct = await reports.cohorts({ by: 'product' });
      expect(byProduct.groups?.map(({ name, customers }) => [name, customers])).toEqual([
        ['moka', 2],
        ['mug', 2],
      ]);
      expect(byProduct.groups?.[1]?.cohorts[1]).toMatchObject({ customers: 1, revenuePerCustomer: [10, 0, null] });
      const byCategory = await reports.cohorts({ by: 'category', interval: 'year' });
      expect(byCategory).toMatchObject({ groups: [{ name: 'kitchen', customers: 4 }], groupsLeftOut: 0 });
    });
  });

  it.each([
    [{ from: '2026-02-30' }, 'from'],
    [{ from: '2026-03-01', to: '2026-03-01' }, 'to'],
    [{ from: '2000-01-01', interval: 'month' as const }, 'from'],
    [{ asOf: new Date('2027-01-01T00:00:00Z') }, 'asOf'],
  ])('refuse %j', async (question, path) => {
    await expect(reports.cohorts(question)).rejects.toMatchObject({ faults: [{ path }] });
  });
});
