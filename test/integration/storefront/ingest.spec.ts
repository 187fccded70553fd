import { FactApplier } from '../../../src/storefront/fact-applier';
import { startTestApp, type TestApp } from '../../support/app';
import { makeShop, order, type Shop } from './shop';

const NOW = '2026-03-02T08:00:00.000Z';

let app: TestApp;
let shop: Shop;
beforeAll(async () => {
  app = await startTestApp();
  shop = await makeShop(app, 'shop');
});
afterAll(() => app.close());

const workOff = () => app.advance('PT1S');
const query = <Row = Record<string, unknown>>(sql: string, values: unknown[] = []) =>
  app.database.query<Row>(sql, values);
const person = async (externalId: string) =>
  (
    await query<{
      id: string;
      email: string;
      count: number;
      total: number;
      stage: string;
      consent: string;
      firstName: string;
      lastName: string;
    }>(
      `select c.id, c.email, coalesce(o.count, 0) as count, coalesce(o.total_minor, 0) as total, s.stage,
         c.consent_status as consent, c.first_name as "firstName", c.last_name as "lastName"
       from customers c left join customer_orders o on o.customer_id = c.id
       left join customer_stages s on s.customer_id = c.id where c.external_id = $1`,
      [externalId],
    )
  )[0];
const eventsOf = async (externalId: string) =>
  query<{ type: string; starts: boolean; properties: object }>(
    `select e.type, e.starts, e.properties from customer_events e join customers c on c.id = e.customer_id
     where c.external_id = $1 and e.type not like 'segment.%' order by e.id`,
    [externalId],
  );
const failed = async () =>
  (await app.request('get', '/api/v1/deliveries?status=failed').expect(200)).body.items as Array<{
    id: string;
    errors: Array<{ path: string; message: string }>;
    deliveryId: string;
    status: string;
  }>;

describe('what events come to', () => {
  test('a customer is a prospect at once, with consent and proof, and its events in the log', async () => {
    await shop.deliver('customer.created', {
      externalId: 'c1',
      email: 'C1@Example.com',
      firstName: 'Ada',
      attributes: { city: 'Torino' },
      consent: { status: 'subscribed', source: 'checkout', at: '2026-03-01T10:00:00Z' },
    });
    await workOff();
    expect(await person('c1')).toMatchObject({
      email: 'c1@example.com',
      firstName: 'Ada',
      stage: 'prospect',
      consent: 'subscribed',
    });
    expect(await eventsOf('c1')).toMatchObject([
      { type: 'consent.subscribed', starts: true },
      { type: 'customer.created', starts: true },
    ]);
  });

  test('an older version does not overwrite a newer one, and fills what that left open', async () => {
    const newer = { ...order('o1', 'c5', '2026-03-01T09:00:00Z', '30.00'), updatedAt: '2026-03-01T12:00:00Z' };
    await shop.deliver('order.updated', newer);
    await workOff();
    await shop.deliver('order.placed', {
      ...newer,
      total: '99.00',
      status: 'pending',
      updatedAt: '2026-03-01T09:00:00Z',
    });
    const fields = { externalId: 'm1', email: 'm1@example.com' };
    await shop.deliver('customer.updated', { ...fields, lastName: 'New', updatedAt: '2026-03-02T07:00:00Z' });
    await workOff();
    await shop.deliver('customer.updated', {
      ...fields,
      firstName: 'Old',
      lastName: 'Old',
      updatedAt: '2026-03-02T06:00:00Z',
    });
    await workOff();
    expect(await person('c5')).toMatchObject({ count: 1, total: 3000, stage: 'recent' });
    expect(await person('m1')).toMatchObject({ firstName: 'Old', lastName: 'New' });
  });

  test('a refund and a shipment wait for their order', async () => {
    await shop.deliver('order.refunded', { orderExternalId: 'o2', amount: '15.00', at: '2026-03-01T11:00:00Z' });
    await shop.deliver('order.fulfilled', { orderExternalId: 'o2', at: '2026-03-01T12:00:00Z' });
    await workOff();
    await shop.deliver('order.placed', order('o2', 'c6', '2026-03-01T10:00:00Z', '40.00'));
    await workOff();
    expect(await person('c6')).toMatchObject({ count: 1, total: 2500 });
    const types = (await eventsOf('c6')).map((event) => event.type).sort();
    expect(types).toEqual(['order.counted', 'order.fulfilled', 'order.placed', 'order.refunded']);
  });

  test('each refund once, a cancel takes the order out', async () => {
    await shop.deliver('order.placed', order('o3', 'c7', '2026-03-01T10:00:00Z', '50.00'));
    for (let i = 0; i < 2; i++) {
      await shop.deliver(
        'order.refunded',
        { orderExternalId: 'o3', amount: '20.00', at: '2026-03-01T11:00:00Z' },
        { id: 'refund-o3' },
      );
    }
    await workOff();
    expect(await person('c7')).toMatchObject({ count: 1, total: 3000 });
    const paid = { ...order('o3', 'c7', '2026-03-01T10:00:00Z', '50.00'), updatedAt: NOW };
    await shop.deliver('order.cancelled', paid, { id: 'a-cancel' });
    await shop.deliver('order.updated', paid, { id: 'zzz' });
    await workOff();
    expect(await person('c7')).toMatchObject({ count: 0, stage: 'prospect' });
  });

  test('a guest joins the customer with that address; products, baskets and custom events are kept', async () => {
    await shop.deliver('order.placed', {
      ...order('g1', 'x', '2026-03-01T10:00:00Z', '0.00'),
      customer: { email: 'M1@example.com' },
    });
    await shop.deliver('product.updated', { externalId: 'moka', name: 'The moka', price: '29.90' });
    await shop.deliver('cart.updated', { customer: { externalId: 'm1' }, externalId: 'k1', total: '5', lines: [] });
    await shop.deliver('page.viewed', { customer: { externalId: 'm1' }, properties: { path: '/sale' } });
    await workOff();
    expect(await person('m1')).toMatchObject({ count: 1, stage: 'recent' });
    expect(await eventsOf('m1')).toEqual(
      expect.arrayContaining([
        { type: 'cart.updated', starts: true, properties: { externalId: 'k1', total: '5', lines: [], empty: true } },
        { type: 'page.viewed', starts: true, properties: { path: '/sale' } },
      ]),
    );
    expect(await query('select name, price, active from products where external_id = $1', ['moka'])).toEqual([
      { name: 'The moka', price: '29.9000', active: true },
    ]);
  });

  test('an event older than 72 hours updates data and starts nothing', async () => {
    const late = { occurredAt: '2026-02-27T07:59:00Z' };
    await shop.deliver(
      'customer.created',
      { externalId: 'late', email: 'late@example.com', consent: { status: 'subscribed' } },
      late,
    );
    await shop.deliver('order.placed', order('late-1', 'late', '2026-02-27T07:00:00Z', '5.00'), late);
    await workOff();
    expect(await person('late')).toMatchObject({ stage: 'recent', consent: 'subscribed' });
    const events = await eventsOf('late');
    expect(events.length).toBeGreaterThan(0);
    expect(events.every((event) => !event.starts)).toBe(true);
    const moved = await query(`select 1 from customer_events e join customers c on c.id = e.customer_id
      where c.external_id = 'late' and e.type like 'segment.%' and e.starts`);
    expect(moved).toEqual([]);
  });

  test('vendors: a merge makes one of two, an order carries its refund', async () => {
    const shopify = await makeShop(app, 'shopify', 'shopify');
    const woo = await makeShop(app, 'woo', 'woocommerce');
    const merge = {
      admin_graphql_api_customer_kept_id: 'gid://shopify/Customer/706405506930370084',
      admin_graphql_api_customer_deleted_id: 'gid://shopify/Customer/2',
    };
    await shopify.post(
      'customers/create',
      '{"id":706405506930370084,"email":"bob@example.com","updated_at":"2026-03-02T07:00:00Z"}',
    );
    await shopify.post('customers/create', '{"id":2,"email":"bobby@example.com","updated_at":"2026-03-02T07:00:00Z"}');
    await workOff();
    await shopify.post('customers/merge', JSON.stringify(merge));
    await woo.post(
      'order.updated',
      JSON.stringify({
        id: 727,
        status: 'completed',
        currency: 'EUR',
        date_created_gmt: '2026-03-01T22:28:02',
        date_modified_gmt: '2026-03-01T22:28:08',
        total: '29.35',
        customer_id: 26,
        billing: { email: 'john.doe@example.com' },
        refunds: [{ id: 9, total: '-9.35' }],
      }),
    );
    await workOff();
    expect(
      await query(`select external_id from customers where external_id in ('706405506930370084', '2')`),
    ).toHaveLength(1);
    expect(await query('select from_id from customer_merges')).toHaveLength(1);
    expect(await person('26')).toMatchObject({ count: 1, total: 2000 });
    const [day] = await query<{ deliveries: number }>(
      `select deliveries from source_days where source = 'shopify' and day = '2026-03-02'`,
    );
    expect(day?.deliveries).toBe(3);
  });
});

describe('dead letters', () => {
  test('a fault inside data is kept with its paths, nothing half stored, and can be replayed', async () => {
    const body = {
      externalId: 'bad',
      customer: { externalId: 'q' },
      placedAt: 'yesterday',
      currency: 'EUR',
      total: 'much',
      lines: [],
    };
    expect((await shop.deliver('order.placed', body, { id: 'bad-1' })).status).toBe(202);
    await workOff();
    const [one] = await failed();
    expect(one?.errors.map((error) => error.path).sort()).toEqual(['data.placedAt', 'data.total']);
    expect(await person('q')).toBeUndefined();
    const raw = await app.request('get', `/api/v1/deliveries/${one?.id}`).expect(200);
    expect(JSON.parse(raw.body.body as string)).toMatchObject({ data: { externalId: 'bad' } });
    // What was wrong is put right, as an upgrade of the reader would.
    await query('update deliveries set body = $2 where id = $1', [
      one?.id,
      JSON.stringify({ type: 'order.placed', occurredAt: NOW, data: order('bad', 'q', NOW, '5.00') }),
    ]);
    const replayed = await app.request('post', `/api/v1/deliveries/${one?.id}/replay`).expect(200);
    expect(replayed.body).toMatchObject({ id: one?.id, status: 'stored', errors: [] });
    await workOff();
    expect(await person('q')).toMatchObject({ count: 1 });
    const again = await app.request('post', `/api/v1/deliveries/${one?.id}/replay`).expect(200);
    expect(again.body).toMatchObject({ status: 'processed', attempts: 2 });
    await app.request('post', '/api/v1/deliveries/00000000-0000-7000-8000-000000000000/replay').expect(404);
  });

  test('one that breaks the batch is found and kept as failed; the others are worked off', async () => {
    const applier = app.app.get(FactApplier);
    const real = applier.apply.bind(applier);
    const spy = jest.spyOn(applier, 'apply').mockImplementation(async (tx, facts, at) => {
      if (facts.some((fact) => fact.eventId === 'poison')) await tx.query(`select 1 / 0`);
      return real(tx, facts, at);
    });
    const events = Array.from({ length: 40 }, (_, i) => ({
      id: i === 17 ? 'poison' : `fine-${i}`,
      type: 'customer.created',
      occurredAt: NOW,
      data: { externalId: `batch-${i}`, email: `batch-${i}@example.com` },
    }));
    await app.request('post', '/api/v1/events').send(events).expect(202);
    await workOff();
    spy.mockRestore();
    const [{ count } = { count: 0 }] = await query<{ count: number }>(
      `select count(*)::int as count from customers where external_id like 'batch-%'`,
    );
    expect(count).toBe(39);
    const [poison] = await failed();
    expect(poison).toMatchObject({ deliveryId: 'poison', source: 'bulk' });
    expect(JSON.stringify(poison)).not.toContain('division');
  });
});

describe('in bulk', () => {
  test('accepted, rejected by index, repeats counted', async () => {
    const events = Array.from({ length: 1000 }, (_, i) => ({
      id: `b${i}`,
      type: 'customer.created',
      occurredAt: NOW,
      data: { externalId: `bulk-${i}`, email: i === 7 ? 'not an address' : `bulk-${i}@example.com` },
    }));
    const { body } = await app.request('post', '/api/v1/events').send(events).expect(202);
    expect(body).toMatchObject({
      accepted: 999,
      duplicates: 0,
      rejected: [{ index: 7, errors: [{ path: 'data.email' }] }],
    });
    const again = await app
      .request('post', '/api/v1/events')
      .send([events[0], events[1], events[1], events[7]])
      .expect(202);
    expect(again.body).toMatchObject({ accepted: 0, duplicates: 3, rejected: [{ index: 3 }] });
    await workOff();
    expect(await person('bulk-999')).toMatchObject({ stage: 'prospect' });
    expect(await person('bulk-7')).toBeUndefined();
  });

  test('what is no event is told apart', async () => {
    const send = (body: unknown) => app.request('post', '/api/v1/events').send(body as object);
    expect((await send([])).status).toBe(422);
    expect((await send({ id: 'x' })).status).toBe(422);
    expect((await send(Array.from({ length: 1001 }, () => ({})))).status).toBe(422);
    const crlf = {
      id: 'crlf',
      type: 'customer.created',
      occurredAt: NOW,
      data: { email: 'a@example.com\r\nBcc: b@example.com' },
    };
    const { body } = await send([crlf, 5, { ...crlf, id: 7, more: 1, data: { email: 'a@example.com' } }]).expect(202);
    const { rejected } = body as { rejected: Array<{ index: number; errors: Array<{ path: string }> }> };
    expect(rejected.map(({ index, errors }) => [index, errors.map((error) => error.path)])).toEqual([
      [0, ['data.email']],
      [1, ['']],
      [2, ['id', 'more']],
    ]);
  });
});
