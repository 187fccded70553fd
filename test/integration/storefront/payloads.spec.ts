import { startTestApp, type TestApp } from '../../support/app';
import { SKIPPED, unpackPayloads, vectors, webhookDataMissing } from '../../unit/storefront/webhook-data';

if (webhookDataMissing) test.skip(SKIPPED, () => undefined);

(webhookDataMissing ? describe.skip : describe)(
  'real and documented payloads, through the door with their own signatures',
  () => {
    let app: TestApp;
    let payloads: ReturnType<typeof unpackPayloads>;
    const signed = (webhookDataMissing ? [] : vectors()).flatMap((vector) =>
      vector.file && (vector.scheme === 'shopify' || vector.scheme === 'woocommerce')
        ? [{ ...vector, file: vector.file }]
        : [],
    );

    beforeAll(async () => {
      payloads = unpackPayloads();
      app = await startTestApp({ env: { STORE_CURRENCY: 'USD' } });
      for (const kind of ['shopify', 'woocommerce']) {
        const secret = signed.find((vector) => vector.scheme === kind)?.secret;
        await app.request('post', '/api/v1/sources').send({ key: kind, kind, name: kind, secret }).expect(201);
      }
    });
    afterAll(async () => {
      payloads.remove();
      await app.close();
    });

    test('each is accepted, none ends as failed', async () => {
      for (const { scheme, file, headers } of signed) {
        const request = app
          .request('post', `/webhooks/${scheme}`, null)
          .set('content-type', 'application/json')
          .set(headers);
        const answer = await request.send(payloads.read(file).toString('utf8'));
        expect([file, answer.status]).toEqual([file, 202]);
      }
      await app.advance('PT1S');
      const rows = await app.database.query<{ status: string; n: number }>(
        'select status, count(*)::int as n from deliveries group by status order by status',
      );
      expect(rows.map((row) => row.status)).toEqual(['ignored', 'processed']);
    });

    test('what they tell is there', async () => {
      const orders = await app.database.query(
        `select o.external_id as id, o.status, o.total_minor as total, o.refunded_minor as refunded, c.email
       from orders o join customers c on c.id = o.customer_id order by o.external_id`,
      );
      expect(orders).toEqual([
        { id: '450789469', status: 'pending', total: 40994, refunded: 20900, email: 'bob.norman@hostmail.com' },
        { id: '727', status: 'paid', total: 2935, refunded: 0, email: 'john.doe@example.com' },
      ]);
      const people = await app.database.query<{ email: string }>(
        'select email from customers where email is not null order by 1',
      );
      expect(people.map((one) => one.email)).toEqual([
        'bob.norman@hostmail.com',
        'bob@biller.com',
        'eallam@example.com',
        'example@email.com',
        'john.doe@example.com',
      ]);
      expect(await app.database.query('select external_id, name, active from products')).toEqual([
        { external_id: '788032119674292900', name: 'Example T-Shirt', active: true },
      ]);
      expect(await app.database.query('select kind from shop_requests order by kind')).toEqual([
        { kind: 'data_request' },
        { kind: 'redact' },
        { kind: 'shop_redact' },
      ]);
    });
  },
);
