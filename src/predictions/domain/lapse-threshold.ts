import { dayOfShare, type GapCount, returnCurve } from '../../kernel/return-curve';

export type { GapCount } from '../../kernel/return-curve';

/** Days within which those who come back are looked for; the threshold is where four of five of them have. */
const HORIZON_DAYS = 180;
const SHARE_OF_RETURNS = 0.8;
const SHORTEST_DAYS = 14;
const LONGEST_DAYS = 365;
const FALLBACK_DAYS = 90;
/** Below these the estimate says more about chance than about the shop. */
const NEEDED = { daysOfOrders: 210, customersWithGap: 50, gaps: 100 } as const;

/** What a threshold rests on, shown to the shop beside it. */
export interface LapseBasis {
  /** Null when the estimate stands; `too_little_history` when the fallback of 90 days is used instead. */
  reason: 'too_little_history' | null;
  /** Calendar days from the first order to the day of the estimate. */
  daysOfOrders: number;
  /** Customers with an order. */
  customers: number;
  /** Those of them with orders on two days or more. */
  customersWithGap: number;
  /** Complete gaps between successive order days. */
  gaps: number;
  /** 1 - S(180), the estimated share of gaps that end within 180 days; null with too little history. */
  returnWithin180Days: number | null;
}

/** The lapse threshold in whole days and its basis. */
export interface LapseThreshold {
  days: number;
  basis: LapseBasis;
}

/**
 * The lapse threshold `auto` of `definitions.md`: the smallest whole day by which four of five of those who come back
 * within 180 days have come back, from the shop's own gaps between order days (the weighted product-limit estimator for
 * recurrent gaps of Wang and Chang 1999, JASA 94:146), clamped to 14..365.
 *
 * A customer with m >= 1 complete gaps gives each of them weight 1/m and no open one; one with a single order day gives
 * the open gap since then, censored, weight 1. Only counting, non-renewal orders make order days.
 *
 * @param daysOfOrders calendar days from the first order day to the day of the estimate; 0 without orders
 */
export function lapseThreshold(gapCounts: readonly GapCount[], daysOfOrders: number): LapseThreshold {
  const basis: LapseBasis = { reason: null, daysOfOrders, ...peopleOf(gapCounts), returnWithin180Days: null };
  if (
    daysOfOrders < NEEDED.daysOfOrders ||
    basis.customersWithGap < NEEDED.customersWithGap ||
    basis.gaps < NEEDED.gaps
  ) {
    return { days: FALLBACK_DAYS, basis: { ...basis, reason: 'too_little_history' } };
  }
  const curve = returnCurve(gapCounts, HORIZON_DAYS);
  const day = dayOfShare(curve, SHARE_OF_RETURNS) ?? 1;
  return {
    days: Math.min(LONGEST_DAYS, Math.max(SHORTEST_DAYS, day)),
    basis: { ...basis, returnWithin180Days: curve.at(-1) ?? 0 },
  };
}

/** Whether a recomputed threshold replaces the one in force: it must have moved by 10 % and by 3 days at least. */
export function movesEnough(inForceDays: number, computedDays: number): boolean {
  const moved = Math.abs(computedDays - inForceDays);
  return moved >= 3 && moved >= 0.1 * inForceDays;
}

function peopleOf(gapCounts: readonly GapCount[]): Pick<LapseBasis, 'customers' | 'customersWithGap' | 'gaps'> {
  let once = 0;
  const byGaps = new Map<number, number>();
  for (const { gapsOfCustomer, count } of gapCounts) {
    if (gapsOfCustomer === 0) once += count;
    else byGaps.set(gapsOfCustomer, (byGaps.get(gapsOfCustomer) ?? 0) + count);
  }
  const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
  const customersWithGap = sum([...byGaps].map(([each, count]) => count / each));
  return { customers: once + customersWithGap, customersWithGap, gaps: sum(byGaps.values()) };
}
