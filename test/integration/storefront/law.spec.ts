import { startTestApp, type TestApp } from '../../support/app';
import { makeShop, order, type Shop } from './shop';

let app: TestApp;
let shopify: Shop;
let generic: Shop;
beforeAll(async () => {
  app = await startTestApp();
  shopify = await makeShop(app, 'shopify', 'shopify');
  generic = await makeShop(app, 'generic');
});
afterAll(() => app.close());

const query = <Row = Record<string, unknown>>(sql: string, values: unknown[] = []) =>
  app.database.query<Row>(sql, values);
const workOff = () => app.advance('PT1S');
const person = (id: string, email: string) =>
  JSON.stringify({ id: Number(id), email, first_name: 'Bob', updated_at: '2026-03-02T07:00:00Z' });
const bodiesWith = async (text: string) =>
  (await query<{ n: number }>(`select count(*)::int as n from deliveries where position($1 in body) > 0`, [text]))[0]
    ?.n;

test('customers/data_request makes an export that the operator can hand out', async () => {
  await shopify.post('customers/create', person('700001', 'asks@example.com'));
  await generic.deliver('order.placed', {
    ...order('d1', 'x', '2026-03-01T10:00:00Z', '9.00'),
    customer: { externalId: '700001' },
  });
  await workOff();
  const body = JSON.stringify({
    shop_id: 1,
    customer: { id: 700001, email: 'asks@example.com' },
    data_request: { id: 9999 },
  });
  expect((await shopify.post('customers/data_request', body)).status).toBe(202);
  await workOff();
  const { items } = (await app.request('get', '/api/v1/shop-requests').expect(200)).body as {
    items: Array<{ id: string; kind: string; reference: string; source: string }>;
  };
  expect(items[0]).toMatchObject({
    kind: 'data_request',
    reference: '9999',
    source: 'shopify',
    customerId: expect.any(String),
  });
  const one = await app.request('get', `/api/v1/shop-requests/${items[0]?.id}`).expect(200);
  const told = JSON.stringify((one.body as { export: unknown }).export);
  for (const word of ['asks@example.com', 'Bob', 'd1']) expect(told).toContain(word);
});

test('customers/redact erases: the record, raw deliveries, dead letters, error files, exports; and for good', async () => {
  await shopify.post('customers/create', person('700002', 'leaves@example.com'));
  await shopify.post('customers/create', person('700003', 'stays@example.com'));
  await workOff();
  await generic.deliver('customer.updated', { externalId: '700002', email: 'leaves@example.com', shoeSize: 44 });
  await generic.deliver('customer.updated', { externalId: '700003', email: 'stays@example.com', shoeSize: 44 });
  const { id } = (await app.request('post', '/api/v1/imports').send({ kind: 'customers', format: 'csv' }).expect(201))
    .body as { id: string };
  await app
    .request('put', `/api/v1/imports/${id}/content`)
    .set('content-type', 'text/csv')
    .send('externalId,email,locale\n700002,leaves@example.com,???\n700003,stays@example.com,???\n')
    .expect(200);
  await shopify.post(
    'customers/data_request',
    JSON.stringify({ customer: { id: 700002, email: 'leaves@example.com' } }),
  );
  await workOff();
  expect(await bodiesWith('leaves@example.com')).toBe(3);

  await shopify.post('customers/redact', JSON.stringify({ customer: { id: 700002, email: 'leaves@example.com' } }));
  await workOff();
  expect(await bodiesWith('leaves@example.com')).toBe(0);
  expect(await bodiesWith('stays@example.com')).toBe(2);
  expect(await query('select raw from import_errors where import_id = $1 order by row_number', [id])).toEqual([
    { raw: '' },
    { raw: '700003,stays@example.com,???' },
  ]);
  expect(
    await query(
      `select kind, export is null as gone from shop_requests where source = 'shopify' order by id desc limit 2`,
    ),
  ).toEqual([
    { kind: 'redact', gone: true },
    { kind: 'data_request', gone: true },
  ]);
  expect(await query(`select 1 from customers where email = 'leaves@example.com' or external_id = '700002'`)).toEqual(
    [],
  );

  await shopify.post('customers/update', person('700002', 'leaves@example.com'), {
    'x-shopify-event-id': 'comes-back',
  });
  await workOff();
  expect(await query(`select 1 from customers where email = 'leaves@example.com' or external_id = '700002'`)).toEqual(
    [],
  );
  expect(await bodiesWith('leaves@example.com')).toBe(0);
  expect(await query(`select status from deliveries where delivery_id = 'comes-back'`)).toEqual([
    { status: 'processed' },
  ]);
});

test('shop/redact is kept for the operator; who is not known is no fault', async () => {
  await shopify.post('shop/redact', JSON.stringify({ shop_id: 954889, shop_domain: 'bottega.myshopify.com' }));
  await shopify.post('customers/redact', JSON.stringify({ customer: { id: 1, email: 'nobody@example.com' } }));
  await workOff();
  const kinds = await query(
    `select kind, customer_id from shop_requests where source = 'shopify' order by id desc limit 2`,
  );
  expect(kinds).toHaveLength(2);
  expect(kinds).toEqual(
    expect.arrayContaining([
      { kind: 'shop_redact', customer_id: null },
      { kind: 'redact', customer_id: null },
    ]),
  );
  expect(await query(`select 1 from deliveries where status = 'failed' and source = 'shopify'`)).toEqual([]);
});

test('a merge hands the deliveries over', async () => {
  await shopify.post('customers/create', person('700010', 'one@example.com'));
  await shopify.post('customers/create', person('700011', 'two@example.com'));
  await workOff();
  const merge = {
    admin_graphql_api_customer_kept_id: 'gid://shopify/Customer/700010',
    admin_graphql_api_customer_deleted_id: 'gid://shopify/Customer/700011',
  };
  await shopify.post('customers/merge', JSON.stringify(merge));
  await workOff();
  const rows = await query(`select distinct customer_id from deliveries where body like '%70001%'`);
  expect(rows).toHaveLength(1);
});
