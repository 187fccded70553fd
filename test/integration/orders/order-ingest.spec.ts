import { type ConsentRequests } from '../../../src/customers/consent-requests';
import { CustomerIngest } from '../../../src/customers/customer-ingest';
import { CustomerPersonalData } from '../../../src/customers/data/customer-personal-data';
import { FactChanges } from '../../../src/customers/fact-changes';
import { IdentityHash } from '../../../src/customers/identity-hash';
import { PersonalDataOwners } from '../../../src/customers/personal-data';
import { OrderPersonalData } from '../../../src/orders/data/order-personal-data';
import { OrderIngest } from '../../../src/orders/order-ingest';
import { OrderWatches } from '../../../src/orders/order-watches';
import { OrdersService } from '../../../src/orders/orders.service';
import { type OrderOp, type OrderOpOrder } from '../../../src/orders/orders.types';
import { AppConfig } from '../../../src/platform/config/config';
import { type Tx } from '../../../src/platform/database/database';
import { PageQuery } from '../../../src/platform/http/page';
import { createTestDatabase, type TestDatabase } from '../../support/database';

/** Double opt-in is not looked at here. */
const asksNobody = { ask: () => Promise.resolve() } as unknown as ConsentRequests;

const NOW = new Date('2026-03-02T12:00:00Z');
const at = (minute: number): Date => new Date(NOW.getTime() - 3_600_000 + minute * 60_000);

let db: TestDatabase;
let ingest: OrderIngest;
let customers: CustomerIngest;
let orders: OrdersService;

beforeAll(async () => {
  db = await createTestDatabase();
  const config = AppConfig.from({
    NODE_ENV: 'test',
    STORE_CURRENCY: 'EUR',
    STORE_TIMEZONE: 'Europe/Rome',
    SECRET_KEY: 'test-secret-key-of-32-bytes-or-more!',
  });
  const owners = new PersonalDataOwners();
  const hash = new IdentityHash(config);
  ingest = new OrderIngest(config, new OrderWatches());
  new CustomerPersonalData(owners, hash).onModuleInit();
  new OrderPersonalData(owners, ingest).onModuleInit();
  customers = new CustomerIngest(hash, owners, new FactChanges(), asksNobody);
  orders = new OrdersService(db.database, config);
});
afterAll(() => db.close());

let sequence = 0;
const eventId = (): string => `shop:${++sequence}`;

async function customer(email: string, externalId?: string): Promise<string> {
  const [result] = await db.database.transaction((tx) =>
    customers.applyBatch(
      tx,
      [
        {
          kind: 'upsert',
          identity: { externalId, email },
          patch: {},
          version: { at: at(0), eventId: eventId() },
          source: 'test',
        },
      ],
      NOW,
    ),
  );
  return result?.customerId ?? '';
}

function order(externalId: string, customerId: string, more: Partial<OrderOpOrder> = {}, minute = 1): OrderOpOrder {
  return {
    kind: 'order',
    externalId,
    customerId,
    version: { at: at(minute), eventId: eventId() },
    silent: false,
    starts: true,
    placedAt: at(0),
    currency: 'EUR',
    totalMinor: 4990,
    lines: [
      { productExternalId: 'A', name: 'The A', category: 'x', quantity: 2, unitPrice: '9.9900' },
      { productExternalId: 'B', name: null, category: null, quantity: 1.5, unitPrice: '0.1234' },
    ],
    ...more,
  };
}

const refund = (externalId: string, amount: string, minute = 5): OrderOp => ({
  kind: 'refund',
  externalId,
  amount,
  at: at(minute),
  version: { at: at(minute), eventId: eventId() },
  silent: false,
  starts: true,
});

const apply = (...ops: OrderOp[]) => db.database.transaction((tx) => ingest.applyBatch(tx, ops, NOW));
const summary = async (customerId: string): Promise<unknown> =>
  (
    await db.database.query(
      `select count, total_minor, first_at, last_at, last_day from customer_orders where customer_id = $1`,
      [customerId],
    )
  )[0];
const list = async (externalId: string) =>
  (await orders.list({ externalId }, Object.assign(new PageQuery(), { limit: 10 }))).items;

it('writes an order with its lines, counts it, announces it', async () => {
  const id = await customer('a@example.com', 'a');
  const result = await apply(order('o1', id, { couponCodes: ['SPRING'], discountMinor: 500 }));
  expect(result).toMatchObject({
    orders: [{ customerId: id }],
    changedCustomers: [{ customerId: id, cause: 'order', starts: true }],
    firstCounted: [{ externalId: 'o1', origin: 'shop', starts: true }],
  });
  expect(await list('o1')).toEqual([
    {
      id: result.orders[0]?.orderId,
      externalId: 'o1',
      customerId: id,
      placedAt: at(0).toISOString(),
      status: 'paid',
      origin: 'shop',
      counting: true,
      currency: 'EUR',
      total: '49.90',
      storeTotal: '49.90',
      discount: '5.00',
      couponCodes: ['SPRING'],
      refunded: '0.00',
      fulfilledAt: null,
      deliveredAt: null,
      lines: [
        { productExternalId: 'A', name: 'The A', category: 'x', quantity: 2, unitPrice: '9.99' },
        { productExternalId: 'B', name: null, category: null, quantity: 1.5, unitPrice: '0.1234' },
      ],
    },
  ]);
  expect(await summary(id)).toEqual({
    count: 1,
    total_minor: 4990,
    first_at: at(0),
    last_at: at(0),
    last_day: '2026-03-02',
  });
  expect(await db.database.query('select order_id, customer_id from order_changes')).toEqual([
    { order_id: result.orders[0]?.orderId, customer_id: id },
  ]);
});

it('does nothing when the same batch comes again', async () => {
  const id = await customer('again@example.com', 'again');
  const ops = [order('again', id), refund('again', '10.00')];
  await apply(...ops);
  const changes = await db.database.query('select 1 from order_changes');
  expect(await apply(...ops)).toMatchObject({ changedCustomers: [], firstCounted: [] });
  expect(await db.database.query('select 1 from order_changes')).toHaveLength(changes.length);
  expect(await summary(id)).toMatchObject({ count: 1, total_minor: 3990 });
});

it('parks a refund until its order comes, then a full one takes the order out', async () => {
  const id = await customer('r@example.com', 'r');
  expect(await apply(refund('parked', '49.90'))).toMatchObject({ orders: [null], changedCustomers: [] });
  const result = await apply(order('parked', id));
  expect(result.firstCounted).toEqual([]);
  expect(await summary(id)).toMatchObject({ count: 0, total_minor: 0, last_day: null });
  expect((await list('parked'))[0]).toMatchObject({ counting: false, refunded: '49.90' });
});

it('replaces the lines with those of a newer version, not of an older one', async () => {
  const id = await customer('l@example.com', 'l');
  const one = (product: string): OrderOpOrder['lines'] => [
    { productExternalId: product, name: null, category: null, quantity: 1, unitPrice: '1' },
  ];
  await apply(order('lines', id, {}, 5));
  await apply(order('lines', id, { lines: one('C') }, 6));
  await apply(order('lines', id, { lines: one('D') }, 4));
  expect((await list('lines'))[0]?.lines.map((line) => line.productExternalId)).toEqual(['C']);
});

it('adds the rows of one file to one order over several batches', async () => {
  const id = await customer('i@example.com', 'i');
  const row = (product: string): OrderOpOrder => ({
    ...order('file', id, {
      silent: true,
      starts: false,
      appendLines: true,
      lines: [{ productExternalId: product, name: null, category: null, quantity: 1, unitPrice: '1' }],
    }),
    version: { at: at(0), eventId: 'import:1' },
  });
  await apply(row('A'), row('B'));
  await apply(row('C'));
  expect((await list('file'))[0]?.lines.map((line) => line.productExternalId)).toEqual(['A', 'B', 'C']);
});

it('tells of a fulfilment that came before its order', async () => {
  const id = await customer('f@example.com', 'f');
  const mark: OrderOp = {
    kind: 'delivered',
    externalId: 'marked',
    at: at(3),
    version: { at: at(4), eventId: 'shop:mark' },
    silent: false,
    starts: true,
  };
  await apply(mark);
  const { marks } = await apply(order('marked', id));
  expect(marks).toEqual([
    expect.objectContaining({ customerId: id, kind: 'delivered', at: at(3), occurredAt: at(4), eventId: 'shop:mark' }),
  ]);
  expect(await db.database.query('select 1 from parked_order_marks')).toEqual([]);
});

it('hands the orders over when customers are merged', async () => {
  const guest = await customer('m@example.com');
  const account = await customer('m2@example.com', 'm');
  await apply(order('m-1', guest), order('m-2', account, { totalMinor: 1000 }));
  const [merged] = await db.database.transaction((tx) =>
    customers.applyBatch(
      tx,
      [
        {
          kind: 'upsert',
          identity: { externalId: 'm', email: 'm@example.com' },
          patch: {},
          version: { at: at(9), eventId: eventId() },
          source: 'test',
        },
      ],
      NOW,
    ),
  );
  expect(merged?.customerId).toBe(guest);
  expect(await summary(guest)).toMatchObject({ count: 2, total_minor: 5990 });
  expect(await summary(account)).toBeUndefined();
});

it('moves an order to the customer that its newer version names', async () => {
  const [one, two] = [await customer('t1@example.com', 't1'), await customer('t2@example.com', 't2')];
  await apply(order('moved', one, {}, 1));
  const result = await apply(order('moved', two, {}, 2));
  expect(result.changedCustomers.map(({ customerId }) => customerId).sort()).toEqual([one, two].sort());
  expect([await summary(one), await summary(two)]).toMatchObject([{ count: 0 }, { count: 1 }]);
});

it('leaves foreign money out unless the shop gives it in its own', async () => {
  const id = await customer('x@example.com', 'x');
  await apply(
    order('usd', id, { currency: 'USD' }),
    order('usd2', id, { currency: 'USD', totalMinor: 1000, storeTotalMinor: 900 }),
    refund('usd2', '5.00'),
  );
  expect(await summary(id)).toMatchObject({ count: 2, total_minor: 450 });
});

it('takes a fixed number of statements, however many orders', async () => {
  const id = await customer('n@example.com', 'n');
  const count = (size: number, prefix: string): Promise<number> =>
    db.database.transaction(async (tx) => {
      let statements = 0;
      const counting = new Proxy(tx, {
        get: (target, name: keyof Tx) => {
          if (name !== 'query' && name !== 'execute') return target[name];
          return (...args: [string]) => {
            statements++;
            return target[name](...args);
          };
        },
      });
      await ingest.applyBatch(
        counting,
        Array.from({ length: size }, (_, i) => order(`${prefix}${i}`, id)),
        NOW,
      );
      return statements;
    });
  const few = await count(2, 'few');
  expect(await count(500, 'many')).toBe(few);
  expect(few).toBeLessThan(14);
});

it('lists page by page, the latest placed first', async () => {
  const id = await customer('p@example.com', 'p');
  await apply(...[1, 2, 3, 4, 5].map((n) => order(`p${n}`, id, { placedAt: at(n) })));
  const page = (cursor?: string) =>
    orders.list({ customerId: id }, Object.assign(new PageQuery(), { limit: 2, cursor }));
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const { items, nextCursor } = await page(cursor);
    seen.push(...items.map((item) => item.externalId));
    cursor = nextCursor ?? undefined;
  } while (cursor);
  expect(seen).toEqual(['p5', 'p4', 'p3', 'p2', 'p1']);
});
