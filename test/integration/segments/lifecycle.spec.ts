import { AuditLog } from '../../../src/access/audit';
import { FixedClock } from '../../../src/kernel/clock';
import { type AppConfig } from '../../../src/platform/config/config';
import { recountCustomers } from '../../../src/orders/data/ingest.sql';
import { LapseThresholds } from '../../../src/predictions/lapse-thresholds';
import { Lifecycle } from '../../../src/segments/lifecycle';
import { ReportsDatabase } from '../../../src/reports/data/reports-database';
import { LifecycleReports } from '../../../src/reports/lifecycle-report.service';
import { ReportHeads } from '../../../src/reports/report-heads';
import { SourceActivities } from '../../../src/reports/source-activity';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { loadOrders, type LoggedOrder, onlineRetailOrders } from '../../support/order-log';
import { describeWithData, readReference } from '../../support/reference-data';

let db: TestDatabase;
const clock = new FixedClock(new Date(0));
beforeEach(async () => {
  db = await createTestDatabase();
});
afterEach(() => db.close());

/** Orders with what is kept of them for each customer, as the intake leaves both. */
async function takeOrders(orders: readonly LoggedOrder[], at: Date, timezone: string): Promise<void> {
  await loadOrders(db.database, orders, at);
  const customers = await db.database.query<{ id: string }>('select distinct customer_id as id from orders');
  await db.database.execute(
    recountCustomers(
      customers.map(({ id }) => id),
      timezone,
    ),
  );
}

const services = (timezone: string) => {
  const config = { store: { timezone, currency: 'GBP' } } as AppConfig;
  const { database } = db;
  return {
    lifecycle: new Lifecycle(
      database,
      clock,
      config,
      new LapseThresholds(config),
      new AuditLog(database, clock, config),
    ),
    reports: new LifecycleReports(
      new ReportsDatabase(config, database),
      new ReportHeads(clock, new SourceActivities(), new ReportsDatabase(config, database)),
      config,
    ),
  };
};

describeWithData('the stages of online-retail', 'online-retail', () => {
  it('are exact at the three dates, and their flows add up', async () => {
    clock.set(new Date('2011-12-09T22:00:00Z'));
    await takeOrders(onlineRetailOrders(), clock.now(), 'Europe/London');
    const { reports } = services('Europe/London');
    const { segments } = JSON.parse(readReference('online-retail/reference.json')) as {
      segments: { rows: Array<Record<string, number> & { as_of: string }> };
    };
    for (const row of segments.rows) {
      const { stages } = await reports.stages({ at: row.as_of });
      expect(stages).toEqual({
        prospect: 0,
        recent: row.recent_one_order_le_90,
        repeat: row.repeat_ge2_orders_le_90,
        lapsed: row.lapsed_gt_90,
      });
    }
    const { flows = [], stages } = await reports.stages({ at: '2011-09-30', from: '2011-07-01', to: '2011-10-01' });
    const into = (stage: string) =>
      flows.filter((flow) => flow.to === stage).reduce((sum, flow) => sum + flow.customers, 0);
    expect([into('recent'), into('repeat'), into('lapsed')]).toEqual([stages.recent, stages.repeat, stages.lapsed]);
    expect(flows.filter((flow) => flow.from === null).reduce((sum, flow) => sum + flow.customers, 0)).toBe(1405 - 1141);
  });

  it('the threshold auto is in force at once', async () => {
    clock.set(new Date('2011-12-09T22:00:00Z'));
    await loadOrders(db.database, onlineRetailOrders(), clock.now());
    const { lifecycle } = services('Europe/London');
    expect(await lifecycle.change({ lapsedAfter: 'auto', repeatMinOrders: 2 })).toMatchObject({
      effective: 'P108D',
      computedAt: '2011-12-09T22:00:00.000Z',
      basis: { reason: null, customers: 1700, estimatedDays: 108 },
    });
    expect(await lifecycle.change({ lapsedAfter: 'P90D', repeatMinOrders: 2 })).toMatchObject({
      effective: 'P90D',
      basis: null,
    });
  });
});

describe('lifecycle as of a day', () => {
  it('reads the threshold in force on that day, before the first setting the first', async () => {
    await takeOrders(
      [{ customer: 'ann', placedAt: new Date('2026-01-01T10:00:00Z') }],
      new Date('2026-03-01T10:00:00Z'),
      'Europe/Rome',
    );
    const { lifecycle, reports } = services('Europe/Rome');
    const lapsedOn = async (at: string) => (await reports.stages({ at })).stages.lapsed;
    clock.set(new Date('2026-03-01T10:00:00Z'));
    await lifecycle.change({ lapsedAfter: 'P7D', repeatMinOrders: 2 });
    clock.set(new Date('2026-03-20T10:00:00Z'));
    await lifecycle.change({ lapsedAfter: 'P300D', repeatMinOrders: 2 });
    expect(await lapsedOn('2026-02-20')).toBe(0);
    expect(await lapsedOn('2026-03-01')).toBe(1);
    expect(await lapsedOn('2026-03-19')).toBe(1);
    expect(await lapsedOn('2026-03-20')).toBe(0);
  });

  it('counts people from their creation or first order on, and the deleted until then', async () => {
    const created = new Date('2026-02-10T10:00:00Z');
    await takeOrders([{ customer: 'ann', placedAt: new Date('2026-02-01T22:59:00Z') }], created, 'Europe/Rome');
    await db.database.execute(
      `insert into customers (id, created_at, recorded_at, updated_at, deleted_at) values
         (gen_random_uuid(), $1, $1, $1, null), (gen_random_uuid(), $1, $1, $1, $2)`,
      [created, new Date('2026-02-15T10:00:00Z')],
    );
    clock.set(new Date('2026-03-01T10:00:00Z'));
    const { reports } = services('Europe/Rome');
    const on = async (at: string) => Object.values((await reports.stages({ at })).stages);
    expect(await on('2026-01-31')).toEqual([0, 0, 0, 0]);
    expect(await on('2026-02-01')).toEqual([0, 1, 0, 0]);
    expect(await on('2026-02-10')).toEqual([2, 1, 0, 0]);
    expect(await on('2026-02-15')).toEqual([1, 1, 0, 0]);
    expect((await reports.stages({ asOf: new Date('2026-02-10T09:00:00Z') })).stages).toMatchObject({
      prospect: 0,
      recent: 1,
    });
  });
});

describe('the monthly estimate', () => {
  /** Customers who come back after `gap` days, long enough ago to be believed. */
  const comeBack = (name: string, gap: number, firstDay: Date): LoggedOrder[] =>
    Array.from({ length: 60 }, (_, i) =>
      [0, 1, 2].map((n) => ({
        customer: `${name}${i}`,
        placedAt: new Date(firstDay.getTime() + (n * gap + (i % 5)) * 86_400_000),
      })),
    ).flat();

  it('is due a month after the last, noted when it hardly moved, adopted when it did', async () => {
    const start = new Date('2025-01-01T10:00:00Z');
    clock.set(new Date('2025-12-31T10:00:00Z'));
    await loadOrders(db.database, comeBack('a', 40, start), clock.now());
    const { lifecycle } = services('Europe/Rome');
    expect(await lifecycle.nextEstimateAt()).toBeNull();
    await lifecycle.change({ lapsedAfter: 'auto', repeatMinOrders: 2 });
    expect(await lifecycle.view()).toMatchObject({ effective: 'P40D' });
    const due = new Date('2026-01-31T10:00:00Z');
    expect(await lifecycle.nextEstimateAt()).toEqual(due);
    expect(await lifecycle.refresh(new Date(due.getTime() - 1))).toBe(false);
    expect(await lifecycle.refresh(due)).toBe(true);
    expect(await lifecycle.view()).toMatchObject({ effective: 'P40D', computedAt: due.toISOString() });
    // A month's end is clipped, and the next month counts from there.
    expect(await lifecycle.nextEstimateAt()).toEqual(new Date('2026-02-28T10:00:00Z'));
    await loadOrders(db.database, comeBack('b', 70, start), clock.now());
    expect(await lifecycle.refresh(new Date('2026-02-28T10:00:00Z'))).toBe(true);
    expect(await lifecycle.view()).toMatchObject({
      lapsedAfter: 'auto',
      effective: 'P70D',
      basis: { estimatedDays: 70 },
    });
    const [{ n } = { n: 0 }] = await db.database.query<{ n: number }>('select count(*) as n from lifecycle_settings');
    expect(n).toBe(3);
  });
});
