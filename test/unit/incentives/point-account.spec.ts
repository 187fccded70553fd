import fc from 'fast-check';
import { ledgerDifference, type LedgerSum } from '../../../src/incentives/domain/ledger-difference';
import { accountOf, type Credit, type Debit, type LedgerLine } from '../../../src/incentives/domain/point-account';

const DAY = 86_400_000;
const START = Date.parse('2026-01-01T00:00:00.000Z');
const day = (n: number): Date => new Date(START + n * DAY);

const earned = (name: string, on: number, points: number, expires?: number): Credit => ({
  kind: 'earned',
  reference: name,
  at: day(on),
  points,
  expiresAt: expires === undefined ? null : day(expires),
});
const spent = (name: string, on: number, points: number): Debit => ({
  kind: 'spent',
  reference: name,
  at: day(on),
  points,
});
const refund = (of: string, on: number, points: number): Debit => ({
  kind: 'reversed',
  reference: of,
  at: day(on),
  points,
  of,
});

describe('an account', () => {
  it('spends what expires first, and lets a lot expire at its instant', () => {
    const credits = [earned('late', 0, 100, 50), earned('soon', 1, 100, 10), earned('never', 2, 5)];
    const debits = [spent('s', 5, 60)];
    const before = accountOf(credits, debits, new Date(day(10).getTime() - 1));
    expect(before).toMatchObject({ balance: 145, owed: 0, nextExpiry: { at: day(10), points: 40 }, nextAt: day(10) });
    const after = accountOf(credits, debits, day(10));
    expect(after).toMatchObject({ balance: 105, nextExpiry: { at: day(50), points: 100 } });
    expect(after.lines.at(-1)).toEqual({
      kind: 'expired',
      reference: 'soon',
      at: day(10),
      delta: -40,
      expiresAt: null,
    });
    expect(accountOf(credits, debits, day(50))).toMatchObject({
      balance: 5,
      nextExpiry: null,
      nextAt: null,
      given: 205,
    });
  });

  it('a refund of an order whose points are spent: the rest is owed, and the next points pay it first', () => {
    const credits = [earned('a', 0, 100), earned('b', 10, 70)];
    const debits = [spent('s', 1, 100), refund('a', 2, 100)];
    expect(accountOf(credits, debits, day(5))).toMatchObject({ balance: 0, owed: 100, given: 0 });
    expect(accountOf(credits, debits, day(10))).toMatchObject({ balance: 0, owed: 30, given: 70 });
    expect(accountOf([...credits, earned('c', 11, 50)], debits, day(11))).toMatchObject({ balance: 20, owed: 0 });
  });

  it('what is taken back comes out of its own lot, then out of the others', () => {
    const credits = [earned('a', 0, 100, 90), earned('b', 1, 100, 30)];
    // Spending took 100 of b, which expires first, and 20 of a.
    const account = accountOf(credits, [spent('s', 2, 120), refund('a', 3, 50)], day(4));
    expect(account).toMatchObject({ balance: 30, owed: 0, given: 150 });
  });

  it('points that have expired are not taken back a second time', () => {
    const account = accountOf([earned('a', 0, 100, 10), earned('b', 1, 40)], [refund('a', 20, 100)], day(30));
    expect(account).toMatchObject({ balance: 40, owed: 0, given: 40 });
    expect(account.lines.map(({ delta }) => delta)).toEqual([100, 40, -100]);
  });

  it('what lies ahead counts from its time on', () => {
    const account = accountOf([earned('a', 3, 10)], [], day(1));
    expect(account).toMatchObject({ balance: 0, nextAt: day(3), lines: [] });
  });
});

const NAMES = ['a', 'b', 'c', 'd', 'e'] as const;
const someCredits = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...NAMES),
      on: fc.integer({ min: 0, max: 20 }),
      points: fc.integer({ min: 1, max: 100 }),
      lasts: fc.option(fc.integer({ min: 1, max: 15 }), { nil: undefined }),
    }),
    { selector: ({ name }) => name, maxLength: 5 },
  )
  .map((all) => all.map(({ name, on, points, lasts }) => earned(name, on, points, lasts && on + lasts)));

const facts = someCredits.chain((credits) =>
  fc.record({
    credits: fc.constant(credits),
    refunds: fc.array(
      fc.record({
        of: fc.constantFrom(...NAMES),
        share: fc.integer({ min: 1, max: 100 }),
        after: fc.integer({ min: 0, max: 20 }),
      }),
      { maxLength: 4 },
    ),
    spends: fc.array(fc.record({ on: fc.integer({ min: 0, max: 30 }), points: fc.integer({ min: 1, max: 80 }) }), {
      maxLength: 4,
    }),
  }),
);

/** Refunds take back what was earned, never more. */
function debitsOf({ credits, refunds, spends }: typeof facts extends fc.Arbitrary<infer T> ? T : never): Debit[] {
  const left = new Map(credits.map(({ reference, points }) => [reference, points]));
  const back = refunds.flatMap(({ of, share, after }) => {
    const credit = credits.find(({ reference }) => reference === of);
    const points = Math.min(left.get(of) ?? 0, share);
    if (!credit || points === 0) return [];
    left.set(of, (left.get(of) ?? 0) - points);
    return [{ ...refund(of, 0, points), at: new Date(credit.at.getTime() + after * DAY) }];
  });
  return [...back, ...spends.map(({ on, points }, i) => spent(`s${i}`, on, points))];
}

const total = (lines: ReadonlyArray<{ delta: number }>): number => lines.reduce((sum, { delta }) => sum + delta, 0);

describe('whatever happens', () => {
  it('the ledger sums to the balance less what is owed, and there is never both', () => {
    fc.assert(
      fc.property(facts, fc.integer({ min: 0, max: 45 }), (told, now) => {
        const debits = debitsOf(told);
        const account = accountOf(told.credits, debits, day(now));
        const out = total(
          debits.filter(({ kind, at }) => kind === 'spent' && at <= day(now)).map(({ points }) => ({ delta: -points })),
        );
        expect(total(account.lines) + out).toBe(account.balance - account.owed);
        expect(Math.min(account.balance, account.owed)).toBe(0);
        expect(account.balance).toBeGreaterThanOrEqual(0);
        expect(account.nextAt === null || account.nextAt > day(now)).toBe(true);
      }),
    );
  });

  it('the order of the facts does not matter', () => {
    fc.assert(
      fc.property(facts, fc.integer({ min: 0, max: 45 }), fc.nat(), (told, now, turn) => {
        const debits = debitsOf(told);
        const rotated = <T>(list: readonly T[]): T[] => [...list.slice(turn % 5), ...list.slice(0, turn % 5)].reverse();
        const one = accountOf(told.credits, debits, day(now));
        const other = accountOf(rotated(told.credits), rotated(debits), day(now));
        expect({ ...other, lines: undefined }).toEqual({ ...one, lines: undefined });
      }),
    );
  });

  it('nothing changes before the instant that is told as the next', () => {
    fc.assert(
      fc.property(facts, fc.integer({ min: 0, max: 45 }), (told, now) => {
        const debits = debitsOf(told);
        const account = accountOf(told.credits, debits, day(now));
        const until = account.nextAt ? new Date(account.nextAt.getTime() - 1) : day(1000);
        expect(accountOf(told.credits, debits, until)).toEqual(account);
      }),
    );
  });

  it('appending differences ends in the ledger of the facts, from any ledger before', () => {
    fc.assert(
      fc.property(
        facts,
        facts,
        fc.integer({ min: 0, max: 45 }),
        fc.integer({ min: 0, max: 45 }),
        (a, b, early, late) => {
          const was = accountOf(a.credits, debitsOf(a), day(early)).lines;
          const is = accountOf(b.credits, debitsOf(b), day(late)).lines;
          const first = ledgerDifference(was, []);
          const rows = [...first, ...ledgerDifference(is, sumsOf(first))];
          expect(total(rows)).toBe(total(is));
          expect(ledgerDifference(is, sumsOf(rows))).toEqual([]);
          for (const on of [0, 7, 19, 33]) {
            const asOf = (lines: readonly LedgerLine[]) => total(lines.filter(({ at }) => at <= day(on)));
            expect(asOf(rows)).toBe(asOf(is));
          }
        },
      ),
    );
  });
});

/** As the statement `ledgerSums` groups them. */
function sumsOf(lines: readonly LedgerLine[]): LedgerSum[] {
  const sums = new Map<string, LedgerSum>();
  for (const { kind, reference, at, expiresAt, delta } of lines) {
    const key = JSON.stringify([kind === 'expired', reference, at, expiresAt]);
    const known = sums.get(key);
    if (known) known.delta += delta;
    else sums.set(key, { expiry: kind === 'expired', reference, at, expiresAt, delta });
  }
  return [...sums.values()];
}
