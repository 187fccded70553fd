import http from 'node:http';
import { startTestApp, type TestApp } from '../../support/app';
import { makeShop, order, pathsOf, type Shop } from './shop';

/** On real time webhooks are taken before the framework sees them; the answers must be the same. */
let app: TestApp;
let shop: Shop;
const now = new Date().toISOString();
beforeAll(async () => {
  app = await startTestApp({ clock: null });
  shop = await makeShop(app, 'shop', 'generic', now);
});
afterAll(() => app.close());

const customer = (externalId: string) => ({ externalId, email: `${externalId}@example.com` });

test('202, duplicates, 401, 404, 422 as on the test clock', async () => {
  const first = await shop.deliver('customer.created', customer('c1'), { id: 'same' });
  expect([first.status, first.body]).toEqual([202, { id: expect.any(String), duplicate: false }]);
  const again = await shop.deliver('customer.created', customer('c1'), { id: 'same' });
  expect([again.status, again.body]).toEqual([202, { ...first.body, duplicate: true }]);
  const bad = await shop.deliver('customer.created', customer('c1'), { signature: 'v1,AAAA' });
  expect([bad.status, bad.headers['content-type']]).toEqual([401, 'application/problem+json; charset=utf-8']);
  expect((await app.request('post', '/webhooks/nobody', null).send({})).status).toBe(404);
  expect(pathsOf(await shop.deliver('', {}, { body: '{}' }))).toEqual(['type', 'occurredAt', 'data']);
  expect((await shop.deliver('', {}, { body: 'no json' })).status).toBe(422);
});

test('a body over the limit is 413, and one that is broken off disturbs nobody', async () => {
  const size = 6 * 1024 * 1024;
  const status = await new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': size };
    const request = http.request(`${app.url}/webhooks/shop`, { method: 'POST', headers }, (answer) => {
      resolve(answer.statusCode);
      request.destroy();
    });
    request.on('error', reject);
    request.write(Buffer.alloc(size - 1, ' '));
  });
  expect(status).toBe(413);
  const broken = http.request(`${app.url}/webhooks/shop`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': 100 },
  });
  const over = new Promise((done) => broken.once('close', done));
  broken.on('error', () => undefined);
  broken.write('{');
  setImmediate(() => broken.destroy());
  await over;
  expect((await shop.deliver('customer.created', customer('c2'))).status).toBe(202);
});

test('many at once share statements, and are all there', async () => {
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) => shop.deliver('order.placed', order(`many-${i}`, `m${i % 5}`, now, '5.00'))),
  );
  expect(answers.every((answer) => answer.status === 202 && !(answer.body as { duplicate: boolean }).duplicate)).toBe(
    true,
  );
  const stored = await app.database.query<{ n: number }>(
    `select count(*)::int as n from deliveries where type = 'order.placed'`,
  );
  expect(stored[0]?.n).toBe(60);
  // Nobody advances anything here: the live loop works them off.
  let counted = 0;
  while (counted < 60) {
    const [row] = await app.database.query<{ n: number }>(`select count(*)::int as n from orders where counting`);
    counted = row?.n ?? 0;
  }
  expect(counted).toBe(60);
});
