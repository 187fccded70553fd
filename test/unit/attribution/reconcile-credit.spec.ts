import * as fc from 'fast-check';
import { reconcileCredit } from '../../../src/attribution/domain/reconcile-credit';

const map = (object: Record<string, number>) => new Map(Object.entries(object));

describe('ledger of credits', () => {
  it('credits a new order', () => {
    expect(reconcileCredit(map({}), map({ a: 10, b: 5 }))).toEqual([
      { messageId: 'a', kind: 'credit', amount: 10 },
      { messageId: 'b', kind: 'credit', amount: 5 },
    ]);
  });
  it('takes back what a refund takes', () => {
    expect(reconcileCredit(map({ a: 10, b: 5 }), map({ a: 8, b: 4 }))).toEqual([
      { messageId: 'a', kind: 'reversal', amount: -2 },
      { messageId: 'b', kind: 'reversal', amount: -1 },
    ]);
  });
  it('takes back everything on a cancel, and credits again when the order comes back', () => {
    expect(reconcileCredit(map({ a: 10 }), map({}))).toEqual([{ messageId: 'a', kind: 'reversal', amount: -10 }]);
    expect(reconcileCredit(map({ a: 0 }), map({ a: 10 }))).toEqual([{ messageId: 'a', kind: 'credit', amount: 10 }]);
  });
  it('moves the credit when an earlier touch becomes known late', () => {
    expect(reconcileCredit(map({ a: 10 }), map({ b: 10 }))).toEqual([
      { messageId: 'a', kind: 'reversal', amount: -10 },
      { messageId: 'b', kind: 'credit', amount: 10 },
    ]);
  });
  it('writes a free order down once', () => {
    expect(reconcileCredit(map({}), map({ a: 0 }))).toEqual([{ messageId: 'a', kind: 'credit', amount: 0 }]);
    expect(reconcileCredit(map({ a: 0 }), map({ a: 0 }))).toEqual([]);
  });
  it('brings any ledger to what it should hold, and is then at rest', () => {
    const credits = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat({ max: 1000 }));
    fc.assert(
      fc.property(credits, credits, (held, wanted) => {
        const ledger = map(held);
        for (const entry of reconcileCredit(ledger, map(wanted))) {
          expect(entry.kind === 'credit' ? entry.amount >= 0 : entry.amount < 0).toBe(true);
          ledger.set(entry.messageId, (ledger.get(entry.messageId) ?? 0) + entry.amount);
        }
        for (const [id, amount] of ledger) expect(amount).toBe(wanted[id] ?? 0);
        expect(reconcileCredit(ledger, map(wanted))).toEqual([]);
      }),
    );
  });
});
