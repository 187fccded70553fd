import { startTestApp, type TestApp } from '../../support/app';
import { makeShop, pathsOf, type Shop, signStandard } from './shop';

const NOW = '2026-03-02T08:00:00.000Z';
const seconds = (offset: number) => Math.floor(new Date(NOW).getTime() / 1000) + offset;

let app: TestApp;
let shop: Shop;
beforeAll(async () => {
  app = await startTestApp();
  shop = await makeShop(app, 'shop');
});
afterAll(() => app.close());

const stored = async (id: string) =>
  (
    await app.database.query<{ status: string; body: string }>(
      'select status, body from deliveries where delivery_id = $1',
      [id],
    )
  )[0];
const customer = (externalId: string) => ({ externalId, email: `${externalId}@example.com` });

describe('the answer', () => {
  test('202 with an id once the raw delivery is stored; a repeat is a duplicate of the same id', async () => {
    const body = JSON.stringify({ type: 'customer.created', occurredAt: NOW, data: customer('c1') });
    const first = await shop.deliver('', {}, { id: 'same', body });
    expect(first.status).toBe(202);
    expect(first.body).toEqual({ id: expect.any(String), duplicate: false });
    const again = await shop.deliver('customer.created', { ...customer('c1'), firstName: 'Changed' }, { id: 'same' });
    expect(again.status).toBe(202);
    expect(again.body).toEqual({ id: first.body.id, duplicate: true });
    expect((await stored('same'))?.body).toBe(body);
  });

  test('two of one id at the same moment: one is stored', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => shop.deliver('customer.created', customer('c2'), { id: 'twins' })),
    );
    expect(answers.filter((answer) => !answer.body.duplicate)).toHaveLength(1);
    expect(new Set(answers.map((answer) => (answer.body as { id: string }).id)).size).toBe(1);
  });

  test('401 for a wrong signature, a stale and a future stamp', async () => {
    expect((await shop.deliver('customer.created', customer('c3'), { signature: 'v1,AAAA' })).status).toBe(401);
    for (const offset of [-301, 301]) {
      expect((await shop.deliver('customer.created', customer('c3'), { timestamp: seconds(offset) })).status).toBe(401);
    }
    for (const offset of [-300, 300]) {
      expect((await shop.deliver('customer.created', customer('c3'), { timestamp: seconds(offset) })).status).toBe(202);
    }
    expect((await app.request('post', '/webhooks/shop', null).send({})).status).toBe(401);
  });

  test('404 for an unknown source, 422 for no JSON or not the outer form', async () => {
    expect((await app.request('post', '/webhooks/nobody', null).send({})).status).toBe(404);
    const noJson = await shop.deliver('', {}, { body: 'not json' });
    expect(noJson.status).toBe(422);
    expect(noJson.headers['content-type']).toContain('problem+json');
    const bare = await shop.deliver('', {}, { body: '{"data":[]}' });
    expect(bare.status).toBe(422);
    expect(pathsOf(bare)).toEqual(['type', 'occurredAt', 'data']);
    expect((await shop.deliver('x', {}, { occurredAt: '2026-02-30T00:00:00Z' })).status).toBe(422);
  });

  test('a type with NUL fails alone, not the deliveries that were stored with it', async () => {
    const odd = JSON.stringify({ type: 'a\u0000b', occurredAt: NOW, data: {} });
    const answers = await Promise.all([
      shop.deliver('', {}, { id: 'odd', body: odd }),
      ...[1, 2, 3].map((n) => shop.deliver('customer.created', customer(`with-odd-${n}`))),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([202, 202, 202, 202]);
    await app.advance('PT1S');
    expect((await stored('odd'))?.status).toBe('failed');
  });

  test('a delivery may be larger than a JSON body elsewhere', async () => {
    const data = { customer: customer('c4'), properties: { text: 'x'.repeat(30_000) } };
    const padded = `${JSON.stringify({ type: 'page.viewed', occurredAt: NOW, data })}${' '.repeat(1_200_000)}`;
    expect((await shop.deliver('', {}, { body: padded })).status).toBe(202);
  });
});

describe('secrets', () => {
  test('the old one stays good for a day, two at most; lists show none', async () => {
    const own = await makeShop(app, 'rotating');
    const rotate = async (secret?: string) =>
      (
        await app
          .request('post', '/api/v1/sources/rotating/secrets')
          .send(secret ? { secret } : {})
          .expect(201)
      ).body.secret as string;
    const second = await rotate();
    const deliver = async (secret: string) => (await own.deliver('customer.updated', customer('r'), { secret })).status;
    expect([await deliver(own.secret), await deliver(second)]).toEqual([202, 202]);
    const given = `whsec_${Buffer.alloc(24, 'k').toString('base64')}`;
    expect(await rotate(given)).toBe(given);
    expect([await deliver(own.secret), await deliver(second), await deliver(given)]).toEqual([401, 202, 202]);
    for (const path of ['/api/v1/sources', '/api/v1/sources/rotating', '/api/v1/audit-log']) {
      const told = JSON.stringify((await app.request('get', path).expect(200)).body);
      for (const secret of [own.secret, second, given]) expect(told).not.toContain(secret);
    }
    const shown = (await app.request('get', '/api/v1/sources/rotating')).body.secrets as Array<{
      expiresAt: string | null;
    }>;
    expect(shown.map((secret) => secret.expiresAt)).toEqual([null, expect.stringMatching(/^2026-03-03T08:00/)]);
  });

  test('keys are unique, secrets are checked, deleted sources are gone', async () => {
    const send = (body: object) => app.request('post', '/api/v1/sources').send(body);
    expect((await send({ key: 'shop', kind: 'generic', name: 'x' })).status).toBe(409);
    const faulty = await send({ key: 'Bad Key', kind: 'magento', name: '', secret: 5, more: 1 });
    expect(faulty.status).toBe(422);
    expect(new Set(pathsOf(faulty))).toEqual(new Set(['key', 'kind', 'name', 'secret', 'more']));
    expect((await send({ key: 'weak', kind: 'generic', name: 'x', secret: 'whsec_AA==' })).body.errors[0].path).toBe(
      'secret',
    );
    const gone = await makeShop(app, 'gone');
    await app.request('delete', '/api/v1/sources/gone').expect(204);
    expect((await gone.deliver('customer.created', customer('g'))).status).toBe(404);
    await app.request('get', '/api/v1/sources/gone').expect(404);
  });

  test('after a day the old secret is refused', async () => {
    const own = await makeShop(app, 'next-day');
    await app.request('post', '/api/v1/sources/next-day/secrets').send({}).expect(201);
    await app.advance('PT25H');
    const later = '2026-03-03T09:00:00.000Z';
    const body = JSON.stringify({ type: 'customer.updated', occurredAt: later, data: customer('n') });
    const stamp = String(Math.floor(new Date(later).getTime() / 1000));
    const signature = signStandard(own.secret, 'n1', stamp, body);
    const answer = await own.deliver('', {}, { id: 'n1', body, timestamp: Number(stamp), signature });
    expect(answer.status).toBe(401);
  });
});

describe('the other kinds', () => {
  test('shopify: one event under two topics is two deliveries; the same topic again is a repeat', async () => {
    const own = await makeShop(app, 'shopify-1', 'shopify');
    const body = JSON.stringify({ id: 1, email: 'a@example.com' });
    const told = { 'x-shopify-event-id': 'event-1' };
    expect((await own.post('customers/create', body, told)).body.duplicate).toBe(false);
    expect((await own.post('customers/update', body, told)).body.duplicate).toBe(false);
    expect((await own.post('customers/update', body, told)).body.duplicate).toBe(true);
    expect((await own.post('customers/create', body, { 'x-shopify-hmac-sha256': 'bad' })).status).toBe(401);
    const rows = await app.database.query('select delivery_id, headers from deliveries where source = $1', [
      'shopify-1',
    ]);
    expect(rows).toMatchObject([{ delivery_id: 'event-1' }, { delivery_id: 'event-1' }]);
    expect(JSON.stringify(rows)).not.toContain('hmac');
  });

  test('woocommerce: the unsigned ping is answered and not stored; unused topics are ignored', async () => {
    const own = await makeShop(app, 'woo-1', 'woocommerce');
    const ping = await app.request('post', '/webhooks/woo-1', null).type('form').send('webhook_id=142');
    expect([ping.status, ping.body.duplicate]).toEqual([202, false]);
    expect((await own.post('coupon.created', '{"id":1}')).status).toBe(202);
    await app.advance('PT1S');
    const rows = await app.database.query('select type, status, errors from deliveries where source = $1', ['woo-1']);
    expect(rows).toEqual([
      {
        type: 'coupon.created',
        status: 'ignored',
        errors: [{ path: '', message: 'the topic coupon.created is not used' }],
      },
    ]);
  });
});
