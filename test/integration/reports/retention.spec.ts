import { type Clock, FixedClock } from '../../../src/kernel/clock';
import { addDays, startOfDay } from '../../../src/kernel/local-time';
import { AppConfig } from '../../../src/platform/config/config';
import { ReportsDatabase } from '../../../src/reports/data/reports-database';
import { type CalendarPeriod } from '../../../src/reports/domain/calendar-periods';
import { retentionCounts } from '../../../src/reports/domain/retention-counts';
import { retentionFigures } from '../../../src/reports/domain/retention-figures';
import { OrderHistories } from '../../../src/reports/histories/order-histories';
import { scanRetention } from '../../../src/reports/histories/retention-scan';
import { ReportHeads } from '../../../src/reports/report-heads';
import { type RetentionPeriod, RetentionReports } from '../../../src/reports/retention-report.service';
import { SourceActivities } from '../../../src/reports/source-activity';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { loadOrders, type LoggedOrder, onlineRetailOrders } from '../../support/order-log';
import { describeWithData, readReference } from '../../support/reference-data';

const TABLES = [
  ...['survey_responses', 'surveys', 'hits', 'customer_events', 'address_optouts'],
  ...['order_lines', 'refunds', 'orders', 'customers'],
];

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.close());
afterEach(async () => {
  for (const table of TABLES) await db.database.execute(`delete from ${table}`);
});

function reportsAt(now: Date, zone: string): RetentionReports {
  const config = AppConfig.from({
    NODE_ENV: 'test',
    DATABASE_URL: 'postgres://unused',
    STORE_CURRENCY: 'GBP',
    STORE_TIMEZONE: zone,
  });
  const clock: Clock = new FixedClock(now);
  const database = new ReportsDatabase(config, db.database);
  const heads = new ReportHeads(clock, new SourceActivities(), database);
  return new RetentionReports(database, new OrderHistories(database), heads, config);
}

/** Answers whether one would recommend the shop: customer, score, day. */
async function answers(...given: Array<[customer: string, score: number, day: string]>): Promise<void> {
  const survey = await db.database.query<{ id: string }>(
    `insert into surveys (id, key, name, kind, question, scale, created_at, updated_at)
     values (gen_random_uuid(), 'nps', 'NPS', 'nps', '{}', '{"min":0,"max":10}', now(), now()) returning id`,
  );
  for (const [customer, score, day] of given) {
    await db.database.execute(
      `insert into survey_responses (id, survey_id, survey_version, customer_id, message_id, enrollment_id, campaign_id, step,
         kind, score, locale, answered_at, updated_at)
       values (gen_random_uuid(), $1, 1, $2, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'ask', 'nps', $3, 'it', $4, $4)`,
      [survey[0]?.id, customer, score, new Date(`${day}T09:00:00Z`)],
    );
  }
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

  it('counts the mailable who did something, the promoters, and the fifth that spent most', async () => {
    const ids = await loadOrders(
      db.database,
      [
        ...['a', 'b', 'c', 'd', 'e'].map((who, i) => bought(who, '2026-03-10', 1000 * (i + 1))),
        bought('a', '2026-04-01'),
      ],
      new Date('2026-01-15T12:00:00Z'),
    );
    const id = (who: string) => ids.get(who) ?? '';
    const { database } = db;
    await database.execute(
      `insert into customers (id, external_id, created_at, recorded_at, updated_at) select gen_random_uuid(), 'f', $1, $1, $1`,
      [new Date('2026-01-15T12:00:00Z')],
    );
    await database.execute(
      `update customers set email = external_id || '@example.com', consent_status = case external_id when 'e' then 'none' else 'subscribed' end`,
    );
    await database.execute(
      `insert into address_optouts (id, email, at, source) values (gen_random_uuid(), 'd@example.com', $1, 'link')`,
      [NOW],
    );
    await database.execute(
      `insert into suppressions (id, address_hash, address, reason, at)
       values (gen_random_uuid(), 'f', 'f@example.com', 'hard_bounce', $1)`,
      [NOW],
    );
    // In April a clicks, b is there on the site, c opens, and machines click; d wrote to us and may not be written to.
    await database.execute(
      `insert into hits (id, message_id, customer_id, kind, link_index, at, machine, rule, rule_version, method)
       select gen_random_uuid(), gen_random_uuid(), c.id, kind, case kind when 'click' then 0 end, $1, machine,
         case when machine then 'speed' end, 1, 'GET'
       from (values ('a', 'click', false), ('c', 'open', false), ('c', 'click', true), ('d', 'click', false)) h (who, kind, machine)
       join customers c on c.external_id = h.who`,
      [new Date('2026-04-12T10:00:00Z')],
    );
    await database.execute(
      `insert into customer_events (id, customer_id, type, occurred_at, recorded_at, starts)
       select gen_random_uuid(), c.id, type, $1, $1, false
       from (values ('b', 'product.viewed'), ('c', 'order.counted'), ('a', 'review.posted'), ('d', 'cart.updated')) e (who, type)
       join customers c on c.external_id = e.who`,
      [new Date('2026-04-12T10:00:00Z')],
    );
    await answers(
      [id('a'), 3, '2026-04-02'],
      [id('a'), 10, '2026-04-20'],
      [id('b'), 6, '2026-04-21'],
      [id('c'), 9, '2026-03-31'],
    );
    const [, , march, april] = await months();
    // Mailable: a, b, c; f's address bounces. The greatest fifth of five is one: e with 50 of 150.
    expect(march).toMatchObject({ engagementRate: 1 / 3, nps: 100, npsResponses: 1, concentration: 50 / 150 });
    expect(april).toMatchObject({ engagementRate: 2 / 3, nps: 0, npsResponses: 2, concentration: 1 });
    expect(april?.undefinedBecause).toMatchObject({ winBackRate: 'nobody_lapsed' });
  });

  it('keeps by stage who was not lapsed at the bounds, as the lifecycle has them', async () => {
    await loadOrders(
      db.database,
      [
        // a is repeat throughout; b lapses on 2026-03-02 (90 days after 2025-12-01 is 2026-03-01); c comes in February.
        ...[bought('a', '2025-12-20'), bought('a', '2026-02-20')],
        ...[bought('b', '2025-12-01'), bought('c', '2026-02-27')],
      ],
      NOW,
    );
    const { periods } = await reportsAt(NOW, 'Europe/Rome').retention({
      ...{ from: '2026-02-01', to: '2026-05-01', interval: 'month', basis: 'stage' },
    });
    const seen = periods.map((one) => [
      one.customersAtStart,
      one.customersAtEnd,
      one.newCustomers,
      one.retentionRateStrict,
    ]);
    expect(seen).toEqual([
      [2, 3, 1, 1],
      [3, 2, 0, 2 / 3],
      [2, 2, 0, 1],
    ]);
    // What was spent is of those who ordered, whatever the basis.
    expect(periods[0]).toMatchObject({ retentionRate: 1, purchaseFrequency: 1, netRevenueRetention: null });
  });

  it('breaks everything down by stage, cohort, source and category', async () => {
    await loadOrders(
      db.database,
      [
        ...[bought('a', '2025-09-05'), bought('a', '2026-04-05'), bought('b', '2026-03-10', 2000)],
        ...[bought('b', '2026-04-20', 500), bought('c', '2026-04-11', 4000)],
      ],
      NOW,
    );
    await db.database.execute(
      `update orders o set version_event = case when c.external_id = 'a' then 'e1 import:7' else 'e2 source:shop' end
       from customers c where c.id = o.customer_id`,
    );
    await db.database.execute(
      `insert into order_lines (order_id, position, product_external_id, category, quantity, unit_price)
       select o.id, 1, 'x', case when c.external_id = 'b' then 'tea' else 'coffee' end, 1, 10
       from orders o join customers c on c.id = o.customer_id where c.external_id <> 'c'`,
    );
    const april = { from: '2026-04-01', to: '2026-05-01', interval: 'month' } as const;
    const groups = async (by: 'stage' | 'cohort' | 'source' | 'category') =>
      Object.fromEntries(
        (await reportsAt(NOW, 'Europe/Rome').retention({ ...april, by })).groups?.map(
          ({ name, periods: [period], secondOrder }) => [
            name,
            [period?.customersAtStart, period?.customersAtEnd, period?.winBackRate, secondOrder.customers],
          ],
        ) ?? [],
      );
    expect(await groups('stage')).toEqual({ lapsed: [0, 1, 1, 1], recent: [1, 1, null, 1], new: [0, 1, null, 1] });
    expect(await groups('cohort')).toEqual({
      '2025-09-01': [0, 1, 1, 1],
      '2026-03-01': [1, 1, null, 1],
      '2026-04-01': [0, 1, null, 1],
    });
    expect(await groups('source')).toEqual({ import: [0, 1, 1, 1], shop: [1, 2, null, 2] });
    expect(await groups('category')).toEqual({ coffee: [0, 1, 1, 1], tea: [1, 1, null, 1] });
  });

  it('takes the time to the second order from a later day, renewals left out, and waits for who may still come', async () => {
    await loadOrders(
      db.database,
      [
        ...[bought('a', '2026-01-10'), bought('a', '2026-01-10'), bought('a', '2026-01-20')],
        ...[
          bought('b', '2026-01-10'),
          { ...bought('b', '2026-02-10'), origin: 'renewal' as const },
          bought('b', '2026-03-11'),
        ],
        ...[bought('c', '2026-01-10'), bought('d', '2026-05-01')],
      ],
      NOW,
    );
    const report = await reportsAt(NOW, 'Europe/Rome').retention({
      from: '2026-04-01',
      to: '2026-06-01',
      interval: 'month',
    });
    // 10 days: 1 of 3 at risk (d is observed for 9 days only), 60 days: 1 of 2.
    expect(report.secondOrder).toMatchObject({
      customers: 4,
      returned: 2,
      medianDays: 60,
      returnedWithin: { P180D: null },
    });
    expect(report.secondOrder.returnedWithin.P30D).toBeCloseTo(1 / 3, 10);
    expect(report.periods[0]).toMatchObject({ secondOrderRate90: 2 / 3, repeatPurchaseRate: 2 / 3 });
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
      churn_strict_pct: number;
      NDR_gross_pct: number;
    }
    const reference = JSON.parse(readReference('online-retail/reference.json')) as {
      crr_by_calendar_quarter: { rows: Quarter[] };
      crr_rolling_90d: {
        rows: Array<
          Pick<Quarter, 'CS' | 'CE' | 'CN' | 'CRR_formula_pct' | 'CRR_strict_pct'> & {
            start: string;
            end: string;
            kept_strict: number;
          }
        >;
      };
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
      expect((periods[i + 1]?.churnRate ?? 0) * 100).toBeCloseTo(row.churn_strict_pct, 5);
      // Invoices are kept to the cent, the reference sums up their lines.
      expect((periods[i + 1]?.netRevenueRetention ?? 0) * 100).toBeCloseTo(row.NDR_gross_pct, 3);
    });
    expect((periods[4]?.repeatPurchaseRate ?? 0) * 100).toBeCloseTo(reference.repeat_purchase_rate.pct, 5);
    expect((periods[4]?.secondOrderRate90 ?? 0) * 100).toBeCloseTo(reference.repurchase_within_90d_of_first.pct, 5);
    expect(periods[4]?.complete).toBe(false);
    // The same statements on windows of 90 days that are no calendar periods.
    const reader = new ReportsDatabase({} as AppConfig, db.database);
    const window = (from: string, to: string): CalendarPeriod => {
      const [start, end] = [from, to].map((day) => startOfDay(day, 'Europe/London')) as [Date, Date];
      return { from, to, start, end };
    };
    for (const row of reference.crr_rolling_90d.rows) {
      const [before, after] = [addDays(row.start, 1), addDays(row.end, 1)];
      const scope = {
        periods: [window(addDays(before, -90), before), window(before, after)],
        ...{ asOf: now, zone: 'Europe/London' },
      };
      const { all } = await scanRetention(new OrderHistories(reader), scope, {
        ...{ stages: false, upsell: 'product', mostGroups: 1 },
      });
      const counts = retentionCounts({ ...all, engagement: [], promoters: [], stages: null }, null, 2);
      expect(counts[0]).toMatchObject({ before: row.CS, after: row.CE, fresh: row.CN, both: row.kept_strict });
      const figures = counts[0] && retentionFigures(counts[0]);
      expect((figures?.retentionRate ?? 0) * 100).toBeCloseTo(row.CRR_formula_pct, 5);
      expect((figures?.retentionRateStrict ?? 0) * 100).toBeCloseTo(row.CRR_strict_pct, 5);
    }
  });
});
