import fc from 'fast-check';
import { OrderBatch } from '../../../src/orders/domain/order-batch';
import { counts, type OrderState } from '../../../src/orders/domain/order-state';
import { type OrderOp, type OrderOpOrder } from '../../../src/orders/orders.types';

const NOW = new Date('2026-03-02T12:00:00Z');
const at = (minute: number): Date => new Date(NOW.getTime() - 3_600_000 + minute * 60_000);

function batchOf(orders: OrderState[] = [], storeCurrency = 'EUR'): OrderBatch {
  let next = 1;
  return new OrderBatch({ orders, refunds: [], parked: [] }, { storeCurrency, now: NOW, makeId: () => `id-${next++}` });
}

const common = (minute: number, eventId: string) => ({
  externalId: 'o1',
  version: { at: at(minute), eventId },
  silent: false,
  starts: true,
});

function order(minute: number, more: Partial<OrderOpOrder> = {}, eventId = `e${minute}`): OrderOpOrder {
  return {
    ...common(minute, eventId),
    kind: 'order',
    customerId: 'c1',
    placedAt: at(0),
    currency: 'EUR',
    totalMinor: 4000,
    lines: [{ productExternalId: 'SKU', name: null, category: null, quantity: 1, unitPrice: '40.00' }],
    ...more,
  };
}

const refund = (minute: number, amount: string, eventId = `r${minute}`): OrderOp => ({
  ...common(minute, eventId),
  kind: 'refund',
  amount,
  at: at(minute),
});

function endOf(ops: OrderOp[]): OrderState | undefined {
  const batch = batchOf();
  batch.apply(ops);
  return batch.writes().orders[0];
}

describe('versions of an order', () => {
  it('keeps the newer when an older comes later', () => {
    const state = endOf([order(9, { totalMinor: 3000 }), order(5, { totalMinor: 9900, status: 'pending' })]);
    expect(state).toMatchObject({ totalMinor: 3000 });
  });

  it('leaves alone what an event does not say, each field by its own version', () => {
    const state = endOf([
      order(1, { status: 'pending', couponCodes: ['A'], discountMinor: 100, origin: 'renewal' }),
      order(2, { totalMinor: 5000 }),
    ]);
    expect(state).toMatchObject({
      status: 'pending',
      couponCodes: ['A'],
      discountMinor: 100,
      origin: 'renewal',
      totalMinor: 5000,
    });
  });

  it('lets a cancel win over an equal version, before or after, whatever the event ids', () => {
    const paid = order(5, { status: 'paid' }, 'zzz');
    const cancelled = order(5, { status: 'cancelled' }, 'aaa');
    expect(endOf([paid, cancelled])?.status).toBe('cancelled');
    expect(endOf([cancelled, paid])?.status).toBe('cancelled');
    expect(endOf([cancelled, order(6, { status: 'paid' })])?.status).toBe('paid');
  });

  it('adds the lines of later rows of a file and keeps what the first row said', () => {
    const batch = batchOf();
    const row = (product: string, more: Partial<OrderOpOrder>): OrderOpOrder => ({
      ...order(
        1,
        {
          ...more,
          appendLines: true,
          lines: [{ productExternalId: product, name: null, category: null, quantity: 1, unitPrice: '1.00' }],
        },
        'import:1',
      ),
    });
    batch.apply([
      row('A', {}),
      { ...row('B', { totalMinor: 1, placedAt: at(-5) }), version: { at: at(-5), eventId: 'import:1' } },
    ]);
    const { orders, lines } = batch.writes();
    expect(orders[0]).toMatchObject({ totalMinor: 4000, placedAt: at(0) });
    expect(lines[0]?.lines.map((line) => line.productExternalId)).toEqual(['A', 'B']);
  });
});

describe('what counts', () => {
  it.each([
    ['paid', { status: 'paid' as const, totalMinor: 100, refundedMinor: 0 }, true],
    ['pending', { status: 'pending' as const, totalMinor: 100, refundedMinor: 0 }, false],
    ['cancelled', { status: 'cancelled' as const, totalMinor: 100, refundedMinor: 0 }, false],
    ['refunded by status', { status: 'refunded' as const, totalMinor: 100, refundedMinor: 0 }, false],
    ['partly refunded', { status: 'paid' as const, totalMinor: 100, refundedMinor: 99 }, true],
    ['fully refunded', { status: 'paid' as const, totalMinor: 100, refundedMinor: 100 }, false],
    ['over-refunded', { status: 'paid' as const, totalMinor: 100, refundedMinor: 120 }, false],
    ['free', { status: 'paid' as const, totalMinor: 0, refundedMinor: 0 }, true],
  ])('%s', (_, state, expected) => {
    expect(counts(state)).toBe(expected);
  });

  it('says once when an order first counts, by the event that made it', () => {
    const batch = batchOf();
    const result = batch.apply([order(1, { status: 'pending' }), order(2, { status: 'paid' })]);
    expect(result.firstCounted).toEqual([
      expect.objectContaining({ externalId: 'o1', customerId: 'c1', starts: true }),
    ]);
    const stored = batch.writes().orders;
    expect(batchOf(stored).apply([order(3)]).firstCounted).toEqual([]);
  });

  it('a pending order does not count first, a late event starts nothing', () => {
    expect(batchOf().apply([order(1, { status: 'pending' })]).firstCounted).toEqual([]);
    expect(batchOf().apply([order(1, { starts: false })]).firstCounted).toMatchObject([{ starts: false }]);
  });

  it('tells the cause for the stages', () => {
    const batch = batchOf();
    expect(batch.apply([order(1)]).changedCustomers).toEqual([{ customerId: 'c1', cause: 'order', starts: true }]);
    const stored = batch.writes().orders;
    expect(batchOf(stored).apply([order(2, { status: 'cancelled' })]).changedCustomers[0]?.cause).toBe('refund');
    expect(batchOf(stored).apply([refund(2, '1')]).changedCustomers[0]?.cause).toBe('refund');
    expect(batchOf().apply([order(1, { silent: true, starts: false })]).changedCustomers[0]).toMatchObject({
      cause: 'import',
      starts: false,
    });
  });
});

describe('refunds and marks', () => {
  it('park until the order comes', () => {
    const batch = batchOf();
    const result = batch.apply([refund(5, '10.00')]);
    expect(result.orders).toEqual([null]);
    expect(batch.writes().refunds).toEqual([expect.objectContaining({ orderId: null, amountMinor: null })]);
    const later = new OrderBatch(
      { orders: [], refunds: batch.writes().refunds, parked: [] },
      { storeCurrency: 'EUR', now: NOW, makeId: () => 'id' },
    );
    later.apply([order(1)]);
    expect(later.writes().orders[0]?.refundedMinor).toBe(1000);
    expect(later.writes().refunds).toEqual([expect.objectContaining({ orderId: 'id', amountMinor: 1000 })]);
  });

  it('are one refund per event id', () => {
    expect(endOf([order(1), refund(5, '10', 'r'), refund(5, '10', 'r')])?.refundedMinor).toBe(1000);
    expect(endOf([order(1), refund(5, '10', 'r'), refund(5, '10', 'q')])?.refundedMinor).toBe(2000);
  });

  it('are in the order’s currency', () => {
    expect(endOf([order(1, { currency: 'JPY', totalMinor: 4000 }), refund(5, '1000')])?.refundedMinor).toBe(1000);
  });

  it('a fulfilment before its order is told when the order comes', () => {
    const mark: OrderOp = { ...common(5, 'f'), kind: 'fulfilled', at: at(4) };
    const batch = batchOf();
    expect(batch.apply([mark]).marks).toEqual([]);
    const later = new OrderBatch(
      { orders: [], refunds: [], parked: batch.writes().parked },
      { storeCurrency: 'EUR', now: NOW, makeId: () => 'id' },
    );
    expect(later.apply([order(1)]).marks).toMatchObject([
      { orderId: 'id', customerId: 'c1', kind: 'fulfilled', eventId: 'f' },
    ]);
    expect(later.writes()).toMatchObject({ released: ['f'], orders: [{ fulfilledAt: at(4) }] });
  });
});

describe('money of the store', () => {
  it('is the total in its own currency, what the shop gives in another, else unknown', () => {
    expect(endOf([order(1)])?.storeTotalMinor).toBe(4000);
    expect(endOf([order(1, { currency: 'USD', storeTotalMinor: 3600 })])?.storeTotalMinor).toBe(3600);
    expect(endOf([order(1, { currency: 'USD' })])?.storeTotalMinor).toBeNull();
  });
});

describe('any order and repetition', () => {
  const opOf = fc.oneof(
    fc
      .record({
        status: fc.constantFrom('paid' as const, 'pending' as const, 'cancelled' as const, undefined),
        totalMinor: fc.constantFrom(0, 1000, 4000),
        customerId: fc.constantFrom('c1', 'c2'),
        couponCodes: fc.constantFrom(['A'], [], undefined),
        storeTotalMinor: fc.constantFrom(900, undefined),
        currency: fc.constantFrom('EUR', 'USD'),
      })
      .map(
        (more) =>
          (minute: number, id: string): OrderOp =>
            order(minute, more, id),
      ),
    fc.constantFrom('10', '40').map(
      (amount) =>
        (minute: number, id: string): OrderOp =>
          refund(minute, amount, id),
    ),
    fc
      .constantFrom('fulfilled' as const, 'delivered' as const)
      .map((kind) => (minute: number, id: string): OrderOp => ({
        ...common(minute, id),
        kind,
        at: at(minute),
      })),
  );
  const opsOf = fc
    .uniqueArray(fc.tuple(opOf, fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 9 })), {
      selector: ([, , id]) => id,
      minLength: 1,
      maxLength: 7,
    })
    .map((list) => list.map(([make, minute, id]) => make(minute, `e${id}`)));

  const visible = (state: OrderState | undefined): unknown => state && { ...state, versions: undefined };

  it('ends in the same order, within one batch and over several', () => {
    fc.assert(
      fc.property(
        opsOf.chain((ops) =>
          fc.tuple(
            fc.constant(ops),
            fc.shuffledSubarray([...ops, ...ops], { minLength: ops.length * 2 }),
            fc.boolean(),
          ),
        ),
        ([ops, shuffled, oneByOne]) => {
          const straight = endOf(ops);
          if (!oneByOne) return expect(visible(endOf(shuffled))).toEqual(visible(straight));
          let orders: OrderState[] = [];
          let refunds: ReturnType<OrderBatch['writes']>['refunds'] = [];
          let parked: ReturnType<OrderBatch['writes']>['parked'] = [];
          for (const op of shuffled) {
            const batch = new OrderBatch(
              { orders, refunds, parked },
              { storeCurrency: 'EUR', now: NOW, makeId: () => 'id-1' },
            );
            batch.apply([op]);
            const writes = batch.writes();
            orders = writes.orders.length > 0 ? writes.orders : orders;
            refunds = [...new Map([...refunds, ...writes.refunds].map((one) => [one.eventKey, one])).values()];
            parked = [...parked.filter((mark) => !writes.released.includes(mark.eventKey)), ...writes.parked];
          }
          // When it first counted is history: an order that was paid for a while has counted.
          const end = orders[0] && { ...orders[0], firstCountedAt: null, silent: false };
          return expect(visible(end)).toEqual(
            visible(straight && { ...straight, firstCountedAt: null, silent: false }),
          );
        },
      ),
      { numRuns: 400 },
    );
  });
});
