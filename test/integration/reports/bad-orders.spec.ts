import { FixedClock } from '../../../src/kernel/clock';
import { AppConfig } from '../../../src/platform/config/config';
import { type CustomerPredictions } from '../../../src/predictions/customer-predictions';
import { ValueForecasts } from '../../../src/predictions/value-forecasts';
import { CohortReports } from '../../../src/reports/cohort-report.service';
import { ReportsDatabase } from '../../../src/reports/data/reports-database';
import { OrderHistories } from '../../../src/reports/histories/order-histories';
import { ReportHeads } from '../../../src/reports/report-heads';
import { RetentionReports } from '../../../src/reports/retention-report.service';
import { SourceActivities } from '../../../src/reports/source-activity';
import { ValueReports } from '../../../src/reports/value-report.service';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MeasuredFacts } from '../../support/measured-facts';
import { unexplainedNulls } from '../../support/unexplained-nulls';

/** What shops send by mistake, in the reports that have no control group; of the lift: `lift-bad-input.spec.ts`. */
const NOW = new Date('2026-03-10T12:00:00Z');
/** Nine billion, in cents. */
const GIANT = 900_000_000_000;
const GIANT_MONEY = GIANT / 100;
const CONFIG = AppConfig.from({
  ...{ NODE_ENV: 'test', DATABASE_URL: 'postgres://unused', STORE_CURRENCY: 'EUR', STORE_TIMEZONE: 'Europe/Rome' },
});

let db: TestDatabase;
let reader: ReportsDatabase;
let heads: ReportHeads;

beforeAll(async () => {
  db = await createTestDatabase();
  reader = new ReportsDatabase(CONFIG, db.database);
  heads = new ReportHeads(new FixedClock(NOW), new SourceActivities(), reader);
  const facts = new MeasuredFacts(db.database);
  const [january, february] = ['2026-01-10T10:00:00Z', '2026-02-10T10:00:00Z'];
  const [foreign, overRefunded, giant, free] = await Promise.all(Array.from({ length: 4 }, () => facts.customer()));
  const order = (customer: string | undefined, placedAt: string, total: number, more = {}) =>
    facts.order({ customer: customer ?? '', placedAt, total, ...more });
  await order(foreign, january, 1000);
  // In dollars, and the shop does not say what that is.
  await order(foreign, february, 5000, { storeTotal: null });
  // More refunded than paid: no order any more.
  await order(overRefunded, january, 1000, { refunds: [{ amount: 2500, at: february }] });
  await order(giant, january, GIANT);
  await order(giant, february, 2000);
  // Nothing paid and something refunded: an order, that took nothing away from the others.
  await order(free, january, 0, { refunds: [{ amount: 100, at: february }] });
});
afterAll(() => db.close());

it('retention: the foreign order counts and brings nothing, the refund takes its own order alone, the giant is shown', async () => {
  const report = await new RetentionReports(reader, new OrderHistories(reader), heads, CONFIG).retention({
    ...{ from: '2026-01-01', to: '2026-03-01', interval: 'month' },
  });
  expect(unexplainedNulls(report)).toEqual([]);
  expect(report.excluded).toEqual({ otherCurrency: 1 });
  const [january, february] = report.periods;
  expect(january).toMatchObject({ customersAtEnd: 3, newCustomers: 3 });
  expect(january?.averageOrderValue).toBeCloseTo((10 + GIANT_MONEY) / 3, 4);
  expect(january?.concentration).toBeCloseTo(GIANT_MONEY / (GIANT_MONEY + 10), 12);
  expect(february).toMatchObject({
    ...{ customersAtStart: 3, customersAtEnd: 2, retentionRateStrict: 2 / 3, averageOrderValue: 10 },
    netRevenueRetention: 20 / (10 + GIANT_MONEY),
  });
});

it('cohorts: the same', async () => {
  const report = await new CohortReports(reader, new OrderHistories(reader), heads, CONFIG).cohorts({
    interval: 'month',
  });
  expect(unexplainedNulls(report)).toEqual([]);
  expect(report.excluded).toEqual({ otherCurrency: 1 });
  expect(report.cohorts[0]).toMatchObject({ customers: 3, active: [0, 2 / 3, null] });
  expect(report.cohorts[0]?.revenuePerCustomer[0]).toBeCloseTo((10 + GIANT_MONEY) / 3, 4);
  expect(report.cohorts[0]?.revenuePerCustomer[1]).toBeCloseTo(20 / 3, 10);
});

it('value: the same, and no model of a handful', async () => {
  // No condition asks for predictions.
  const predictions = { view: () => Promise.resolve(null) } as CustomerPredictions;
  const report = await new ValueReports(reader, heads, new ValueForecasts(), predictions, CONFIG).value({});
  expect(unexplainedNulls(report)).toEqual([]);
  expect(report).toMatchObject({
    historic: { customers: 3, orders: 5, revenue: GIANT_MONEY + 30 },
    concentration: { customers: 1, revenue: GIANT_MONEY + 20 },
    ...{ excluded: { otherCurrency: 1 }, model: null, undefinedBecause: { model: 'too_little_history' } },
  });
});
