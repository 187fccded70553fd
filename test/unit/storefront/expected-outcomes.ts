/**
 * What each real or documented payload of the reference data comes to, written down from `api.md` 3 field by field: the
 * payloads themselves are not part of the project. Absent fields are left alone; `order.total` is in the order's own
 * currency (the store here sells in EUR, so amounts in USD have no `storeTotal`).
 */
export const EXPECTED: Record<string, unknown> = {
  'shopify/customers_create__docs_2026-04.json': [
    {
      type: 'customer.created',
      occurredAt: '2022-01-01T00:00:00.000Z',
      version: '2022-01-01T00:00:00.000Z',
      customer: {
        externalId: '706405506930370000',
        email: 'bob@biller.com',
        firstName: 'Bob',
        lastName: 'Biller',
        createdAt: '2022-01-01T00:00:00.000Z',
      },
    },
  ],
  'shopify/customers_update__docs_2026-04.json': [
    {
      type: 'customer.updated',
      occurredAt: '2022-01-01T00:00:00.000Z',
      version: '2022-01-01T00:00:00.000Z',
      customer: {
        externalId: '706405506930370000',
        email: 'bob@biller.com',
        firstName: 'Bob',
        lastName: 'Biller',
        createdAt: '2022-01-01T00:00:00.000Z',
      },
    },
  ],
  'shopify/customers_delete__docs_2026-04.json': [
    {
      type: 'customer.deleted',
      occurredAt: '2026-03-02T08:00:00.000Z',
      version: '2026-03-02T08:00:00.000Z',
      kind: 'customer_deleted',
      externalId: '706405506930370000',
    },
  ],
  'shopify/customers_email_marketing_consent_update__docs_2026-04.json': [
    {
      type: 'customer.updated',
      occurredAt: '2026-03-02T08:00:00.000Z',
      version: '2026-03-02T08:00:00.000Z',
      customer: {
        externalId: '706405506930370000',
        email: 'bob@biller.com',
        consent: { status: 'none', source: 'shopify' },
      },
    },
  ],
  // Shopify sends this sample with `test: true`.
  'shopify/orders_create__docs_2026-04.json': { ignored: 'a test order' },
  'shopify/orders_paid__docs_2026-04.json': { ignored: 'a test order' },
  'shopify/orders_updated__docs_2026-04.json': { ignored: 'a test order' },
  'shopify/orders_cancelled__docs_2026-04.json': { ignored: 'a test order' },
  'shopify/orders_edited__docs_2026-04.json': {
    ignored: 'an edit without amounts: orders/updated tells the whole order',
  },
  // The own address wins over john@example.com of the profile.
  'shopify/checkouts_create__docs_2026-04.json': [
    {
      type: 'checkout.started',
      occurredAt: '2022-01-01T00:00:00.000Z',
      version: '2022-01-01T00:00:00.000Z',
      basket: {
        customer: {
          externalId: '603851970716743400',
          email: 'example@email.com',
          firstName: 'John',
          lastName: 'Smith',
        },
        externalId: '123123123',
        url: 'https://checkout.local/548380009/checkouts/123123123/recover?key=example-secret-token',
        total: '421.88',
        currency: 'USD',
        lines: ['632910392 x 1 @ 199 (IPod Nano - 8GB)', '632910392 x 1 @ 199 (IPod Nano - 8GB)'],
      },
    },
  ],
  'shopify/checkouts_update__docs_2026-04.json': [
    {
      type: 'checkout.started',
      occurredAt: '2022-01-01T00:00:00.000Z',
      version: '2022-01-01T00:00:00.000Z',
      basket: {
        customer: {
          externalId: '603851970716743400',
          email: 'example@email.com',
          firstName: 'John',
          lastName: 'Smith',
        },
        externalId: '123123123',
        url: 'https://checkout.local/548380009/checkouts/123123123/recover?key=example-secret-token',
        total: '421.88',
        currency: 'USD',
        lines: ['632910392 x 1 @ 199 (IPod Nano - 8GB)', '632910392 x 1 @ 199 (IPod Nano - 8GB)'],
      },
    },
  ],
  // 75.00 and 10.00 went back; the goods were worth more.
  'shopify/refunds_create__docs_2026-04.json': [
    {
      type: 'order.refunded',
      occurredAt: '2022-01-01T00:00:00.000Z',
      version: '2022-01-01T00:00:00.000Z',
      kind: 'refund',
      orderExternalId: '820982911946154500',
      amount: '85',
      onceKey: 'refund:890088186047892400',
      at: '2022-01-01T00:00:00.000Z',
    },
  ],
  // Shopify's carts do not say whose they are.
  'shopify/carts_create__docs_2026-04.json': { ignored: 'it names nobody: no customer, no address' },
  'shopify/products_update__docs_2026-04.json': [
    {
      type: 'product.updated',
      occurredAt: '2022-01-01T00:00:00.000Z',
      version: '2022-01-01T00:00:00.000Z',
      product: {
        externalId: '788032119674292900',
        name: 'Example T-Shirt',
        category: 'Shirts',
        price: '19.99',
        url: 'https://bottega.myshopify.com/products/example-t-shirt',
        imageUrl: null,
        active: true,
      },
    },
  ],
  'shopify/app_uninstalled__docs_2026-04.json': { ignored: 'the topic app/uninstalled is not used' },
  'shopify/customers_redact__docs_2026-04.json': [
    {
      type: 'customer.redacted',
      occurredAt: '2026-03-02T08:00:00.000Z',
      version: '2026-03-02T08:00:00.000Z',
      kind: 'redact',
      externalId: '191167',
      email: 'john@example.com',
    },
  ],
  'shopify/customers_data_request__docs_2026-04.json': [
    {
      type: 'customer.data_requested',
      occurredAt: '2026-03-02T08:00:00.000Z',
      version: '2026-03-02T08:00:00.000Z',
      kind: 'data_request',
      externalId: '191167',
      email: 'john@example.com',
      reference: '9999',
    },
  ],
  'shopify/shop_redact__docs_2026-04.json': [
    {
      type: 'shop.redacted',
      occurredAt: '2026-03-02T08:00:00.000Z',
      version: '2026-03-02T08:00:00.000Z',
      kind: 'shop_redact',
    },
  ],
  // The documented sample is of a merge that failed.
  'shopify/customers_merge__docs_2026-04.json': { ignored: 'the merge is failed' },
  // Blanked too, but a basket without amounts is still a basket.
  'shopify/checkouts__real_2023-10_1.json': [
    {
      type: 'checkout.started',
      occurredAt: '2019-01-01T00:00:00.000Z',
      version: '2019-01-01T00:00:00.000Z',
      basket: {
        customer: {
          externalId: '123',
          email: 'eallam@example.com',
          firstName: 'example string',
          lastName: 'example string',
          createdAt: '2019-01-01T00:00:00.000Z',
          tags: ['example string'],
        },
        externalId: 'example string',
        url: 'https://www.example.com/',
        lines: ['123 x 123 @ 0 (example string)'],
      },
    },
  ],
  // `completed_at` is set.
  'shopify/checkouts__real_2023-10_2.json': { ignored: 'the checkout was completed: its order tells the rest' },
  // Recorded from a shop and blanked: its amounts and currency read "example string".
  'shopify/orders__real_2024-04_1.json': { ignored: 'a sample: neither total nor currency is one' },
  'shopify/carts__real_2025-04_1.json': { ignored: 'it names nobody: no customer, no address' },
  'shopify/customers__real_2025-04_1.json': [
    {
      type: 'customer.updated',
      occurredAt: '2019-01-01T00:00:00.000Z',
      version: '2019-01-01T00:00:00.000Z',
      customer: {
        externalId: '123',
        email: 'eallam@example.com',
        firstName: 'example string',
        lastName: 'example string',
        createdAt: '2019-01-01T00:00:00.000Z',
      },
    },
  ],
  // `authorized` is not yet paid. The order names the customer, whose "no marketing" says nothing here.
  'shopify/orders__python_api_fixture.json': [
    {
      type: 'order.updated',
      occurredAt: '2008-01-10T16:00:00.000Z',
      version: '2008-01-10T16:00:00.000Z',
      order: {
        externalId: '450789469',
        currency: 'USD',
        status: 'pending',
        origin: 'shop',
        couponCodes: ['TENOFF'],
        customer: {
          externalId: '207119551',
          email: 'bob.norman@hostmail.com',
          firstName: 'Bob',
          lastName: 'Norman',
          createdAt: '2014-01-22T20:58:27.000Z',
        },
        placedAt: '2008-01-10T16:00:00.000Z',
        total: '409.94',
        discount: '0.00',
        lines: [
          '632910392 x 1 @ 199 (IPod Nano - 8gb)',
          '632910392 x 1 @ 199 (IPod Nano - 8gb)',
          '632910392 x 1 @ 199 (IPod Nano - 8gb)',
        ],
      },
    },
  ],
  'shopify/customers__python_api_fixture.json': [
    {
      type: 'customer.updated',
      occurredAt: '2015-05-27T22:11:24.000Z',
      version: '2015-05-27T22:11:24.000Z',
      customer: {
        externalId: '207119551',
        email: 'bob.norman@hostmail.com',
        firstName: 'Bob',
        lastName: 'Norman',
        createdAt: '2015-05-27T22:11:24.000Z',
        tags: [],
        consent: { status: 'none', source: 'shopify' },
      },
    },
  ],
  'shopify/refunds__python_api_fixture.json': [
    {
      type: 'order.refunded',
      occurredAt: '2016-06-20T17:35:06.000Z',
      version: '2016-06-20T17:35:06.000Z',
      kind: 'refund',
      orderExternalId: '450789469',
      amount: '209',
      onceKey: 'refund:509562969',
      at: '2016-06-20T17:35:06.000Z',
    },
  ],
  'shopify/checkouts__python_api_fixture.json': [
    {
      type: 'checkout.started',
      occurredAt: '2012-10-12T11:05:27.000Z',
      version: '2012-10-12T11:05:27.000Z',
      basket: {
        customer: {
          externalId: '207119551',
          email: 'bob.norman@hostmail.com',
          firstName: 'Bob',
          lastName: 'Norman',
          createdAt: '2014-03-07T21:12:37.000Z',
        },
        externalId: '2a1ace52255252df566af0faaedfbfa7',
        url: 'https://checkout.local/orders/690933842/2a1ace52255252df566af0faaedfbfa7?recovered=1',
        total: '409.94',
        currency: 'USD',
        lines: ['632910392 x 1 @ 199 (IPod Nano - 8GB)', '632910392 x 1 @ 199 (IPod Nano - 8GB)'],
      },
    },
  ],
  'woocommerce/customer__restdocs_1.json': [
    {
      type: 'customer.created',
      occurredAt: '2017-03-21T19:09:30.000Z',
      version: '2017-03-21T19:09:30.000Z',
      customer: {
        externalId: '25',
        email: 'john.doe@example.com',
        firstName: 'John',
        lastName: 'Doe',
        createdAt: '2017-03-21T19:09:28.000Z',
      },
    },
  ],
  'woocommerce/customer__restdocs_2.json': [
    {
      type: 'customer.created',
      occurredAt: '2017-03-21T19:09:30.000Z',
      version: '2017-03-21T19:09:30.000Z',
      customer: {
        externalId: '25',
        email: 'john.doe@example.com',
        firstName: 'John',
        lastName: 'Doe',
        createdAt: '2017-03-21T19:09:28.000Z',
      },
    },
  ],
  // `customer_id` 0: a guest. `processing` is paid.
  'woocommerce/order__restdocs_1.json': [
    {
      type: 'order.placed',
      occurredAt: '2017-03-22T19:28:08.000Z',
      version: '2017-03-22T19:28:08.000Z',
      order: {
        externalId: '727',
        currency: 'USD',
        status: 'paid',
        origin: 'shop',
        couponCodes: [],
        customer: { email: 'john.doe@example.com', firstName: 'John', lastName: 'Doe' },
        placedAt: '2017-03-22T19:28:02.000Z',
        total: '29.35',
        discount: '0.00',
        lines: ['93 x 2 @ 3 (Woo Single #1)', '22 x 1 @ 12 (Ship Your Idea – Color: Black, Size: M Test)'],
      },
    },
  ],
  'woocommerce/order__restdocs_2.json': [
    {
      type: 'order.placed',
      occurredAt: '2017-03-22T19:28:08.000Z',
      version: '2017-03-22T19:28:08.000Z',
      order: {
        externalId: '727',
        currency: 'USD',
        status: 'paid',
        origin: 'shop',
        couponCodes: [],
        customer: { email: 'john.doe@example.com', firstName: 'John', lastName: 'Doe' },
        placedAt: '2017-03-22T19:28:02.000Z',
        total: '29.35',
        discount: '0.00',
        lines: ['93 x 2 @ 3 (Woo Single #1)', '22 x 1 @ 12 (Ship Your Idea – Color: Black, Size: M Test)'],
      },
    },
  ],
  // The order stands in the links alone.
  'woocommerce/order_refund__restdocs_1.json': [
    {
      type: 'order.refunded',
      occurredAt: '2017-03-21T20:07:11.000Z',
      version: '2017-03-21T20:07:11.000Z',
      kind: 'refund',
      orderExternalId: '723',
      amount: '10',
      onceKey: 'refund:726',
      at: '2017-03-21T20:07:11.000Z',
    },
  ],
  'woocommerce/order_refund__restdocs_2.json': [
    {
      type: 'order.refunded',
      occurredAt: '2017-03-21T20:07:11.000Z',
      version: '2017-03-21T20:07:11.000Z',
      kind: 'refund',
      orderExternalId: '723',
      amount: '10',
      onceKey: 'refund:726',
      at: '2017-03-21T20:07:11.000Z',
    },
  ],
  // A webhook about webhooks.
  'woocommerce/webhook__restdocs_1.json': { ignored: 'the topic webhook.created is not used' },
  'woocommerce/webhook__restdocs_2.json': { ignored: 'the topic webhook.created is not used' },
};
