import {
  type DaysOf,
  type OrderProduct,
  replenishmentOf,
  type ReplenishOrder,
  ReplenishPast,
} from '../../../src/catalog/replenishment';

const AT = new Date('2026-03-02T08:00:00Z');
const order = (...products: OrderProduct[]): ReplenishOrder => ({ externalId: 'o1', placedAt: AT, products });
const of = (product: string, category: string | null = null): OrderProduct => ({ product, category });
const known =
  (days: Record<string, number>): DaysOf =>
  (scope, key) =>
    days[`${scope} ${key}`];

describe('the time to replenish of an order', () => {
  const FROM = { order: { externalId: 'o1', placedAt: AT } };

  it('is its product’s own, before that of the category', () => {
    const days = known({ 'product beans': 42, 'category coffee': 30, 'shop ': 60 });
    expect(replenishmentOf(order(of('beans', 'coffee')), days)).toEqual({
      ...FROM,
      days: 42,
      basis: 'product',
      product: 'beans',
      category: null,
    });
  });

  it('is the category’s where the product has none', () => {
    const days = known({ 'category coffee': 30, 'shop ': 60 });
    expect(replenishmentOf(order(of('new beans', 'coffee'), of('mug', 'kitchen')), days)).toEqual({
      ...FROM,
      days: 30,
      basis: 'category',
      product: 'new beans',
      category: 'coffee',
    });
  });

  it('is of several products that of the one needed first', () => {
    const days = known({ 'product soap': 90, 'category coffee': 30, 'product milk': 7 });
    expect(replenishmentOf(order(of('soap'), of('x', 'coffee'), of('milk')), days)).toMatchObject({
      days: 7,
      product: 'milk',
    });
    expect(replenishmentOf(order(of('soap'), of('x', 'coffee')), days)).toMatchObject({ days: 30, product: 'x' });
  });

  it('is between equal ones that of a product itself, then of the first id, whatever the order of the lines', () => {
    const days = known({ 'product b': 30, 'product c': 30, 'category k': 30 });
    const lines = [of('c'), of('a', 'k'), of('b')];
    for (const some of [lines, [...lines].reverse()]) {
      expect(replenishmentOf(order(...some), days)).toMatchObject({ basis: 'product', product: 'b' });
    }
  });

  it('is the shop’s where nothing is known of any product, and thirty days where nothing is known at all', () => {
    const nobody = { product: null, category: null };
    expect(replenishmentOf(order(of('mug')), known({ 'shop ': 60 }))).toEqual({
      ...FROM,
      ...nobody,
      days: 60,
      basis: 'shop',
    });
    expect(replenishmentOf(null, known({}))).toEqual({ order: null, ...nobody, days: 30, basis: 'default' });
  });
});

describe('times of the past', () => {
  const past = new ReplenishPast([
    { scope: 'product', key: 'beans', days: 40, since: 100, until: 200 },
    { scope: 'product', key: 'beans', days: 42, since: 200, until: null },
    { scope: 'category', key: 'beans', days: 7, since: -Infinity, until: 150 },
  ]);
  it.each([
    [99, undefined, 7],
    [100, 40, 7],
    [149, 40, 7],
    [150, 40, undefined],
    [199, 40, undefined],
    [200, 42, undefined],
  ])('at %d the product has %p and the category %p', (at, product, category) => {
    expect(past.at(at)('product', 'beans')).toBe(product);
    expect(past.at(at)('category', 'beans')).toBe(category);
  });
});
