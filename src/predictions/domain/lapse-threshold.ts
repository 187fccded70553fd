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

/** What a threshold rests on, shown to the shop beside it. */
export interface LapseBasis {
  /** Null when the estimate stands; `too_little_history` when the fallback of 90 days is used instead. */
  reason: 'too_little_history' | null;
  /** Calendar days from the first order to `asOf`. */
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
 * @param orderDays per customer the distinct calendar days with a counting, non-renewal order up to `asOf`, ascending,
 *   as day numbers (any common origin).
 * @param asOf the day number of the day of the estimate.
 */
export function lapseThreshold(orderDays: Iterable<readonly number[]>, asOf: number): LapseThreshold {
  const weights = collect(orderDays, asOf);
  const { customers, customersWithGap, gaps, firstDay } = weights;
  const basis: LapseBasis = {
    reason: null,
    daysOfOrders: customers === 0 ? 0 : asOf - firstDay,
    customers,
    customersWithGap,
    gaps,
    returnWithin180Days: null,
  };
  if (
    basis.daysOfOrders < NEEDED.daysOfOrders ||
    customersWithGap < NEEDED.customersWithGap ||
    gaps < NEEDED.gaps
  ) {
    return { days: FALLBACK_DAYS, basis: { ...basis, reason: 'too_little_history' } };
  }
  const returned = returnedBy(weights.complete, weights.all);
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

interface GapWeights {
  /** Weight of complete gaps by their length in days. */
  complete: Map<number, number>;
  /** Weight of all gaps, censored ones included, by their length. */
  all: Map<number, number>;
  customers: number;
  customersWithGap: number;
  gaps: number;
  firstDay: number;
}

/**
 * A customer with m >= 1 complete gaps gives each of them weight 1/m and no open one: the last gap is longer than a
 * typical one because it was still open when we looked. One with a single order day gives its open gap, censored.
 */
function collect(orderDays: Iterable<readonly number[]>, asOf: number): GapWeights {
  const found: GapWeights = {
    complete: new Map(),
    all: new Map(),
    customers: 0,
    customersWithGap: 0,
    gaps: 0,
    firstDay: Infinity,
  };
  for (const days of orderDays) {
    const first = days[0];
    if (first === undefined) continue;
    found.customers++;
    found.firstDay = Math.min(found.firstDay, first);
    const gaps = days.length - 1;
    if (gaps === 0) {
      add(found.all, asOf - first, 1);
      continue;
    }
    found.customersWithGap++;
    found.gaps += gaps;
    for (let i = 1; i < days.length; i++) {
      const gap = (days[i] as number) - (days[i - 1] as number);
      add(found.complete, gap, 1 / gaps);
      add(found.all, gap, 1 / gaps);
    }
  }
  return found;
}

/** t -> 1 - S(t), S the product-limit estimate over whole days; only days on which a gap ended change it. */
function returnedBy(complete: Map<number, number>, all: Map<number, number>): (day: number) => number {
  const atRisk = new Map<number, number>();
  let weight = 0;
  for (const length of [...all.keys()].sort((a, b) => b - a)) {
    weight += all.get(length) ?? 0;
    atRisk.set(length, weight);
  }
  const returned: number[] = [];
  let survival = 1;
  for (let day = 0; day <= HORIZON_DAYS; day++) {
    const ended = complete.get(day);
    if (ended !== undefined) survival *= 1 - ended / (atRisk.get(day) as number);
    returned.push(1 - survival);
  }
  return (day) => returned[Math.min(day, HORIZON_DAYS)] as number;
}

function add(to: Map<number, number>, length: number, weight: number): void {
  to.set(length, (to.get(length) ?? 0) + weight);
}
