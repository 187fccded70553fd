import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { localDate } from '../../src/kernel/local-time';
import { netStoreMinor } from '../../src/orders/order-sql';
import { type Database } from '../../src/platform/database/database';

/** "Now" of the generated shop: a day after the clocks of Rome went forward. */
export const SHOP_NOW = new Date('2026-03-30T10:00:00.000Z');
const DAY_MS = 86_400_000;

/** Instants of the last 400 days, among them the very edges of common windows. */
export const pastInstant = fc.oneof(
  fc.integer({ min: 0, max: 400 * DAY_MS }).map((ms) => new Date(SHOP_NOW.getTime() - ms)),
  fc
    .tuple(fc.constantFrom(1, 7, 30, 90, 365), fc.integer({ min: -1, max: 1 }))
    .map(([days, ms]) => new Date(SHOP_NOW.getTime() - days * DAY_MS + ms)),
);

/** Texts that are compared with each other, with what tends to go wrong: quotes, wildcards, other alphabets. */
export const someText = fc.constantFrom(
  '',
  'it',
  'it-IT',
  'Roma',
  "L'Aquila",
  '100%',
  'caffè',
  'ß',
  '𝔘',
  'a_b',
  ' ',
  'true',
  '42',
);

/** Whatever a shop puts into an attribute. */
export const someJson = fc.oneof(
  someText,
  fc.constantFrom<unknown>(null, true, false, 0, -1, 42, 42.5, 1e308, 5e-324, 1e-5, [], {}, { a: 1 }, ['a', 42, null]),
  fc.constantFrom('42', '42.50', '-1', '007', '1e3', ' 42', '4'.repeat(40), 'false'),
  fc.constantFrom('2026-03-29', '2026-02-30', '2026-02-28', '1990-12-31', '2026-13-01', '2026-03-29T02:30:00+02:00'),
  fc.constantFrom('2026-03-30T10:00Z', '2026-03-29T10:00:00.123456Z', '2026-03-30T25:00:00Z', '2026-02-29T10:00:00Z'),
  fc.array(fc.oneof(someText, fc.integer({ min: 0, max: 50 }), fc.boolean()), { maxLength: 3 }),
);

export const ATTRIBUTES = ['city', 'points', 'address.city', "it's"] as const;

const order = fc.record({
  placedAt: fc.oneof(pastInstant, fc.constant(SHOP_NOW)),
  status: fc.constantFrom('paid', 'paid', 'paid', 'paid', 'pending', 'cancelled', 'refunded'),
  totalMinor: fc.oneof(fc.constantFrom(0, 1, 999, 4990, 10_000), fc.integer({ min: 0, max: 500_000 })),
  /** Store money per unit of the order's: 1 in the store's currency, null where the shop gave none. */
  rate: fc.constantFrom<number | null>(1, 1, 1, 0.8537, null),
  coupons: fc.constantFrom([], [], ['SPRING']),
  refunds: fc.array(fc.record({ share: fc.constantFrom(0.1, 0.333, 0.5, 1, 1.2), at: pastInstant }), { maxLength: 2 }),
});

const customer = fc.record({
  email: fc.option(fc.constantFrom('ann@example.com', 'bob@example.org', 'shared@example.com'), { nil: null }),
  firstName: fc.option(someText, { nil: null }),
  lastName: fc.option(someText, { nil: null }),
  locale: fc.option(fc.constantFrom('it', 'it-IT', 'en', 'de-CH'), { nil: null }),
  timezone: fc.option(fc.constantFrom('Europe/Rome', 'America/New_York', 'Asia/Kathmandu'), { nil: null }),
  createdAt: pastInstant,
  tags: fc.uniqueArray(fc.constantFrom('vip', 'caffè', 'vip-gold', 'b2b'), { maxLength: 3 }),
  attributes: fc.dictionary(fc.constantFrom(...ATTRIBUTES), someJson, { maxKeys: 4 }),
  consent: fc.constantFrom('subscribed', 'pending', 'unsubscribed', 'none'),
  stage: fc.constantFrom('recent', 'repeat', 'lapsed'),
  orders: fc.array(order, { maxLength: 5 }),
});

/** Fills an empty database with generated customers, their orders, refunds and stages; returns their ids. */
export async function fillShop(database: Database, zone: string, count: number, seed: number): Promise<string[]> {
  const people = fc.sample(customer, { numRuns: count, seed }).map((one) => ({ ...one, id: randomUUID() }));
  const stamps = { recorded_at: SHOP_NOW, updated_at: SHOP_NOW };
  await insert(
    database,
    'customers',
    people.map((one, i) => ({
      id: one.id,
      external_id: `c${i}`,
      email: one.email,
      first_name: one.firstName,
      last_name: one.lastName,
      locale: one.locale,
      timezone: one.timezone,
      attributes: one.attributes,
      tags: one.tags,
      consent_status: one.consent,
      consent_topics: {},
      consent_version_at: one.createdAt,
      versions: {},
      created_at: one.createdAt,
      ...stamps,
    })),
  );
  const facts = people.flatMap((one) => one.orders.map((placed) => orderRows(one.id, placed)));
  await insert(
    database,
    'orders',
    facts.map((fact) => fact.order),
  );
  await insert(
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
  await insert(database, 'customer_orders', summaries);
  await insert(
    database,
    'customer_stages',
    summaries.map((row, i) => ({
      customer_id: row.customer_id,
      stage: row.count === 0 ? 'prospect' : people[i]?.stage,
      since: SHOP_NOW,
      order_count: row.count,
      last_day: row.last_day,
    })),
  );
  return people.map(({ id }) => id);
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
      versions: {},
      status: placed.status,
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

async function insert(database: Database, table: string, rows: Array<Record<string, unknown>>): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const columns = Object.keys(first).join(', ');
  await database.execute(
    `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
    [JSON.stringify(rows)],
  );
}
