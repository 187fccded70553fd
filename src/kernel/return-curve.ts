/**
 * How often gaps of one length occur among customers who have the same number of gaps. Kept as whole counts, so that an
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

/** Sums of weights such as 1/3 are not exact: a share that is one half on paper must count as reached. */
const TOLERANCE = 1e-12;

/**
 * The share of gaps that have ended by each day: t -> 1 - S(t), 0 <= t <= horizon, S(t) = product over whole days u <= t of
 * (1 - d(u) / R(u)), d(u) the weight of complete gaps of u days, R(u) the weight of all of u days or more. The weighted
 * product-limit estimator for recurrent gaps of Wang and Chang 1999 (JASA 94:146): the m complete gaps of a customer weigh
 * 1/m each, an open one of a customer with a single order day weighs 1.
 */
export function returnCurve(gapCounts: readonly GapCount[], horizon: number): number[] {
  const ended = new Map<number, number>();
  const atRisk = new Map<number, number>();
  let weight = 0;
  const longestFirst = [...gapCounts].sort((a, b) => b.days - a.days || a.gapsOfCustomer - b.gapsOfCustomer);
  for (const { gapsOfCustomer, days, count } of longestFirst) {
    const own = count / Math.max(1, gapsOfCustomer);
    weight += own;
    atRisk.set(days, weight);
    if (gapsOfCustomer > 0) ended.set(days, (ended.get(days) ?? 0) + own);
  }
  const returned: number[] = [];
  let survival = 1;
  for (let day = 0; day <= horizon; day++) {
    const weightEnded = ended.get(day);
    if (weightEnded !== undefined) survival *= 1 - weightEnded / (atRisk.get(day) ?? weightEnded);
    returned.push(1 - survival);
  }
  return returned;
}

/** The first whole day by which a share of those who come back at all (within the curve) have; null when nobody does. */
export function dayOfShare(curve: readonly number[], share: number): number | null {
  const all = curve.at(-1) ?? 0;
  if (all <= 0) return null;
  return Math.max(
    1,
    curve.findIndex((returned) => returned + TOLERANCE >= share * all),
  );
}
