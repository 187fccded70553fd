import { type SourceKind } from '../../../src/storefront/domain/source-kind';
import { translateDelivery } from '../../../src/storefront/domain/translate-delivery';
import { isPing } from '../../../src/storefront/domain/woocommerce/translate-woocommerce';
import { outcomeView } from './outcome-view';

const receivedAt = new Date('2026-03-02T08:00:00Z');
const translate = (
  kind: SourceKind,
  topic: string,
  body: unknown,
  more: { triggeredAt?: string; storeCurrency?: string } = {},
) =>
  outcomeView(
    translateDelivery(kind, typeof body === 'string' ? body : JSON.stringify(body), {
      topic,
      triggeredAt: more.triggeredAt,
      receivedAt,
      shopDomain: undefined,
      storeCurrency: more.storeCurrency ?? 'EUR',
    }),
  ) as never;

const shopifyOrder = {
  id: 1001,
  email: 'own@example.com',
  currency: 'EUR',
  total_price: '50.00',
  created_at: '2026-03-01T10:00:00+01:00',
  updated_at: '2026-03-01T11:00:00+01:00',
  financial_status: 'paid',
  customer: { id: 7, email: 'profile@example.com', first_name: 'Ada', tags: '' },
  line_items: [{ product_id: 9, title: 'Moka', quantity: 2, price: '25.00' }],
};

describe('shopify', () => {
  test("the order's own address wins over the profile's", () => {
    expect(translate('shopify', 'orders/create', shopifyOrder)).toMatchObject([
      {
        type: 'order.placed',
        occurredAt: '2026-03-01T10:00:00.000Z',
        order: {
          customer: { externalId: '7', email: 'own@example.com', firstName: 'Ada' },
          status: 'paid',
          total: '50.00',
        },
      },
    ]);
    const guest = { ...shopifyOrder, email: '', contact_email: null, customer: null };
    expect(translate('shopify', 'orders/create', guest)).toMatchObject({ ignored: expect.stringContaining('nobody') });
  });

  test('money of the shop is store money where the store has that currency', () => {
    const foreign = {
      ...shopifyOrder,
      currency: 'USD',
      total_price: '54.00',
      total_price_set: { shop_money: { amount: '50.00', currency_code: 'EUR' } },
    };
    expect(translate('shopify', 'orders/paid', foreign)).toMatchObject([
      { order: { total: '54.00', storeTotal: '50.00' } },
    ]);
    const [told] = translate('shopify', 'orders/paid', foreign, { storeCurrency: 'GBP' }) as [{ order: object }];
    expect(told.order).not.toHaveProperty('storeTotal');
  });

  test.each([
    ['paid', null, 'paid'],
    ['partially_refunded', null, 'paid'],
    ['refunded', null, 'refunded'],
    ['voided', null, 'cancelled'],
    ['authorized', null, 'pending'],
    ['partially_paid', null, 'pending'],
    [null, null, 'pending'],
    ['paid', '2026-03-01T12:00:00Z', 'cancelled'],
  ])('financial status %s, cancelled at %s: %s', (financial_status, cancelled_at, status) => {
    const body = { ...shopifyOrder, financial_status, cancelled_at };
    expect(translate('shopify', 'orders/updated', body)).toMatchObject([{ order: { status } }]);
  });

  test('test orders are ignored, renewals are told apart, custom items go by SKU or name', () => {
    expect(translate('shopify', 'orders/create', { ...shopifyOrder, test: true })).toEqual({ ignored: 'a test order' });
    expect(
      translate('shopify', 'orders/create', {
        ...shopifyOrder,
        source_name: 'subscription_contract',
        line_items: [{ product_id: null, sku: 'PLAN', title: 'Plan', quantity: 1, price: '5' }, { title: 'Gift' }, {}],
      }),
    ).toMatchObject([{ order: { origin: 'renewal', lines: ['PLAN x 1 @ 5 (Plan)', 'Gift x 1 @ 0 (Gift)'] } }]);
  });

  test('a total that is no money fails with its path; a sample without any amounts is left out', () => {
    expect(translate('shopify', 'orders/create', { ...shopifyOrder, total_price: 'much' })).toMatchObject({
      failed: [{ path: 'data.total' }],
    });
    const sample = { ...shopifyOrder, total_price: 'example string', currency: 'example string' };
    expect(translate('shopify', 'orders/create', sample)).toMatchObject({ ignored: expect.stringContaining('sample') });
  });

  test('a refund is the same whether the order carries it or it comes alone', () => {
    const refund = {
      id: 55,
      order_id: 1001,
      created_at: '2026-03-01T12:00:00Z',
      transactions: [
        { kind: 'refund', status: 'success', amount: '10.00' },
        { kind: 'refund', status: 'failure', amount: '99.00' },
        { kind: 'sale', status: 'success', amount: '50.00' },
      ],
    };
    const alone = translate('shopify', 'refunds/create', refund) as object[];
    const within = translate('shopify', 'orders/updated', { ...shopifyOrder, refunds: [refund] }) as object[];
    expect(within).toHaveLength(2);
    expect(within[1]).toEqual(alone[0]);
    expect(alone[0]).toMatchObject({ amount: '10', onceKey: 'refund:55', at: '2026-03-01T12:00:00.000Z' });
    expect(translate('shopify', 'refunds/create', { ...refund, transactions: [] })).toEqual({
      ignored: 'no money went back',
    });
  });

  test("a refund in the buyer's money is counted in the shop's, as the order is", () => {
    const set = (amount: string) => ({ shop_money: { amount, currency_code: 'EUR' } });
    const refund = {
      id: 56,
      order_id: 1001,
      created_at: '2026-03-01T12:00:00Z',
      transactions: [{ kind: 'refund', status: 'success', amount: '12.00', currency: 'USD' }],
      refund_line_items: [{ subtotal_set: set('10.00'), total_tax_set: set('1.00') }],
    };
    expect(translate('shopify', 'refunds/create', refund)).toMatchObject([{ amount: '11' }]);
  });

  test('ids of 64 bits keep all digits; consent comes with its proof', () => {
    const body =
      '{"id":706405506930370084,"email":"bob@biller.example","tags":"a, b","updated_at":"2026-03-01T10:00:00+01:00",' +
      '"email_marketing_consent":{"state":"subscribed","opt_in_level":"single_opt_in","consent_updated_at":"2026-03-01T10:00:00+01:00"}}';
    expect(translate('shopify', 'customers/create', body, { triggeredAt: '2026-03-01T09:00:05Z' })).toMatchObject([
      {
        occurredAt: '2026-03-01T09:00:05.000Z',
        version: '2026-03-01T09:00:00.000Z',
        customer: {
          externalId: '706405506930370084',
          tags: ['a', 'b'],
          consent: { status: 'subscribed', source: 'shopify', at: '2026-03-01T09:00:00.000Z', text: 'single_opt_in' },
        },
      },
    ]);
  });

  test('merges, deletions, shipments', () => {
    const merge = {
      admin_graphql_api_customer_kept_id: 'gid://shopify/Customer/706405506930370084',
      admin_graphql_api_customer_deleted_id: 'gid://shopify/Customer/2',
      status: 'completed',
    };
    expect(translate('shopify', 'customers/merge', merge)).toMatchObject([
      { kind: 'customers_merged', keptExternalId: '706405506930370084', goneExternalId: '2' },
    ]);
    expect(translate('shopify', 'orders/delete', { id: 5 })).toMatchObject([
      { kind: 'order_removed', orderExternalId: '5' },
    ]);
    expect(translate('shopify', 'products/delete', { id: 5 })).toMatchObject([
      { product: { externalId: '5', active: false } },
    ]);
    expect(translate('shopify', 'orders/fulfilled', shopifyOrder)).toMatchObject([
      { type: 'order.updated' },
      { type: 'order.fulfilled', state: 'fulfilled', orderExternalId: '1001' },
    ]);
    const arrived = { order_id: 1001, status: 'delivered', happened_at: '2026-03-02T07:00:00Z' };
    expect(translate('shopify', 'fulfillment_events/create', arrived)).toMatchObject([{ type: 'order.delivered' }]);
    expect(translate('shopify', 'fulfillment_events/create', { ...arrived, status: 'in_transit' })).toMatchObject({
      ignored: expect.any(String),
    });
  });

  test.each([null, [], '"text"', 5, {}])('%p under every topic neither throws nor fails', (body) => {
    for (const topic of [
      'customers/create',
      'customers/merge',
      'orders/create',
      'refunds/create',
      'checkouts/create',
      'products/update',
      'x/y',
      '',
    ]) {
      expect(JSON.stringify(translate('shopify', topic, body))).toContain('ignored');
    }
  });
});

const wooOrder = {
  id: 727,
  status: 'processing',
  currency: 'EUR',
  date_created_gmt: '2026-03-01T22:28:02',
  date_modified_gmt: '2026-03-01T22:28:08',
  total: '29.35',
  customer_id: 26,
  billing: { first_name: 'John', email: 'john.doe@example.com' },
  line_items: [{ name: 'Ship &amp; go &#8211; M', product_id: 93, quantity: 2, price: 3.33333333 }],
};

describe('woocommerce', () => {
  test.each([
    ['pending', 'pending'],
    ['on-hold', 'pending'],
    ['failed', 'pending'],
    ['processing', 'paid'],
    ['wc-processing', 'paid'],
    ['cancelled', 'cancelled'],
    ['trash', 'cancelled'],
    ['refunded', 'refunded'],
    ['ready-to-ship', 'pending'],
  ])('status %s: %s', (state, status) => {
    expect(translate('woocommerce', 'order.updated', { ...wooOrder, status: state })).toMatchObject([
      { order: { status } },
    ]);
  });

  test('a completed one has been fulfilled, once however often it is told', () => {
    const completed = { ...wooOrder, status: 'wc-completed', date_completed_gmt: '2026-03-02T09:00:00' };
    const told = translate('woocommerce', 'order.updated', completed);
    expect(told).toMatchObject([
      { type: 'order.updated', order: { status: 'paid' } },
      { type: 'order.fulfilled', orderExternalId: '727', at: '2026-03-02T09:00:00.000Z', onceKey: 'fulfilled:727' },
    ]);
    const later = { ...completed, date_modified_gmt: '2026-03-09T10:00:00' };
    expect(translate('woocommerce', 'order.updated', later)).toMatchObject([
      { type: 'order.updated' },
      (told as object[])[1]!,
    ]);
  });

  test('a status of a plugin is paid when the order was paid; drafts are no orders', () => {
    const shipped = { ...wooOrder, status: 'ready-to-ship', date_paid_gmt: '2026-03-01T22:28:08' };
    expect(translate('woocommerce', 'order.updated', shipped)).toMatchObject([{ order: { status: 'paid' } }]);
    expect(translate('woocommerce', 'order.created', { ...wooOrder, status: 'checkout-draft' })).toMatchObject({
      ignored: expect.any(String),
    });
  });

  test('customer 0 is a guest; times without a zone are UTC; names come as HTML', () => {
    expect(translate('woocommerce', 'order.created', { ...wooOrder, customer_id: 0 })).toMatchObject([
      {
        version: '2026-03-01T22:28:08.000Z',
        order: {
          customer: { email: 'john.doe@example.com', firstName: 'John' },
          placedAt: '2026-03-01T22:28:02.000Z',
          lines: ['93 x 2 @ 3.3333 (Ship & go \u2013 M)'],
        },
      },
    ]);
  });

  test('refunds stand in the order', () => {
    const refunds = [
      { id: 9, reason: '', total: '-10.00' },
      { id: 10, total: '0' },
    ];
    expect(translate('woocommerce', 'order.updated', { ...wooOrder, refunds })).toMatchObject([
      { type: 'order.updated' },
      { type: 'order.refunded', orderExternalId: '727', amount: '10', onceKey: 'refund:9' },
    ]);
  });

  test('deletions, products, topics that are not used, the ping', () => {
    expect(translate('woocommerce', 'order.deleted', { id: 727 })).toMatchObject([{ kind: 'order_removed' }]);
    expect(translate('woocommerce', 'customer.deleted', { id: 26 })).toMatchObject([
      { kind: 'customer_deleted', externalId: '26' },
    ]);
    expect(
      translate('woocommerce', 'product.updated', {
        id: 93,
        name: 'Moka',
        price: '',
        regular_price: '19.90',
        permalink: 'https://shop.example/moka',
        status: 'draft',
        categories: [{ name: 'Coffee &amp; tea' }],
        images: [{ src: 'javascript:x' }],
      }),
    ).toMatchObject([
      { product: { externalId: '93', category: 'Coffee & tea', price: '19.9', imageUrl: null, active: false } },
    ]);
    expect(translate('woocommerce', 'action.wc_thing', {})).toMatchObject({ ignored: expect.any(String) });
    expect(isPing(Buffer.from('webhook_id=142'))).toBe(true);
    expect(isPing(Buffer.from('webhook_id=142&x=1'))).toBe(false);
  });
});

test('a generic body that is no event fails, and never throws', () => {
  expect(translate('generic', '', 'no json')).toMatchObject({ failed: [{ message: 'is no JSON' }] });
  expect(translate('generic', '', {})).toMatchObject({
    failed: [{ path: 'type' }, { path: 'occurredAt' }, { path: 'data' }],
  });
});
