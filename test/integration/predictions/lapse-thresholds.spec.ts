import { resolveLocal } from '../../../src/kernel/local-time';
import { type AppConfig } from '../../../src/platform/config/config';
import { LapseThresholds } from '../../../src/predictions/lapse-thresholds';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { loadOrders, type LoggedOrder, onlineRetailOrders } from '../../support/order-log';
import { describeWithData, referenceRows } from '../../support/reference-data';

const estimator = (timezone: string) => new LapseThresholds({ store: { timezone } } as AppConfig);

describe('the threshold from stored orders', () => {
  let db: TestDatabase;
  beforeEach(async () => {
    db = await createTestDatabase();
  });
  afterEach(() => db.close());

  describeWithData('of online-retail', 'online-retail', () => {
    it('is that of the definitions at the three dates', async () => {
      const now = new Date('2011-12-09T22:00:00Z');
      await loadOrders(db.database, onlineRetailOrders(), now);
      const days: number[] = [];
      for (const date of ['2011-06-30', '2011-09-30', '2011-12-09']) {
        const asOf = resolveLocal(date, '23:59:59', 'Europe/London');
        days.push((await estimator('Europe/London').estimate(db.database, asOf)).days);
      }
      expect(days).toEqual([109, 112, 108]);
    });
  });

  describeWithData('of cdnow', 'cdnow', () => {
    it('is that of the definitions at the three dates', async () => {
      const orders = referenceRows('cdnow/cdnow_sample.csv.gz').map((row): LoggedOrder => ({
        customer: row.master_id ?? '',
        placedAt: new Date(`${row.date}T12:00:00Z`),
      }));
      await loadOrders(db.database, orders, new Date('1998-06-30T23:00:00Z'));
      const days: number[] = [];
      for (const date of ['1997-09-30', '1997-12-31', '1998-06-30']) {
        days.push((await estimator('UTC').estimate(db.database, new Date(`${date}T23:00:00Z`))).days);
      }
      expect(days).toEqual([104, 103, 103]);
    });
  });

  it('reads order days in the store’s zone, leaves out renewals and what does not count by then', async () => {
    const at = (text: string): Date => new Date(text);
    const ids = await loadOrders(
      db.database,
      [
        { customer: 'night', placedAt: at('2026-01-10T22:30:00Z') },
        { customer: 'night', placedAt: at('2026-01-10T23:30:00Z') },
        { customer: 'renewed', placedAt: at('2026-01-01T10:00:00Z') },
        { customer: 'renewed', placedAt: at('2026-02-01T10:00:00Z'), origin: 'renewal' },
        { customer: 'returned', placedAt: at('2026-01-01T10:00:00Z') },
        { customer: 'returned', placedAt: at('2026-01-20T10:00:00Z') },
        { customer: 'later', placedAt: at('2026-03-01T10:00:00Z') },
      ],
      at('2026-02-10T10:00:00Z'),
    );
    await db.database.execute(
      `insert into refunds (id, event_key, order_external_id, order_id, amount, amount_minor, at, recorded_at)
       select gen_random_uuid(), 'r', external_id, id, 10, total_minor, $2, $2 from orders where customer_id = $1 and placed_at > $3`,
      [ids.get('returned'), at('2026-02-05T10:00:00Z'), at('2026-01-15T10:00:00Z')],
    );
    const basis = async (asOf: string) => (await estimator('Europe/Rome').estimate(db.database, at(asOf))).basis;
    expect(await basis('2026-02-04T10:00:00Z')).toMatchObject({
      customers: 3,
      customersWithGap: 2,
      gaps: 2,
      daysOfOrders: 34,
    });
    expect(await basis('2026-02-10T10:00:00Z')).toMatchObject({
      customers: 3,
      customersWithGap: 1,
      gaps: 1,
      daysOfOrders: 40,
    });
    const days = async (who: string, asOf: string, zone = 'Europe/Rome') =>
      (await estimator(zone).ofCustomer(db.database, ids.get(who) ?? '', at(asOf))).orderDays;
    expect(await days('night', '2026-02-10T10:00:00Z')).toBe(2);
    expect(await days('night', '2026-02-10T10:00:00Z', 'UTC')).toBe(1);
    expect(await days('renewed', '2026-02-10T10:00:00Z')).toBe(1);
    expect(await days('returned', '2026-02-04T10:00:00Z')).toBe(2);
    expect(await days('returned', '2026-02-10T10:00:00Z')).toBe(1);
    expect(await days('later', '2026-02-10T10:00:00Z')).toBe(0);
  });

  it('says too little history of an empty shop', async () => {
    const { days, basis } = await estimator('UTC').estimate(db.database, new Date('2026-03-01T00:00:00Z'));
    expect({ days, ...basis }).toEqual({
      days: 90,
      reason: 'too_little_history',
      daysOfOrders: 0,
      customers: 0,
      customersWithGap: 0,
      gaps: 0,
      returnWithin180Days: null,
    });
  });
});
