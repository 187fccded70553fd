import type { Interval } from './proportion-interval';
import { studentQuantile95 } from './special-functions';

/** The amounts of one arm: `n` people, of whom those listed spent something and the others nothing. */
export interface Amounts {
  n: number;
  /** Each person's amount that is not 0, in any order. */
  nonZero: readonly number[];
}

/** Difference of two means, treatment minus holdout, with Welch's 95 % interval. */
export interface MeanDifference {
  difference: number;
  /** Null where an arm has fewer than two people or nobody's amount differs from another's. */
  ci: Interval | null;
}

/** What Welch's interval needs of one arm. */
export interface Moments {
  n: number;
  mean: number;
  /** Sample variance, ddof 1; NaN below two people. */
  variance: number;
}

function moments({ n, nonZero }: Amounts): Moments {
  let sum = 0;
  for (const value of nonZero) sum += value;
  const mean = sum / n;
  // Two passes: the sum of squares minus n mean^2 loses all digits when amounts are large and alike.
  let squares = (n - nonZero.length) * mean * mean;
  for (const value of nonZero) squares += (value - mean) ** 2;
  return { n, mean, variance: squares / (n - 1) };
}

/**
 * Welch's interval for the difference of the two means, zeros included (sample variances with ddof 1, degrees of freedom
 * by Satterthwaite 1946, Biometrics Bulletin 2:110). Null while an arm is empty.
 */
export function welchDifference(treatment: Amounts, holdout: Amounts): MeanDifference | null {
  if (treatment.n === 0 || holdout.n === 0) return null;
  return welchOfMoments(moments(treatment), moments(holdout));
}

/** {@link welchDifference} of two arms, none of them empty, that are known by their moments. */
export function welchOfMoments(t: Moments, h: Moments): MeanDifference {
  const difference = t.mean - h.mean;
  const a = t.variance / t.n;
  const b = h.variance / h.n;
  if (t.n < 2 || h.n < 2 || !(a + b > 0)) return { difference, ci: null };
  const df = (a + b) ** 2 / ((a * a) / (t.n - 1) + (b * b) / (h.n - 1));
  const half = studentQuantile95(df) * Math.sqrt(a + b);
  return { difference, ci: [difference - half, difference + half] };
}

/** Percentile by linear interpolation between order statistics (Hyndman and Fan's type 7). Null for no values. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = Float64Array.from(values).sort();
  const rank = (sorted.length - 1) * share;
  const low = sorted[Math.floor(rank)];
  const high = sorted[Math.ceil(rank)];
  if (low === undefined || high === undefined) return null;
  return low + (high - low) * (rank - Math.floor(rank));
}

/** Where amounts are cut for the winsorised difference. */
const WINSOR_SHARE = 0.999;

/** {@link welchDifference} with every amount cut at `cap`, the 99.9th percentile of the non-zero ones of both arms. */
export interface WinsorisedDifference extends MeanDifference {
  cap: number;
  /** How many people were cut. */
  capped: number;
}

/**
 * The difference of means when the largest amounts are cut at the pooled 99.9th percentile of the non-zero ones: one
 * wholesale order must not decide a campaign. Null while an arm is empty or nobody spent anything.
 */
export function winsorisedDifference(treatment: Amounts, holdout: Amounts): WinsorisedDifference | null {
  const cap = percentile([...treatment.nonZero, ...holdout.nonZero], WINSOR_SHARE);
  if (cap === null) return null;
  const cut = (arm: Amounts): Amounts => ({ n: arm.n, nonZero: arm.nonZero.map((value) => Math.min(value, cap)) });
  const result = welchDifference(cut(treatment), cut(holdout));
  if (!result) return null;
  const capped = [treatment, holdout].reduce((sum, arm) => sum + arm.nonZero.filter((value) => value > cap).length, 0);
  return { ...result, cap, capped };
}

/** The largest person's share of the amounts of both arms together. Null when nobody spent anything. */
export function largestShare(treatment: Amounts, holdout: Amounts): number | null {
  let total = 0;
  let largest = 0;
  for (const arm of [treatment, holdout])
    for (const value of arm.nonZero) {
      total += value;
      largest = Math.max(largest, value);
    }
  return total > 0 ? largest / total : null;
}
