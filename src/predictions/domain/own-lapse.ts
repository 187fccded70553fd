/** Three gaps: with fewer, a threshold of one's own would say more about chance than about the customer. */
const NEEDED_ORDER_DAYS = 4;
/** Four of five gaps, as for the shop. */
const SHARE_OF_GAPS = { of: 4, in: 5 } as const;
const SHORTEST_DAYS = 14;
const LONGEST_DAYS = 365;
/** A change by an order starts campaigns while the order is as fresh as facts have to be that start them: 72 hours. */
const FRESH_DAYS = 3;

/** Why somebody has no threshold of their own. */
export type NoOwnLapse = 'too_few_order_days';

/** A customer's own lapse threshold, and how they stand to it on a day. */
export interface OwnLapse {
  /** Distinct calendar days with a counting order that is no renewal. */
  orderDays: number;
  /** The threshold in whole days; null with `reason`. */
  days: number | null;
  /** Calendar days since the last order day; null without one. */
  silentDays: number | null;
  /** How often the threshold has gone by since then: 0 up to it, 1 from the day after, 2 past twice of it. */
  overdue: number | null;
  reason: NoOwnLapse | null;
}

/**
 * The lapse threshold of one customer, from the gaps between their own order days, within 14 to 365: of m gaps the
 * k-th shortest, k = ceil(0.8 (m + 1)), at most m. The next gap has the same chance to fall into each of the m + 1
 * places among those that were, so at most one of five is longer (one of four with three gaps, where the longest is
 * taken). The smallest day that four fifths of the m gaps do not exceed would be left behind more often than that: the
 * few gaps that were seen bound themselves better than the one to come.
 *
 * @param orderDays distinct day numbers, ascending
 * @param today the day number of the day on which it is asked, not before the last of them
 */
export function ownLapse(orderDays: readonly number[], today: number): OwnLapse {
  const last = orderDays.at(-1);
  const silentDays = last === undefined ? null : today - last;
  const days = ownThreshold(orderDays);
  const overdue = days === null || silentDays === null ? null : Math.max(0, Math.ceil(silentDays / days) - 1);
  return {
    orderDays: orderDays.length,
    days,
    silentDays,
    overdue,
    reason: days === null ? 'too_few_order_days' : null,
  };
}

/**
 * Whether a changed standing may start campaigns: when time brought it, or an order did just now. Past orders that
 * became known, or ceased to count, move the line; whoever finds themselves beyond it then starts nothing.
 */
export function ownLapseStarts(daysBefore: number | null, { days, silentDays }: OwnLapse): boolean {
  return days === daysBefore || (silentDays !== null && silentDays <= FRESH_DAYS);
}

function ownThreshold(orderDays: readonly number[]): number | null {
  if (orderDays.length < NEEDED_ORDER_DAYS) return null;
  const gaps = orderDays.slice(1).map((day, i) => day - (orderDays[i] as number));
  gaps.sort((a, b) => a - b);
  const rank = Math.min(gaps.length, Math.ceil((SHARE_OF_GAPS.of * (gaps.length + 1)) / SHARE_OF_GAPS.in));
  return Math.min(LONGEST_DAYS, Math.max(SHORTEST_DAYS, gaps[rank - 1] as number));
}
