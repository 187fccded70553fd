import { normalTwoSidedP, Z95 } from './special-functions';

/** `x` successes among `n` people. */
export interface Proportion {
  x: number;
  n: number;
}

/** Lower and upper limit, 95 %. */
export type Interval = [low: number, high: number];

/** A ratio's interval may have no finite upper limit. */
export type HalfOpenInterval = [low: number, high: number | null];

/**
 * Wilson's score interval without continuity correction (Wilson 1927, JASA 22:209). The lower limit is exactly 0 at
 * x = 0 and the upper exactly 1 at x = n, which the formula misses by a rounding error. Needs n > 0. `z` is the normal
 * quantile of the level, 95 % if not said.
 */
export function wilson({ x, n }: Proportion, z = Z95): Interval {
  const p = x / n;
  const square = z ** 2;
  const denominator = 1 + square / n;
  const centre = (p + square / (2 * n)) / denominator;
  const half = (z / denominator) * Math.sqrt((p * (1 - p)) / n + square / (4 * n * n));
  return [x === 0 ? 0 : centre - half, x === n ? 1 : centre + half];
}

/**
 * Interval for the difference pT - pH of two independent proportions: Newcombe's hybrid score interval (1998, Statistics
 * in Medicine 17:873, method 10). Null while an arm is empty.
 */
export function newcombeDifference(treatment: Proportion, holdout: Proportion, z = Z95): Interval | null {
  if (treatment.n === 0 || holdout.n === 0) return null;
  const pT = treatment.x / treatment.n;
  const pH = holdout.x / holdout.n;
  const [lT, uT] = wilson(treatment, z);
  const [lH, uH] = wilson(holdout, z);
  const d = pT - pH;
  return [d - Math.hypot(pT - lT, uH - pH), d + Math.hypot(uT - pT, pH - lH)];
}

/**
 * Two-sided p-value of the pooled z test for pT = pH. Null while an arm is empty or the pooled variance is 0 (nobody
 * bought, or everybody did).
 */
export function pooledZTest(treatment: Proportion, holdout: Proportion): number | null {
  if (treatment.n === 0 || holdout.n === 0) return null;
  const pooled = (treatment.x + holdout.x) / (treatment.n + holdout.n);
  const variance = pooled * (1 - pooled) * (1 / treatment.n + 1 / holdout.n);
  if (variance <= 0) return null;
  return normalTwoSidedP((treatment.x / treatment.n - holdout.x / holdout.n) / Math.sqrt(variance));
}

/**
 * Relative lift pT / pH - 1 with the MOVER-R interval on the Wilson limits (Newcombe 2016, Statistical Methods in Medical
 * Research 25:1774). Null when an arm is empty or nobody of the control bought; the upper limit is null where the method
 * gives none.
 */
export function relativeLift(
  treatment: Proportion,
  holdout: Proportion,
): { relative: number; ci: HalfOpenInterval } | null {
  if (treatment.n === 0 || holdout.n === 0 || holdout.x === 0) return null;
  const pT = treatment.x / treatment.n;
  const pH = holdout.x / holdout.n;
  const [lT, uT] = wilson(treatment);
  const [lH, uH] = wilson(holdout);
  const b = pT * pH;
  const a = uH * (2 * pH - uH);
  const c = lT * (2 * pT - lT);
  const low = treatment.x === 0 ? 0 : c / (b + Math.sqrt(Math.max(0, b * b - a * c)));
  const a2 = lH * (2 * pH - lH);
  const c2 = uT * (2 * pT - uT);
  const high = a2 <= 0 ? null : (b + Math.sqrt(Math.max(0, b * b - a2 * c2))) / a2;
  return { relative: pT / pH - 1, ci: [low - 1, high === null ? null : high - 1] };
}
