import { Affinities } from '../../../src/catalog/affinities';
import { CatalogIngest } from '../../../src/catalog/catalog-ingest';
import { type ProductPair, type RecommendationRequest } from '../../../src/catalog/catalog.types';
import { AffinityStore } from '../../../src/catalog/data/affinity-store';
import { BasketReader } from '../../../src/catalog/data/basket-reader';
import { AffinityRefresh } from '../../../src/catalog/jobs/affinity-refresh';
import { ProductsService } from '../../../src/catalog/products.service';
import { Recommendations } from '../../../src/catalog/recommendations';
import { FixedClock } from '../../../src/kernel/clock';
import { newId } from '../../../src/kernel/ids';
import { OrderIngest } from '../../../src/orders/order-ingest';
import { OrderWatches } from '../../../src/orders/order-watches';
import { type OrderOp, type OrderOpOrder } from '../../../src/orders/orders.types';
import { AppConfig } from '../../../src/platform/config/config';
import { PageQuery } from '../../../src/platform/http/page';
import { DueWorkRegistry } from '../../../src/platform/jobs/due-work';
import { createTestDatabase, type TestDatabase } from '../../support/database';

const NOW = new Date('2026-03-20T08:40:00Z');
const day = (n: number): Date => new Date(NOW.getTime() - n * 86_400_000);

let db: TestDatabase;
let orders: OrderIngest;
let refresh: AffinityRefresh;
let affinities: Affinities;
const clock = new FixedClock(NOW);
const recommendations = new Recommendations();

const line = (product: string): OrderOpOrder['lines'][number] => ({
  productExternalId: product,
  name: null,
  category: null,
  quantity: 1,
  unitPrice: '10',
});
let sequence = 0;
function order(products: string[], more: Partial<OrderOpOrder> = {}): OrderOpOrder {
  const id = `o${++sequence}`;
  return {
    kind: 'order',
    externalId: id,
    customerId: null,
    version: { at: day(1), eventId: id },
    silent: true,
    starts: false,
    placedAt: day(20),
    currency: 'EUR',
    totalMinor: 1000,
    lines: products.map(line),
    ...more,
  };
}
const apply = (...ops: OrderOp[]) => db.database.transaction((tx) => orders.applyBatch(tx, ops, NOW));
async function customer(): Promise<string> {
  const id = newId(NOW);
  await db.database.execute('insert into customers (id, created_at, recorded_at, updated_at) values ($1, $2, $2, $2)', [
    id,
    NOW,
  ]);
  return id;
}

beforeAll(async () => {
  db = await createTestDatabase();
  const config = AppConfig.from({ NODE_ENV: 'test', STORE_CURRENCY: 'EUR' });
  orders = new OrderIngest(config, new OrderWatches());
  const [store, reader] = [new AffinityStore(), new BasketReader()];
  refresh = new AffinityRefresh(new DueWorkRegistry(), db.database, store, reader, clock);
  affinities = new Affinities(reader);
  const products = ['moka', 'beans', 'mug', 'apron', 'gone', 'cup'].map((externalId) => ({
    externalId,
    name: `The ${externalId}`,
    price: '10.5',
    url: `https://shop.test/${externalId}`,
    active: externalId !== 'gone',
    version: { at: day(30), eventId: externalId },
  }));
  await db.database.transaction((tx) => new CatalogIngest().applyBatch(tx, products, NOW));
  await apply(
    ...Array.from({ length: 36 }, () => order(['moka', 'beans'])),
    ...Array.from({ length: 5 }, () => order(['moka', 'mug', 'mug'])),
    ...Array.from({ length: 4 }, () => order(['moka', 'cup'])),
    ...Array.from({ length: 9 }, () => order(['moka', 'gone'])),
    ...Array.from({ length: 9 }, () => order(['moka', 'not in the catalogue'])),
    ...Array.from({ length: 20 }, () => order(['apron'])),
    order(['moka', 'apron']),
    order(['moka', 'apron']),
    order(['moka', 'beans'], { status: 'pending' }),
    order(['moka', 'beans'], { status: 'cancelled' }),
  );
});
afterAll(() => db.close());

const question = { limit: 10, minOrders: 5, sort: 'orders' as const };
const names = (items: ProductPair[]): string[] => items.map(({ a, b, orders: n }) => `${a} ${b} ${n}`);

describe('the report', () => {
  it('is exact, over all products, and says what it is of', async () => {
    const report = await affinities.pairs(db.database, question);
    expect(names(report.items)).toEqual(['beans moka 36', 'gone moka 9', 'moka not in the catalogue 9', 'moka mug 5']);
    expect(report).toMatchObject({ baskets: 85, nextCursor: null });
    const [top] = report.items;
    expect(top?.support).toBeCloseTo(36 / 85, 12);
    expect(top?.confidenceAB).toBe(1);
    expect(top?.confidenceBA).toBeCloseTo(36 / 65, 12);
    expect(top?.lift).toBeCloseTo(85 / 65, 12);
  });

  it('goes page by page, down to pairs in one basket, by baskets and by lift', async () => {
    for (const sort of ['orders', 'lift'] as const) {
      const whole = await affinities.pairs(db.database, { ...question, minOrders: 1, sort });
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await affinities.pairs(db.database, { limit: 2, minOrders: 1, sort, cursor });
        seen.push(...names(page.items));
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      expect(seen).toEqual(names(whole.items));
      expect(seen).toHaveLength(6);
    }
  });

  it('is of the facts whose time is no later than asOf', async () => {
    expect((await affinities.pairs(db.database, { ...question, asOf: day(21) })).items).toEqual([]);
    expect((await affinities.pairs(db.database, { ...question, asOf: day(19) })).items).toHaveLength(4);
  });
});

describe('recommendations', () => {
  const of = (
    customerId: string,
    orderId: string | null,
    more: Partial<RecommendationRequest> = {},
  ): RecommendationRequest => ({
    customerId,
    orderId,
    strategy: 'bought_together',
    limit: 3,
    fallback: 'skip',
    ...more,
  });
  const ids = async (...requests: RecommendationRequest[]): Promise<string[][]> =>
    (await recommendations.forCustomers(db.database, requests)).map((list) => list.map(({ externalId }) => externalId));

  it('are computed by the due work at once, then when enough time has gone by', async () => {
    expect(await refresh.nextDueAt()).toEqual(NOW);
    expect(await refresh.runDue(NOW)).toBe(1);
    expect(await refresh.nextDueAt()).toBeNull();
    await apply(order(['apron']));
    const due = await refresh.nextDueAt();
    expect(due?.getTime()).toBe(NOW.getTime() + 85 * 7200);
    expect(await refresh.runDue(NOW)).toBe(0);
    expect(await refresh.runDue(due ?? NOW)).toBe(1);
  });

  it('rank by shared baskets; no inactive, no unknown product, none that was ever bought, floor 3', async () => {
    const [fresh, owner] = [await customer(), await customer()];
    const placed = await apply(
      order(['moka'], { customerId: fresh }),
      order(['moka'], { customerId: owner }),
      order(['beans'], { customerId: owner, placedAt: day(50) }),
    );
    const [one, two] = placed.orders.map((found) => found?.orderId ?? null);
    expect(
      await ids(of(fresh, one ?? null), of(owner, two ?? null), of(owner, null), of(fresh, one ?? null, { limit: 1 })),
    ).toEqual([['beans', 'mug', 'cup'], ['mug', 'cup'], ['mug', 'cup'], ['beans']]);
    const [[first] = []] = await recommendations.forCustomers(db.database, [of(fresh, one ?? null)]);
    expect(first).toEqual({
      externalId: 'beans',
      name: 'The beans',
      category: null,
      price: '10.50',
      url: 'https://shop.test/beans',
      imageUrl: null,
    });
  });

  it('fall back to bestsellers only when told to', async () => {
    const id = await customer();
    const placed = await apply(order(['new thing'], { customerId: id }));
    const orderId = placed.orders[0]?.orderId ?? null;
    expect(
      await ids(
        of(id, orderId),
        of(id, orderId, { fallback: 'bestsellers' }),
        of(id, null, { strategy: 'bestsellers', limit: 1 }),
      ),
    ).toEqual([[], ['moka', 'beans', 'apron'], ['moka']]);
  });
});

describe('products', () => {
  it('are listed and looked up', async () => {
    const products = new ProductsService(db.database);
    const page = await products.list('moka', Object.assign(new PageQuery(), { limit: 5 }));
    expect(page.items).toMatchObject([{ externalId: 'moka', price: '10.50', active: true }]);
    expect([...(await products.load(db.database, ['beans', 'none'])).keys()]).toEqual(['beans']);
  });
});
