/** Days within which those who come back are looked for; the threshold is where four of five of them have. */
const HORIZON_DAYS = 180;
const SHARE_OF_RETURNS = 0.8;
const SHORTEST_DAYS = 14;
const LONGEST_DAYS = 365;
const FALLBACK_DAYS = 90;
/** Sums of weights such as 1/3 are not exact: a share that is four fifths on paper must count as reached. */
const TOLERANCE = 1e-12;
/** Below these the estimate says more about chance than about the shop. */
const NEEDED = { daysOfOrders: 210, customersWithGap: 50, gaps: 100 } as const;

/**
 * How often gaps of one length occur among customers who have the same number of gaps. Kept as whole counts, so that the
 * estimate does not depend on the order in which anything was added up.
 */
export interface GapCount {
  /** Complete gaps of each of these customers; 0: one order day only, and the gap since then, still open. */
  gapsOfCustomer: number;
  /** Calendar days from one order day to the next, or to the day of the estimate for an open gap. */
  days: number;
  /** How many such gaps there are. */
  count: number;
}

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
  const returned = returnedBy(gapCounts);
  const horizon = returned(HORIZON_DAYS);
  let day = 1;
  while (returned(day) + TOLERANCE < SHARE_OF_RETURNS * horizon) day++;
  return {
    days: Math.min(LONGEST_DAYS, Math.max(SHORTEST_DAYS, day)),
    basis: { ...basis, returnWithin180Days: horizon },
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

/** t -> 1 - S(t), S the product-limit estimate over whole days; only days on which a gap ended change it. */
function returnedBy(gapCounts: readonly GapCount[]): (day: number) => number {
  const ended = new Map<number, number>();
  const atRisk = new Map<number, number>();
  let weight = 0;
  for (const { gapsOfCustomer, days, count } of [...gapCounts].sort(
    (a, b) => b.days - a.days || a.gapsOfCustomer - b.gapsOfCustomer,
  )) {
    const own = count / Math.max(1, gapsOfCustomer);
    weight += own;
    atRisk.set(days, weight);
    if (gapsOfCustomer > 0) ended.set(days, (ended.get(days) ?? 0) + own);
  }
  const returned: number[] = [];
  let survival = 1;
  for (let day = 0; day <= HORIZON_DAYS; day++) {
    const weightEnded = ended.get(day);
    if (weightEnded !== undefined) survival *= 1 - weightEnded / (atRisk.get(day) as number);
    returned.push(1 - survival);
  }
  return (day) => returned[Math.min(day, HORIZON_DAYS)] as number;
}
