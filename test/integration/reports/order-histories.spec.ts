import { randomUUID } from 'node:crypto';
import { AppConfig } from '../../../src/platform/config/config';
import { ReportsDatabase } from '../../../src/reports/data/reports-database';
import { historiesBetween } from '../../../src/reports/histories/data/order-histories.sql';
import {
  customerAt,
  HistoryReader,
  MARKS,
  type OrderHistory,
} from '../../../src/reports/histories/domain/history-body';
import { HistoryKeeping } from '../../../src/reports/histories/history-keeping';
import { OrderHistories } from '../../../src/reports/histories/order-histories';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { mulberry } from '../../support/random-draws';

const NOW = new Date('2026-06-01T00:00:00Z');
const LONG_AGO = new Date('2026-02-15T00:00:00Z');
const SMALL = { batch: 7, row: 3 };

let db: TestDatabase;
let histories: OrderHistories;
let keeping: HistoryKeeping;
beforeAll(async () => {
  db = await createTestDatabase();
  histories = new OrderHistories(
    new ReportsDatabase(AppConfig.from({ NODE_ENV: 'test', DATABASE_URL: 'postgres://unused' }), db.database),
  );
  keeping = new HistoryKeeping(db.database);
});
afterAll(() => db.close());
afterEach(async () => {
  for (const table of ['order_lines', 'refunds', 'orders', 'customers', 'order_history_changes', 'order_histories']) {
    await db.database.execute(`delete from ${table}`);
  }
});

const copyOf = ({ count, placedAt, net, marks }: OrderHistory) =>
  Array.from({ length: count }, (_, i) => ({ at: placedAt[i], net: net[i], marks: marks[i] }));

type Told = Record<string, ReturnType<typeof copyOf>>;

async function scanned(asOf: Date): Promise<Told> {
  const told: Told = {};
  await histories.scan(asOf, () =>
    Promise.resolve(() => (history, body, offset) => {
      const id = customerAt(body, offset);
      if (told[id]) throw new Error(`${id} is told twice`);
      told[id] = copyOf(history);
    }),
  );
  return told;
}

async function asTheyAre(asOf: Date): Promise<Told> {
  const told: Told = {};
  const [row] = await db.database.query<{ body: Buffer | null }>(historiesBetween(null, null, asOf));
  if (row?.body) {
    const { body } = row;
    new HistoryReader().each(body, (history, offset) => (told[customerAt(body, offset)] = copyOf(history)));
  }
  return told;
}

async function customer(): Promise<string> {
  const id = randomUUID();
  await db.database.execute(
    `insert into customers (id, external_id, created_at, recorded_at, updated_at) values ($1::uuid, $1::uuid::text, $2, $2, $2)`,
    [id, NOW],
  );
  return id;
}

interface OrderFacts {
  minor?: number;
  product?: string;
  category?: string;
  origin?: string;
  storeMinor?: number | null;
}

async function order(customerId: string, day: string, facts: OrderFacts = {}): Promise<string> {
  const { minor = 1000, product = 'mug', category = 'cups', origin = 'shop', storeMinor = minor } = facts;
  const id = randomUUID();
  await db.database.execute(
    `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, origin, currency,
       total_minor, store_total_minor, counting, recorded_at)
     values ($1::uuid, $1::uuid::text, $2, $3, $3, 'e', 'paid', $4, 'EUR', $5, $6, true, $3)`,
    [id, customerId, new Date(`2026-${day}T10:00:00Z`), origin, minor, storeMinor],
  );
  await db.database.execute(
    `insert into order_lines (order_id, position, product_external_id, category, quantity, unit_price)
     values ($1, 0, $2, $3, 1, 10)`,
    [id, product, category],
  );
  return id;
}

async function refund(orderId: string, minor: number, day: string): Promise<void> {
  const at = new Date(`2026-${day}T10:00:00Z`);
  await db.database.execute(
    `insert into refunds (id, event_key, order_external_id, order_id, amount, amount_minor, at, recorded_at)
     values ($1::uuid, $1::uuid::text, $2::uuid::text, $2::uuid, $3::bigint / 100.0, $3::bigint, $4, $4)`,
    [randomUUID(), orderId, minor, at],
  );
}

const changed = () => db.database.query<{ id: string }>('select distinct customer_id as id from order_history_changes');

describe('order histories', () => {
  it('tell of every counting order, with what was new in it, before anything is kept and after', async () => {
    const [a, b] = [await customer(), await customer()];
    await order(a, '01-10', { minor: 1500 });
    await order(a, '02-10', { product: 'cup' });
    await order(a, '03-10', { product: 'moka', category: 'pots', storeMinor: null });
    await order(a, '04-10', { origin: 'renewal' });
    await refund(await order(b, '01-05'), 400, '01-06');
    await refund(await order(b, '01-07'), 1000, '01-08');
    const net = (history: Told[string] = []) => history.map((own) => [own.net, own.marks]);
    for (const keep of [() => Promise.resolve(0), () => keeping.run(SMALL)]) {
      await keep();
      const told = await scanned(NOW);
      expect(net(told[a])).toEqual([
        [1500, 0],
        [1000, MARKS.newProduct],
        [0, MARKS.newProduct | MARKS.newCategory | MARKS.otherCurrency],
        [1000, MARKS.renewal],
      ]);
      expect(net(told[b])).toEqual([[600, 0]]);
      expect(told[a]?.[0]?.at).toBe(Date.UTC(2026, 0, 10, 10));
    }
    expect(await changed()).toEqual([]);
  });

  it('are those of an earlier instant where something was refunded after it', async () => {
    const a = await customer();
    await refund(await order(a, '01-10'), 1000, '03-01');
    await keeping.run(SMALL);
    expect(await scanned(NOW)).toEqual({});
    expect((await scanned(LONG_AGO))[a]).toHaveLength(1);
  });

  it('name whoever is touched: by a new order, another status, a refund, another owner, one that is deleted', async () => {
    const [a, b] = [await customer(), await customer()];
    const touched = async (change: () => Promise<unknown>): Promise<string[]> => {
      await db.database.execute('delete from order_history_changes');
      await change();
      return (await changed()).map(({ id }) => id).sort();
    };
    const run = (text: string, ...values: unknown[]) => db.database.execute(text, values);
    const id = await order(a, '01-10');
    expect(await touched(() => order(a, '01-11'))).toEqual([a]);
    expect(await touched(() => run(`update orders set status = 'cancelled' where id = $1`, id))).toEqual([a]);
    expect(await touched(() => refund(id, 10, '01-12'))).toEqual([a]);
    expect(await touched(() => run('update refunds set amount_minor = 20'))).toEqual([a]);
    expect(await touched(() => run('delete from refunds'))).toEqual([a]);
    expect(await touched(() => run('update orders set customer_id = $2 where id = $1', id, b))).toEqual([a, b].sort());
    await run('delete from order_lines');
    expect(await touched(() => run('delete from orders where id = $1', id))).toEqual([b]);
    expect(await touched(() => run('update customers set updated_at = $1', NOW))).toEqual([]);
  });

  it('name them also in a load that switches triggers off', async () => {
    const a = await customer();
    await db.database.transaction(async (tx) => {
      await tx.execute('set local session_replication_role = replica');
      await tx.execute(
        `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, currency,
           total_minor, store_total_minor, counting, recorded_at)
         values ($1, 'x', $2, $3, $3, 'e', 'paid', 'EUR', 1000, 1000, true, $3)`,
        [randomUUID(), a, NOW],
      );
    });
    expect(await changed()).toEqual([{ id: a }]);
  });

  it('leave a change noted that is made while others are put in', async () => {
    const a = await customer();
    await order(a, '01-10');
    type PutIn = (...args: unknown[]) => Promise<void>;
    const prototype = HistoryKeeping.prototype as unknown as { putIn: PutIn };
    const putIn = prototype.putIn;
    const meanwhile = jest.spyOn(prototype, 'putIn').mockImplementation(async function (this: unknown, ...args) {
      await order(a, '02-10');
      return putIn.apply(this, args);
    });
    await keeping.run(SMALL);
    meanwhile.mockRestore();
    expect(await changed()).toEqual([{ id: a }]);
    expect((await scanned(NOW))[a]).toHaveLength(2);
  });

  it('are the same as the orders themselves, whatever happens in whatever order', async () => {
    const random = mulberry(11);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const day = () => `0${1 + Math.floor(random() * 5)}-${10 + Math.floor(random() * 18)}`;
    const customers: string[] = [];
    const orders: string[] = [];
    const actions = [
      async () => customers.push(await customer()),
      async () =>
        orders.push(await order(pick(customers), day(), { product: pick(['a', 'b', 'c']), minor: pick([0, 900]) })),
      async () => orders.push(await order(pick(customers), day(), { category: pick(['x', 'y']), origin: 'renewal' })),
      () => refund(pick(orders), pick([100, 900]), day()),
      () => db.database.execute(`update orders set status = 'cancelled' where id = $1`, [pick(orders)]),
      () => db.database.execute('update orders set customer_id = $2 where id = $1', [pick(orders), pick(customers)]),
      () => keeping.run(SMALL),
    ];
    for (let i = 0; i < 9; i++) customers.push(await customer());
    for (let i = 0; i < 9; i++) orders.push(await order(pick(customers), day()));
    for (let step = 0; step < 150; step++) {
      await pick(actions)();
      if (step % 3 > 0) continue;
      for (const asOf of [NOW, LONG_AGO]) expect(await scanned(asOf)).toEqual(await asTheyAre(asOf));
    }
    while ((await keeping.run(SMALL)) > 0);
    const kept = await db.database.query<{ customers: number }>('select customers from order_histories');
    expect(kept.length).toBeGreaterThan(3);
    expect(await scanned(NOW)).toEqual(await asTheyAre(NOW));
  });
});
