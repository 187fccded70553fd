const MS_PER_BASKET = 7_200;
const LONGEST_MS = 86_400_000;

/**
 * When affinities that are behind the orders are computed anew: at once the first time, then the later the more baskets
 * there are (two hours per thousand, a day at most). A shop with few orders sees each new one within minutes; in a large
 * one a day's orders do not move the ranking, and computing it costs seconds.
 */
export function refreshDueAt(state: { baskets: number; computedAt: Date | null }, now: Date): Date {
  if (!state.computedAt) return now;
  return new Date(state.computedAt.getTime() + Math.min(state.baskets * MS_PER_BASKET, LONGEST_MS));
}
