import { ReplenishTimes } from '../../../src/catalog/replenish-times';
import { ProductsService } from '../../../src/catalog/products.service';
import { seeded } from '../../../src/demo/domain/random';
import { FixedClock } from '../../../src/kernel/clock';
import { newId } from '../../../src/kernel/ids';
import { resolveLocal } from '../../../src/kernel/local-time';
import { AppConfig } from '../../../src/platform/config/config';
import { PageQuery } from '../../../src/platform/http/page';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { insertRows } from '../../support/insert-rows';
import { describeWithData, onlineRetailLines } from '../../support/reference-data';

const NOW = new Date('2026-06-01T10:00:00Z');
const DAY = 86_400_000;
const ZONE = 'Europe/Rome';

let db: TestDatabase;
let times: ReplenishTimes;
const clock = new FixedClock(NOW);

interface Bought {
  customer: string | null;
  /** Days before NOW. */
  ago: number;
  lines: Array<{ product: string; category?: string }>;
  more?: Record<string, unknown>;
}

/** All orders that were put in, and those of them that make order days. */
const counting: Bought[] = [];
let sequence = 0;

async function put(orders: readonly Bought[]): Promise<string[]> {
  const ids = orders.map(() => newId(NOW));
  const row = ({ customer, ago, more = {} }: Bought, i: number): Record<string, unknown> => ({
    id: ids[i],
    external_id: `o${++sequence}`,
    customer_id: customer,
    placed_at: new Date(NOW.getTime() - ago * DAY),
    version_at: NOW,
    version_event: 'e',
    versions: {},
    status: 'paid',
    origin: 'shop',
    currency: 'EUR',
    total_minor: 1000,
    discount_minor: 0,
    coupon_codes: [],
    refunded_minor: 0,
    counting: true,
    silent: true,
    recorded_at: NOW,
    ...more,
  });
  await insertRows(db.database, 'orders', orders.map(row));
  const lines = orders.flatMap((order, i) =>
    order.lines.map(({ product, category }, position) => ({
      ...{ order_id: ids[i], position, product_external_id: product, category: category ?? null },
      ...{ quantity: 1, unit_price: 10 },
    })),
  );
  await insertRows(db.database, 'order_lines', lines);
  await db.database.execute('update orders_state set revision = revision + 1');
  return ids;
}

async function customers(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newId(NOW));
  const stamps = { created_at: NOW, recorded_at: NOW, updated_at: NOW };
  await insertRows(
    db.database,
    'customers',
    ids.map((id) => ({ id, attributes: {}, tags: [], versions: {}, ...stamps })),
  );
  return ids;
}

/** The calendar day in the shop's zone, as a number. */
function dayOf(at: number): number {
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone: ZONE }).format(new Date(at));
  return Date.parse(text) / DAY;
}

/**
 * The definition, word by word: each gap of each person a row with its weight, S(t) as a product over all days. Nothing of
 * the code under test is used.
 */
function byHand(mine: (line: Bought['lines'][number]) => boolean, asOf = NOW): number | null {
  const days = new Map<string, Set<number>>();
  for (const { customer, ago, lines } of counting) {
    const at = NOW.getTime() - ago * DAY;
    if (customer === null || at > asOf.getTime() || !lines.some(mine)) continue;
    days.set(customer, (days.get(customer) ?? new Set()).add(dayOf(at)));
  }
  const gaps = [...days.values()].flatMap((own) => {
    const sorted = [...own].sort((a, b) => a - b);
    const complete = sorted.slice(1).map((day, i) => day - (sorted[i] ?? 0));
    return complete.length > 0
      ? complete.map((length) => ({ length, weight: 1 / complete.length, ended: true }))
      : sorted.map((day) => ({ length: dayOf(asOf.getTime()) - day, weight: 1, ended: false }));
  });
  if ([...days.values()].filter((own) => own.size > 1).length < 20) return null;
  const weightOf = (some: typeof gaps): number => some.reduce((sum, { weight }) => sum + weight, 0);
  const returned: number[] = [];
  let survival = 1;
  for (let t = 0; t <= 365; t++) {
    const ended = weightOf(gaps.filter((gap) => gap.ended && gap.length === t));
    if (ended > 0) survival *= 1 - ended / weightOf(gaps.filter((gap) => gap.length >= t));
    returned.push(1 - survival);
  }
  const half = 0.5 * (returned.at(-1) ?? 0);
  return Math.max(
    7,
    returned.findIndex((share) => share >= half - 1e-9),
  );
}

const inForce = async (): Promise<Record<string, number>> => {
  const rows = await db.database.query<{ name: string; days: number }>(
    `select scope || ' ' || key as name, days from replenish_times where until is null order by name`,
  );
  return Object.fromEntries(rows.map(({ name, days }) => [name, days]));
};

beforeAll(async () => {
  db = await createTestDatabase();
  times = new ReplenishTimes(db.database, clock, AppConfig.from({ NODE_ENV: 'test', STORE_TIMEZONE: ZONE }));
  const stamps = { versions: {}, recorded_at: NOW, updated_at: NOW, active: true };
  const catalogue = [
    { external_id: 'beans', category: 'coffee' },
    { external_id: 'rare beans', category: 'coffee' },
    { external_id: 'machine', category: 'kitchen' },
  ].map((one) => ({ id: newId(NOW), ...one, ...stamps }));
  await insertRows(db.database, 'products', catalogue);
  const random = seeded(7);
  const people = await customers(60);
  const orders = people.flatMap((customer, i): Bought[] => {
    const [rhythm, first] = [20 + (i % 25), 200 + Math.floor(random() * 300)];
    // Who buys often buys ever more seldom, so that the figure of the past is another one.
    const times = Array.from({ length: i % 6 }, (_, n) => first - n * rhythm - 8 * n * n - Math.floor(random() * 10));
    return times
      .filter((ago) => ago > 0)
      .map((ago, n) => ({
        customer,
        // Close to midnight in Rome for some, so that the day in UTC is another one.
        ago: ago + (n % 2 === 0 ? 0 : 11.5 / 24),
        lines: [
          { product: n % 5 === 4 ? 'rare beans' : 'beans' },
          ...(n % 2 === 0 ? [{ product: 'soap', category: 'bath' }] : []),
          ...(n === 0 ? [{ product: 'machine' }, { product: 'beans' }] : []),
        ],
      }));
  });
  counting.push(...orders);
  await put(orders);
  // None of these makes an order day: a renewal, a cancelled one, a guest, one of tomorrow, one that was refunded.
  const [one] = people;
  const beans = [{ product: 'beans' }];
  const some = Array.from({ length: 30 }, (_, i) => ({ customer: people[i] ?? null, ago: 3, lines: beans }));
  await put(some.map((order) => ({ ...order, more: { origin: 'renewal' } })));
  await put(some.map((order) => ({ ...order, more: { status: 'cancelled', counting: false } })));
  await put(some.map((order) => ({ ...order, customer: null })));
  await put(some.map((order) => ({ ...order, ago: -1 })));
  const [refunded] = await put([{ customer: one ?? null, ago: 2, lines: beans }]);
  await insertRows(db.database, 'refunds', [
    {
      id: newId(NOW),
      event_key: 'r',
      order_external_id: 'r',
      order_id: refunded,
      amount: 10,
      amount_minor: 1000,
      at: NOW,
      recorded_at: NOW,
    },
  ]);
});
afterAll(() => db.close());

it('are worked out at once the first time, by the definition, of each product, category and the shop', async () => {
  expect(await times.nextRunAt()).toEqual(NOW);
  expect(await times.refresh(NOW)).toBe(true);
  const expected = {
    'category bath': byHand(({ category }) => category === 'bath'),
    'category coffee': byHand(({ product }) => product !== 'soap' && product !== 'machine'),
    'product beans': byHand(({ product }) => product === 'beans'),
    'product soap': byHand(({ product }) => product === 'soap'),
    'shop ': byHand(() => true),
  };
  expect(new Set(Object.values(expected)).size).toBeGreaterThan(2);
  expect(await inForce()).toEqual(expected);
});

it('are kept until the next night, and then worked out if orders have changed', async () => {
  expect(await times.nextRunAt()).toBeNull();
  await db.database.execute('update orders_state set revision = revision + 1');
  const night = new Date('2026-06-02T01:00:00Z');
  expect(await times.nextRunAt()).toEqual(night);
  expect(await times.refresh(new Date(night.getTime() - 1))).toBe(false);
  const before = await inForce();
  expect(await times.refresh(night)).toBe(true);
  expect(await inForce()).toEqual(before);
  // What stays the same keeps its row.
  const [rows] = await db.database.query<{ n: number }>('select count(*)::int as n from replenish_times');
  expect(rows?.n).toBe(Object.keys(before).length);
});

it('a product shows its own time, else its category’s, else the shop’s', async () => {
  const { items } = await new ProductsService(db.database).list(
    undefined,
    Object.assign(new PageQuery(), { limit: 9 }),
  );
  const now = await inForce();
  const shown = Object.fromEntries(items.map(({ externalId, replenish }) => [externalId, replenish]));
  expect(shown).toMatchObject({
    beans: { basis: 'product', days: now['product beans'] },
    'rare beans': { basis: 'category', days: now['category coffee'] },
    machine: { basis: 'shop', days: now['shop '] },
  });
  expect(shown['beans']?.customers).toBeGreaterThanOrEqual(20);
  expect(shown['beans']?.gaps).toBeGreaterThan(shown['beans']?.customers ?? 0);
});

describe('the time of an order', () => {
  it('is of the order that is named, else of the customer’s last counting one', async () => {
    const [buyer, nobody] = (await customers(2)) as [string, string];
    const [old] = await put([
      { customer: buyer, ago: 30, lines: [{ product: 'rare beans' }] },
      { customer: buyer, ago: 9, lines: [{ product: 'soap' }, { product: 'beans' }] },
      { customer: buyer, ago: 1, lines: [{ product: 'beans' }], more: { origin: 'renewal' } },
      { customer: buyer, ago: 1, lines: [{ product: 'beans' }], more: { status: 'cancelled', counting: false } },
    ]);
    const found = await times.of(
      db.database,
      [
        { id: 'named', customerId: buyer, orderId: old ?? null },
        { id: 'last', customerId: buyer, orderId: null },
        { id: 'none', customerId: nobody, orderId: null },
      ],
      NOW,
    );
    const now = await inForce();
    const days = { beans: now['product beans'] ?? 0, soap: now['product soap'] ?? 0 };
    expect(found.get('named')).toMatchObject({
      days: now['category coffee'],
      basis: 'category',
      product: 'rare beans',
    });
    expect(found.get('last')).toMatchObject({
      order: { placedAt: new Date(NOW.getTime() - 9 * DAY) },
      days: Math.min(days.beans, days.soap),
      basis: 'product',
      product: days.beans <= days.soap ? 'beans' : 'soap',
    });
    expect(found.get('none')).toMatchObject({ order: null, days: now['shop '], basis: 'shop', product: null });
  });
});

describe('times of the past', () => {
  it('are those that were in force, and before them what could be known when the period began', async () => {
    const asOf = new Date(NOW.getTime() - 230 * DAY);
    const first = NOW.getTime();
    const past = await times.during(db.database, asOf, new Date(NOW.getTime() + 9 * DAY));
    const beans = ({ product }: { product: string }): boolean => product === 'beans';
    expect(past.at(asOf.getTime())('product', 'beans')).toBe(byHand(beans, asOf));
    expect(past.at(first - 1)('product', 'beans')).toBe(byHand(beans, asOf));
    expect(byHand(beans, asOf)).not.toBeNull();
    expect(byHand(beans, asOf)).not.toBe(byHand(beans));
    expect(past.at(first)('product', 'beans')).toBe(byHand(beans));
  });

  it('end when something is no longer known, and begin anew when it changes', async () => {
    const before = await inForce();
    await db.database.execute(`delete from order_lines where product_external_id = 'soap'`);
    const late = await customers(40);
    const again = late.flatMap((customer) => [
      { customer, ago: 95, lines: [{ product: 'beans' }] },
      { customer, ago: 2, lines: [{ product: 'beans' }] },
    ]);
    await put(again);
    const night = new Date('2026-06-03T01:00:00Z');
    expect(await times.refresh(night)).toBe(true);
    const now = await inForce();
    expect(Object.keys(now)).not.toContain('product soap');
    expect(now['product beans']).not.toBe(before['product beans']);
    const past = await times.during(db.database, new Date(night.getTime() - DAY), new Date(night.getTime() + DAY));
    expect(past.at(night.getTime() - 1)('product', 'soap')).toBe(before['product soap']);
    expect(past.at(night.getTime())('product', 'soap')).toBeUndefined();
    expect(past.at(night.getTime() - 1)('product', 'beans')).toBe(before['product beans']);
    expect(past.at(night.getTime())('product', 'beans')).toBe(now['product beans']);
  });
});

describeWithData('the times of a real shop', 'online-retail', () => {
  /** All orders are put in, but of their 156,026 lines only those of these. */
  const PRODUCTS = ['85123A', '22423', '85099B', '84879', '21212'];
  let shop: TestDatabase;
  beforeAll(async () => {
    shop = await createTestDatabase();
  });
  afterAll(() => shop.close());

  it('are those that another program, written from the definition alone, has found in its log', async () => {
    const london = 'Europe/London';
    const asOf = resolveLocal('2011-12-09', '23:59:59', london);
    const lines = onlineRetailLines();
    const column = (name: string): string[] => lines.map((line) => line[name] ?? '');
    await shop.database.execute(
      `with log as (
         select row_number() over () as place, md5(customer)::uuid as customer, md5(invoice)::uuid as invoice, at, product
         from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as r (customer, invoice, at, product)),
       people as (
         insert into customers (id, created_at, recorded_at, updated_at) select distinct customer, now(), now(), now() from log),
       placed as (
         insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, currency,
           total_minor, counting, recorded_at)
         select invoice, invoice::text, min(customer::text)::uuid, min(at)::timestamp at time zone $5, now(), 'log', 'paid',
           'GBP', 100, true, now() from log group by invoice)
       insert into order_lines (order_id, position, product_external_id, quantity, unit_price)
       select invoice, place, product, 1, 1 from log where product = any($6::text[])`,
      [column('customer_id'), column('invoice'), column('invoice_datetime'), column('stock_code'), london, PRODUCTS],
    );
    await shop.database.execute('update orders_state set revision = revision + 1');
    const config = AppConfig.from({ NODE_ENV: 'test', STORE_TIMEZONE: london });
    await new ReplenishTimes(shop.database, new FixedClock(asOf), config).refresh(asOf);
    const rows = await shop.database.query<Record<string, number | string>>(
      'select scope, key, days, customers, gaps from replenish_times',
    );
    const found = new Map(rows.map(({ scope, key, ...what }) => [`${scope} ${key}`, Object.values(what)]));
    expect(Object.fromEntries(found)).toEqual({
      'shop ': [72, 1071, 4804],
      'product 85123A': [106, 156, 417],
      'product 22423': [100, 128, 317],
      'product 85099B': [91, 129, 401],
      'product 84879': [105, 100, 231],
      'product 21212': [128, 67, 130],
    });
  });
});
