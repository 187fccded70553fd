import { netStoreMinor } from '../../orders/order-sql';
import { type TierRule } from '../loyalty.types';
import { earnings, type EarningOrder, type EarningStore } from './earn-points';
import { accountOf, type Credit, type Debit, type PointAccount } from './point-account';
import { type RuleBook } from './rule-book';
import { tierStanding } from './tier-rule';

/** What the shop itself has put in (`delta` above 0) or taken out. */
interface ShopEntry {
  kind: 'fed' | 'spent' | 'adjusted';
  reference: string;
  at: Date;
  delta: number;
  expiresAt: Date | null;
}

/** A reward that came with a referral, for one side of it. */
export interface Reward {
  reference: string;
  at: Date;
  points: number;
  expiresAt: Date | null;
  /** When the first order was given back. */
  endedAt: Date | null;
}

/** All that an account follows from. */
export interface AccountFacts {
  /** Paid ones, as far back as rules and tiers ask. */
  orders: readonly EarningOrder[];
  entries: readonly ShopEntry[];
  rewards: readonly Reward[];
}

/** An account and the tier that goes with it. */
export interface Reckoned {
  account: PointAccount;
  tier: string | null;
  /** When to reckon again though no fact has changed. */
  nextAt: Date | null;
}

/** Works an account out from its facts, as of `now`. */
export function reckon(facts: AccountFacts, book: RuleBook, now: Date, store: EarningStore): Reckoned {
  const { orders, entries, rewards } = facts;
  const credits: Credit[] = [];
  const debits: Debit[] = [];
  for (const order of orders) {
    const earned = earnings(order, book.at(order.placedAt).points, store);
    credits.push(...earned.credits);
    debits.push(...earned.debits);
  }
  for (const { kind, reference, at, delta, expiresAt } of entries) {
    if (delta > 0) credits.push({ kind: kind === 'adjusted' ? kind : 'fed', reference, at, points: delta, expiresAt });
    else debits.push({ kind: kind === 'adjusted' ? kind : 'spent', reference, at, points: -delta });
  }
  for (const { reference, at, points, expiresAt, endedAt } of rewards) {
    if (points === 0) continue;
    credits.push({ kind: 'reward', reference, at, points, expiresAt });
    if (endedAt) debits.push({ kind: 'reversed', reference, at: endedAt < at ? at : endedAt, points, of: reference });
  }
  const account = accountOf(credits, debits, now);
  const standing = standingOf(book.current.tiers, account.given, orders, now, store.currency);
  return {
    account,
    tier: standing.tier,
    nextAt: earliest(account.nextAt, standing.changesAt, ...orders.map((order) => nextFact(order, now))),
  };
}

function standingOf(
  tiers: readonly TierRule[],
  given: number,
  orders: readonly EarningOrder[],
  now: Date,
  currency: string,
) {
  const counting = orders.flatMap((order) => {
    const refundedMinor = order.refunds.reduce((sum, { at, minor }) => (at <= now ? sum + minor : sum), 0);
    if (order.totalMinor > 0 && refundedMinor >= order.totalMinor) return [];
    return [{ placedAt: order.placedAt, netMinor: netStoreMinor({ ...order, refundedMinor }) ?? 0 }];
  });
  return tierStanding(tiers, given, counting, now, currency);
}

/** An order or a refund that lies ahead, where clocks differ. */
function nextFact({ placedAt, refunds }: EarningOrder, now: Date): Date | null {
  return earliest(...[placedAt, ...refunds.map(({ at }) => at)].filter((at) => at > now));
}

function earliest(...instants: ReadonlyArray<Date | null>): Date | null {
  return instants.reduce((least, at) => (at && (!least || at < least) ? at : least), null);
}
