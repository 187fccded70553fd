import { type Envelope } from '../../../src/storefront/domain/envelope';
import { outerFaults, readEnvelope } from '../../../src/storefront/domain/read-envelope';

const at = '2026-03-02T08:00:00Z';
const read = (type: string, data: Record<string, unknown>, vendor = false) =>
  readEnvelope({ type, occurredAt: at, data }, { storeCurrency: 'EUR', vendor });
const paths = (type: string, data: Record<string, unknown>) => {
  const result = read(type, data);
  return result.ok ? [] : result.faults.map((fault) => fault.path).sort();
};
const good = (type: string, data: Record<string, unknown>): Envelope => {
  const result = read(type, data);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.envelope;
};
const line = { productExternalId: 'SKU-1', quantity: 1, unitPrice: '10.00' };
const order = {
  externalId: 'o1',
  customer: { externalId: 'c1', email: 'C1@Example.com' },
  placedAt: '2026-03-01T10:00:00Z',
  currency: 'EUR',
  total: '10.005',
  lines: [line],
};

describe('the outer form', () => {
  test('type, occurredAt and data must be there', () => {
    expect(outerFaults({}).map((fault) => fault.path)).toEqual(['type', 'occurredAt', 'data']);
    expect(outerFaults([]).map((fault) => fault.path)).toEqual(['']);
    expect(outerFaults({ type: 'x', occurredAt: 'yesterday', data: [] }).map((fault) => fault.path)).toEqual([
      'occurredAt',
      'data',
    ]);
    expect(outerFaults({ type: 'x', occurredAt: at, data: {}, more: 1 })).toEqual([]);
  });
});

describe('customers', () => {
  test('absent fields are left alone, null and empty ones clear', () => {
    expect(
      good('customer.updated', { externalId: 'c1', email: null, firstName: '', lastName: null, updatedAt: at }),
    ).toMatchObject({
      kind: 'customer',
      version: new Date(at),
      customer: {
        externalId: 'c1',
        email: null,
        firstName: null,
        lastName: null,
        locale: undefined,
        consent: undefined,
      },
    });
  });

  test('what can be made right is', () => {
    const told = good('customer.created', {
      externalId: 17,
      email: ' Ada@EXAMPLE.com ',
      locale: 'it_it',
      timezone: 'Europe/Rome',
      tags: ['a', 'b', 'a'],
      firstName: 'multi\nline',
      consent: { status: 'subscribed', at: '2026-03-01T10:00:00+01:00', topics: { news: true } },
    });
    expect(told).toMatchObject({
      customer: {
        externalId: '17',
        email: 'ada@example.com',
        locale: 'it-IT',
        tags: ['a', 'b'],
        firstName: 'multi\nline',
        consent: { status: 'subscribed', at: new Date('2026-03-01T09:00:00Z'), topics: { news: true } },
      },
    });
  });

  test('each fault has its path', () => {
    expect(
      paths('customer.created', {
        externalId: {},
        email: 'a@example.com\r\nBcc: b@example.com',
        firstName: 5,
        locale: 'example string',
        timezone: 'Mars/Base',
        createdAt: '2026-02-30T00:00:00Z',
        attributes: [],
        tags: ['a', 1, ''],
        consent: { status: 'yes', topics: { news: 'on' }, more: 1 },
        shoeSize: 44,
      }),
    ).toEqual([
      'data.attributes',
      'data.consent.more',
      'data.consent.status',
      'data.consent.topics.news',
      'data.createdAt',
      'data.email',
      'data.externalId',
      'data.firstName',
      'data.locale',
      'data.shoeSize',
      'data.tags[1]',
      'data.tags[2]',
      'data.timezone',
    ]);
  });

  test('somebody must be named', () => {
    expect(paths('customer.created', { firstName: 'Nobody' })).toEqual(['data.externalId']);
    expect(paths('customer.deleted', {})).toEqual(['data.externalId']);
  });
});

describe('orders', () => {
  test('money is rounded half up to the minor unit, defaults are left to the order', () => {
    expect(good('order.placed', order)).toMatchObject({
      kind: 'order',
      order: {
        externalId: 'o1',
        customer: { email: 'c1@example.com' },
        totalMinor: 1001,
        status: undefined,
        lines: [{ ...line, name: null, category: null, unitPrice: '10' }],
      },
    });
    expect(good('order.placed', { ...order, total: 12 })).toMatchObject({ order: { totalMinor: 1200 } });
    expect(good('order.cancelled', { ...order, status: 'paid' })).toMatchObject({ order: { status: 'cancelled' } });
    expect(good('order.updated', { ...order, currency: 'jpy', storeTotal: '9.90' })).toMatchObject({
      order: { currency: 'JPY', totalMinor: 10, storeTotalMinor: 990 },
    });
  });

  test('the version is updatedAt, else occurredAt', () => {
    expect(good('order.placed', order).version).toEqual(new Date(at));
    const updatedAt = '2026-03-01T12:00:00Z';
    expect(good('order.updated', { ...order, updatedAt }).version).toEqual(new Date(updatedAt));
  });

  test('each fault has its path', () => {
    const faulty = {
      externalId: 'bad',
      customer: { externalId: 'q', age: 3 },
      placedAt: 'yesterday',
      currency: 'EURO',
      total: 'much',
      status: 'sent',
      discount: -1,
      lines: [line, { quantity: 'two', unitPrice: {} }, 'x'],
    };
    expect(paths('order.placed', faulty)).toEqual([
      'data.currency',
      'data.customer.age',
      'data.discount',
      'data.lines[1].productExternalId',
      'data.lines[1].quantity',
      'data.lines[1].unitPrice',
      'data.lines[2]',
      'data.placedAt',
      'data.status',
      'data.total',
    ]);
    expect(paths('order.placed', {})).toEqual([
      'data.currency',
      'data.customer',
      'data.externalId',
      'data.lines',
      'data.placedAt',
      'data.total',
    ]);
    expect(paths('order.refunded', { orderExternalId: 'o1', amount: '-1', at })).toEqual(['data.amount']);
    expect(paths('order.fulfilled', { orderExternalId: 'o1' })).toEqual(['data.at']);
  });
});

describe('the other events', () => {
  test('baskets, products, activities, custom events', () => {
    expect(
      good('cart.updated', { customer: { email: 'a@b.example' }, externalId: 'k', lines: [line], total: '5' }),
    ).toMatchObject({
      kind: 'basket',
      basket: { externalId: 'k', total: '5', lines: [{ productExternalId: 'SKU-1' }] },
    });
    expect(good('product.updated', { externalId: 'p', name: 'Moka', price: '29.90', url: null })).toMatchObject({
      kind: 'product',
      product: { name: 'Moka', price: '29.9', url: null, active: undefined },
    });
    expect(
      good('page.viewed', { customer: { externalId: 'c1' }, properties: { path: '/sale', n: [1] } }),
    ).toMatchObject({
      kind: 'activity',
      type: 'page.viewed',
      properties: { path: '/sale', n: [1] },
    });
  });

  test('faults', () => {
    expect(paths('page.viewed', { customer: { externalId: 'c1' }, path: '/sale' })).toEqual(['data.path']);
    expect(paths('page.viewed', { properties: {} })).toEqual(['data.customer']);
    expect(paths('review.posted', { customer: {}, properties: 'x' })).toEqual([
      'data.customer.externalId',
      'data.properties',
    ]);
    expect(paths('product.updated', { externalId: 'p', url: 'javascript:alert(1)' })).toEqual([
      'data.name',
      'data.url',
    ]);
    expect(paths('two words', { customer: { externalId: 'c1' } })).toEqual(['type']);
  });

  test.each(['consent.subscribed', 'order.counted', 'segment.entered', 'survey.answered'])(
    '%s is raised by the engine alone',
    (type) => expect(paths(type, { customer: { externalId: 'c1' } })).toEqual(['type']),
  );

  test('what only vendors tell is a custom event when a generic shop says it', () => {
    expect(read('customer.redacted', { externalId: 'c1' }, true)).toMatchObject({
      ok: true,
      envelope: { kind: 'redact' },
    });
    expect(read('customer.redacted', { externalId: 'c1' })).toMatchObject({ ok: false });
    expect(read('product.updated', { externalId: 'p', removed: true })).toMatchObject({ ok: false });
    expect(read('product.updated', { externalId: 'p', removed: true }, true)).toMatchObject({
      ok: true,
      envelope: { product: { active: false, name: undefined } },
    });
  });
});
