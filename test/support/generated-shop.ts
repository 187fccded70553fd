import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { localDate } from '../../src/kernel/local-time';
import { versionKey } from '../../src/kernel/versioned';
import { netStoreMinor } from '../../src/orders/order-sql';
import { type Database } from '../../src/platform/database/database';
import { fillEngagement } from './generated-engagement';
import { fillLoyalty } from './generated-loyalty';
import { fillPeople } from './generated-people';
import { fillPredictions } from './generated-predictions';
import { pastInstant, SHOP_NOW } from './generated-values';
import { insertRows } from './insert-rows';

export const PRODUCTS = ['espresso', 'green-tea', "l'infuso"] as const;
export const CATEGORIES = ['coffee', 'tea'] as const;

const product = fc.constantFrom(...PRODUCTS);
const category = fc.option(fc.constantFrom(...CATEGORIES), { nil: null, freq: 5 });

const order = fc.record({
  placedAt: fc.oneof(pastInstant, fc.constant(SHOP_NOW)),
  status: fc.constantFrom('paid', 'paid', 'paid', 'paid', 'pending', 'cancelled', 'refunded'),
  totalMinor: fc.oneof(fc.constantFrom(0, 1, 999, 4990, 10_000), fc.integer({ min: 0, max: 500_000 })),
  /** When the shop last said the status; one that is not paid may have been before. */
  statusAt: pastInstant,
  wasPaid: fc.boolean(),
  /** Store money per unit of the order's: 1 in the store's currency, null where the shop gave none. */
  rate: fc.constantFrom<number | null>(1, 1, 1, 0.8537, null),
  coupons: fc.constantFrom([], [], ['SPRING']),
  lines: fc.array(fc.record({ product, category }), { maxLength: 3 }),
  refunds: fc.array(fc.record({ share: fc.constantFrom(0.1, 0.333, 0.5, 1, 1.2), at: pastInstant }), { maxLength: 2 }),
});

const bought = fc.record({
  orders: fc.array(order, { maxLength: 5 }),
  stage: fc.constantFrom('recent', 'repeat', 'lapsed'),
});

/**
 * Fills an empty database with generated customers and their history, orders, refunds, stages, events, mails and hits;
 * returns the ids of the customers.
 */
export async function fillShop(database: Database, zone: string, count: number, seed: number): Promise<string[]> {
  const ids = await fillPeople(database, count, seed);
  const people = fc.sample(bought, { numRuns: count, seed }).map((one, i) => ({ ...one, id: ids[i] ?? '' }));
  const facts = people.flatMap((one) => one.orders.map((placed) => orderRows(one.id, placed)));
  await insertRows(
    database,
    'orders',
    facts.map((fact) => fact.order),
  );
  await insertRows(
    database,
    'order_lines',
    facts.flatMap((fact) => fact.lines),
  );
  await insertRows(
    database,
    'refunds',
    facts.flatMap((fact) => fact.refunds),
  );
  const summaries = people.map((one) =>
    summaryOf(
      one.id,
      facts.filter((fact) => fact.order.customer_id === one.id),
      zone,
    ),
  );
  await insertRows(database, 'customer_orders', summaries);
  // Who is new may not have a row of stages yet.
  const staged = summaries.map((row, i) => ({
    customer_id: row.customer_id,
    stage: row.count === 0 ? 'prospect' : people[i]?.stage,
    since: SHOP_NOW,
    order_count: row.count,
    last_day: row.last_day,
  }));
  await insertRows(
    database,
    'customer_stages',
    staged.filter(({ stage }, i) => stage !== 'prospect' || i % 2 === 0),
  );
  await fillEngagement(database, ids, seed);
  await fillLoyalty(database, ids, seed);
  await fillPredictions(database, ids, seed);
  return ids;
}

type OrderFactRows = ReturnType<typeof orderRows>;

function orderRows(customerId: string, placed: typeof order extends fc.Arbitrary<infer T> ? T : never) {
  const id = randomUUID();
  const refunds = placed.refunds.map(({ share, at }) => {
    const minor = Math.round(share * placed.totalMinor);
    return {
      id: randomUUID(),
      event_key: randomUUID(),
      order_external_id: id,
      order_id: id,
      amount: minor / 100,
      amount_minor: minor,
      at,
      recorded_at: SHOP_NOW,
    };
  });
  const refunded = refunds.reduce((sum, refund) => sum + refund.amount_minor, 0);
  return {
    order: {
      id,
      external_id: id,
      customer_id: customerId,
      placed_at: placed.placedAt,
      version_at: placed.placedAt,
      version_event: id,
      versions: { status: versionKey({ at: placed.statusAt, eventId: id }) },
      status: placed.status,
      first_counted_at: placed.status === 'paid' || placed.wasPaid ? placed.placedAt : null,
      origin: 'shop',
      currency: placed.rate === 1 ? 'EUR' : 'USD',
      total_minor: placed.totalMinor,
      store_total_minor: placed.rate === null ? null : Math.round(placed.rate * placed.totalMinor),
      discount_minor: 0,
      coupon_codes: placed.coupons,
      refunded_minor: refunded,
      counting: placed.status === 'paid' && !(placed.totalMinor > 0 && refunded >= placed.totalMinor),
      silent: false,
      recorded_at: SHOP_NOW,
    },
    lines: placed.lines.map(({ product: externalId, category: name }, position) => ({
      order_id: id,
      position,
      product_external_id: externalId,
      category: name,
      quantity: position + 1,
      unit_price: 1,
    })),
    refunds,
  };
}

function summaryOf(customerId: string, facts: OrderFactRows[], zone: string) {
  const counting = facts.map((fact) => fact.order).filter((one) => one.counting);
  const times = counting.map((one) => one.placed_at.getTime());
  const net = counting.map((one) =>
    netStoreMinor({
      totalMinor: one.total_minor,
      storeTotalMinor: one.store_total_minor,
      refundedMinor: one.refunded_minor,
    }),
  );
  const lastAt = times.length > 0 ? new Date(Math.max(...times)) : null;
  return {
    customer_id: customerId,
    count: counting.length,
    total_minor: net.reduce<number>((sum, minor) => sum + (minor ?? 0), 0),
    first_at: times.length > 0 ? new Date(Math.min(...times)) : null,
    last_at: lastAt,
    last_day: lastAt && localDate(lastAt, zone),
  };
}
