/**
 * The arithmetic of points. An account is worked out from facts (what was credited, taken back and spent, each with its
 * own time), so the same facts give the same account in whatever order they became known.
 */

/** Points that came in; together they are a lot, which expires by itself. */
export interface Credit {
  reference: string;
  kind: 'earned' | 'reward' | 'fed' | 'adjusted';
  at: Date;
  /** Whole, > 0. */
  points: number;
  expiresAt: Date | null;
}

/** Points that went out. */
export interface Debit {
  reference: string;
  kind: 'reversed' | 'spent' | 'adjusted';
  at: Date;
  /** Whole, > 0. */
  points: number;
  /** Of what is taken back: the reference of the credit that it takes back. */
  of?: string;
}

/** A line of the ledger that follows from the facts. */
export interface LedgerLine {
  kind: 'earned' | 'reward' | 'reversed' | 'expired';
  reference: string;
  at: Date;
  delta: number;
  expiresAt: Date | null;
}

/** An account as it stands at an instant. */
export interface PointAccount {
  /** What can be spent. */
  balance: number;
  /** What was taken back after it had been spent; the next points pay it first. Never beside a balance. */
  owed: number;
  /** All that was ever given and not taken back, whatever has become of it since: what tiers go by. Never below 0. */
  given: number;
  /** What expires next, all lots of that instant together. */
  nextExpiry: { at: Date; points: number } | null;
  /** The first instant after now at which time alone changes the account. */
  nextAt: Date | null;
  /** Earnings, rewards, what took them back, and expiries, up to now. Fed and spent points are the shop's own lines. */
  lines: LedgerLine[];
}

interface Lot {
  reference: string;
  at: Date;
  expiresAt: Date | null;
  left: number;
  expired: number;
}

type Fact = { at: Date; rank: number; reference: string } & ({ credit: Credit } | { debit: Debit });

/**
 * The account by the facts whose time is not after `now`.
 *
 * - Spending takes from the lots that expire first.
 * - What is taken back comes out of its own lot, as far as it is there; what of that lot has expired is gone already. The
 *   rest was spent: it comes out of the other lots, as if it were spent, and what they cannot pay is owed.
 * - A credit pays what is owed before it becomes a lot.
 * - A lot expires at its instant: from then on it cannot be spent.
 */
export function accountOf(credits: readonly Credit[], debits: readonly Debit[], now: Date): PointAccount {
  const all = inOrder(credits, debits);
  const known = all.filter(({ at }) => at <= now);
  const ledger = new Ledger();
  for (const fact of known) {
    ledger.expire(fact.at);
    if ('credit' in fact) ledger.credit(fact.credit);
    else ledger.debit(fact.debit);
  }
  ledger.expire(now);
  const nextFact = all.find(({ at }) => at > now)?.at ?? null;
  return ledger.account(nextFact);
}

/** By time; at one instant what comes in before what goes out, so that nobody owes what they have just been given. */
function inOrder(credits: readonly Credit[], debits: readonly Debit[]): Fact[] {
  const facts: Fact[] = [
    ...credits.map((credit) => ({ at: credit.at, rank: 0, reference: credit.reference, credit })),
    ...debits.map((debit) => ({
      at: debit.at,
      rank: debit.kind === 'reversed' ? 1 : 2,
      reference: debit.reference,
      debit,
    })),
  ];
  return facts.sort(
    (a, b) => a.at.getTime() - b.at.getTime() || a.rank - b.rank || (a.reference < b.reference ? -1 : 1),
  );
}

class Ledger {
  private lots: Lot[] = [];
  private owed = 0;
  private given = 0;
  private readonly lines: LedgerLine[] = [];

  credit({ kind, reference, at, points, expiresAt }: Credit): void {
    if (kind === 'earned' || kind === 'reward') this.lines.push({ kind, reference, at, delta: points, expiresAt });
    this.given += points;
    const paid = Math.min(points, this.owed);
    this.owed -= paid;
    this.lots.push({ reference, at, expiresAt, left: points - paid, expired: 0 });
    this.lots.sort(soonestFirst);
  }

  debit({ kind, reference, at, points, of }: Debit): void {
    if (kind === 'spent') return this.take(points);
    this.given -= points;
    if (kind === 'adjusted') return this.take(points);
    const lot = this.lots.find((one) => one.reference === of);
    const fromLot = Math.min(points, lot?.left ?? 0);
    const gone = Math.min(points - fromLot, lot?.expired ?? 0);
    if (lot) {
      lot.left -= fromLot;
      lot.expired -= gone;
    }
    const taken = points - gone;
    if (taken > 0) this.lines.push({ kind: 'reversed', reference, at, delta: -taken, expiresAt: null });
    this.take(taken - fromLot);
  }

  expire(until: Date): void {
    for (const lot of this.lots) {
      if (lot.expiresAt === null || lot.expiresAt > until || lot.left === 0) continue;
      const { reference, expiresAt, left } = lot;
      this.lines.push({ kind: 'expired', reference, at: expiresAt, delta: -left, expiresAt: null });
      lot.expired += left;
      lot.left = 0;
    }
  }

  account(nextFact: Date | null): PointAccount {
    const left = this.lots.filter((lot) => lot.left > 0);
    const expiring = left.filter((lot): lot is Lot & { expiresAt: Date } => lot.expiresAt !== null);
    const first = expiring[0]?.expiresAt ?? null;
    const together = expiring.filter(({ expiresAt }) => expiresAt.getTime() === first?.getTime());
    return {
      balance: sumOf(left),
      owed: this.owed,
      given: Math.max(0, this.given),
      nextExpiry: first && { at: first, points: sumOf(together) },
      nextAt: first && nextFact ? (first < nextFact ? first : nextFact) : (first ?? nextFact),
      lines: this.lines,
    };
  }

  private take(points: number): void {
    let wanted = points;
    for (const lot of this.lots) {
      const taken = Math.min(wanted, lot.left);
      lot.left -= taken;
      wanted -= taken;
    }
    this.owed += wanted;
  }
}

function soonestFirst(a: Lot, b: Lot): number {
  const [one, other] = [a.expiresAt?.getTime() ?? Infinity, b.expiresAt?.getTime() ?? Infinity];
  if (one !== other) return one < other ? -1 : 1;
  return a.at.getTime() - b.at.getTime() || (a.reference < b.reference ? -1 : 1);
}

function sumOf(lots: readonly Lot[]): number {
  return lots.reduce((sum, { left }) => sum + left, 0);
}
