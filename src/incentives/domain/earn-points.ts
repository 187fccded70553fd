import { addDuration, parseDuration } from '../../kernel/duration';
import { minorDigits, toMinor } from '../../kernel/money';
import { netStoreMinor } from '../../orders/order-sql';
import { type PointRounding, type PointRules } from '../loyalty.types';
import { type Credit, type Debit } from './point-account';

/** A paid order with its refunds in time, in the order's currency. */
export interface EarningOrder {
  id: string;
  placedAt: Date;
  totalMinor: number;
  /** Null: the shop gave no store money, so it earns nothing. */
  storeTotalMinor: number | null;
  refunds: ReadonlyArray<{ at: Date; minor: number }>;
}

/** What earning goes by besides the rules. */
export interface EarningStore {
  currency: string;
  timezone: string;
}

/** Decimals of `perCurrencyUnit`. */
const RATE_DECIMALS = 4;

/** Whole points for an amount in minor units of the store's currency, computed in whole numbers. */
export function pointsFor(
  minor: number,
  rules: Pick<PointRules, 'perCurrencyUnit' | 'round'>,
  currency: string,
): number {
  if (minor <= 0) return 0;
  const rate = BigInt(Math.round(rules.perCurrencyUnit * 10 ** RATE_DECIMALS));
  const unit = 10n ** BigInt(minorDigits(currency) + RATE_DECIMALS);
  return Number((BigInt(minor) * rate + carryOf(rules.round, unit)) / unit);
}

function carryOf(round: PointRounding, unit: bigint): bigint {
  switch (round) {
    case 'down':
      return 0n;
    case 'nearest':
      return unit / 2n;
    case 'up':
      return unit - 1n;
    default:
      return round satisfies never;
  }
}

/**
 * What an order earns when it is placed, and what each refund takes back: after a refund those points are left that the
 * order would have earned without the money that was given back. An order whose total is below the minimum earns
 * nothing; that a refund brings it below changes nothing else.
 */
export function earnings(
  order: EarningOrder,
  rules: PointRules | null,
  store: EarningStore,
): { credits: Credit[]; debits: Debit[] } {
  const { placedAt, storeTotalMinor, refunds } = order;
  const none = { credits: [], debits: [] };
  if (!rules || storeTotalMinor === null) return none;
  if (rules.minimumOrder !== null && storeTotalMinor < toMinor(rules.minimumOrder, store.currency)) return none;
  const points = pointsFor(storeTotalMinor, rules, store.currency);
  if (points === 0) return none;
  const reference = `order:${order.id}`;
  const expiresAt = expiryOf(placedAt, rules, store.timezone);
  const debits: Debit[] = [];
  let left = points;
  let refundedMinor = 0;
  for (const { at, minor } of [...refunds].sort((a, b) => a.at.getTime() - b.at.getTime())) {
    refundedMinor += minor;
    const kept = Math.min(left, pointsFor(netStoreMinor({ ...order, refundedMinor }) ?? 0, rules, store.currency));
    const taken = left - kept;
    left = kept;
    // Nothing is taken back before it was earned, whatever the clocks of the shop say.
    const since = at < placedAt ? placedAt : at;
    if (taken > 0) debits.push({ kind: 'reversed', reference, at: since, points: taken, of: reference });
  }
  return { credits: [{ kind: 'earned', reference, at: placedAt, points, expiresAt }], debits };
}

/** When points that came at an instant expire by these rules; null: never. */
export function expiryOf(at: Date, rules: PointRules | null, timezone: string): Date | null {
  const duration = rules?.expireAfter ? parseDuration(rules.expireAfter) : undefined;
  return duration ? addDuration(at, duration, timezone) : null;
}
