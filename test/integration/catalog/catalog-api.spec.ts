import { CatalogIngest } from '../../../src/catalog/catalog-ingest';
import { OrderIngest } from '../../../src/orders/order-ingest';
import { type OrderOpOrder } from '../../../src/orders/orders.types';
import { startTestApp, type TestApp } from '../../support/app';

const NOW = new Date('2026-03-02T08:00:00Z');
let app: TestApp;

function order(externalId: string, products: string[]): OrderOpOrder {
  return {
    kind: 'order',
    externalId,
    customerId: null,
    version: { at: NOW, eventId: externalId },
    silent: true,
    starts: false,
    placedAt: NOW,
    currency: 'EUR',
    totalMinor: 1000,
    lines: products.map((productExternalId) => ({
      productExternalId,
      name: null,
      category: null,
      quantity: 1,
      unitPrice: '10',
    })),
  };
}

beforeAll(async () => {
  app = await startTestApp();
  await app.database.transaction(async (tx) => {
    const product = { name: 'P', url: 'https://shop.test/p', price: '9.9', version: { at: NOW, eventId: 'p' } };
    await app.app.get(CatalogIngest).applyBatch(tx, [{ ...product, externalId: '=a' }], NOW);
    const orders = Array.from({ length: 5 }, (_, i) => order(`o${i}`, ['=a', 'b', 'c']));
    await app.app.get(OrderIngest).applyBatch(tx, [...orders, order('alone', ['c'])], NOW);
  });
});
afterAll(() => app.close());

it('products are listed and found by their id in the shop', async () => {
  const { body } = await app.request('get', '/api/v1/products?externalId=%3Da').expect(200);
  expect(body).toMatchObject({
    items: [{ externalId: '=a', name: 'P', price: '9.90', active: true, category: null, imageUrl: null }],
    nextCursor: null,
  });
});

it('orders are found by their id in the shop', async () => {
  const { body } = await app.request('get', '/api/v1/orders?externalId=o1').expect(200);
  expect(body).toMatchObject({ items: [{ externalId: 'o1', total: '10.00', counting: true }], nextCursor: null });
  await app.request('get', '/api/v1/orders?customerId=nobody').expect(422);
  const cursor = Buffer.from(JSON.stringify(['yesterday', 'x'])).toString('base64url');
  await app.request('get', `/api/v1/orders?cursor=${cursor}`).expect(422);
});

it('pairs are reported as JSON, and as CSV with nothing that a spreadsheet would run', async () => {
  const { body } = await app.request('get', '/api/v1/reports/affinities?limit=1').expect(200);
  expect(body).toMatchObject({
    items: [{ a: '=a', b: 'b', orders: 5, confidenceAB: 1, confidenceBA: 1, lift: 6 / 5 }],
    baskets: 6,
    asOf: NOW.toISOString(),
  });
  const csv = await app.request('get', '/api/v1/reports/affinities?format=csv').expect(200);
  expect(csv.headers['content-type']).toContain('text/csv');
  expect(csv.text.split('\r\n').slice(0, 2)).toEqual([
    'a,b,orders,support,confidenceAB,confidenceBA,lift',
    expect.stringMatching(/^'=a,b,5,0\.8333/),
  ]);
  expect(csv.headers.link).toBeUndefined();
});

it('a table of pairs says where it goes on', async () => {
  const pairs: string[] = [];
  let at: string | undefined = '/api/v1/reports/affinities?limit=2&sort=lift&format=csv';
  while (at !== undefined) {
    const answer: { text: string; header: Record<string, string> } = await app.request('get', at).expect(200);
    pairs.push(...answer.text.trim().split('\r\n').slice(1));
    at = /^<([^>]+)>; rel="next"$/.exec(answer.header.link ?? '')?.[1];
  }
  expect(pairs.map((line) => line.split(',').slice(0, 2).join(' '))).toEqual(["'=a b", "'=a c", 'b c']);
});

it('a question that makes no sense is told where', async () => {
  for (const query of [
    'limit=501',
    'minOrders=0',
    'minOrders=x',
    'sort=name',
    'asOf=yesterday',
    'colour=red',
    'cursor=!',
  ]) {
    const { body } = await app.request('get', `/api/v1/reports/affinities?${query}`).expect(422);
    const [fault] = (body as { errors: Array<{ path: string }> }).errors;
    expect(fault?.path).toBe(query.split('=')[0]);
  }
});
