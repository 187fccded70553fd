import { type Interval, type Proportion } from './proportion-interval';
import { normalTwoSidedP, Z95 } from './special-functions';

/** One experiment of several on the same question. */
export interface Stratum {
  treatment: Proportion;
  holdout: Proportion;
}

export interface PooledDifference {
  /** Difference of rates, treatment minus holdout. */
  absolute: number;
  ci: Interval;
  pValue: number;
  standardError: number;
}

/**
 * The common difference of rates over several experiments: Mantel and Haenszel's weights nT nH / (nT + nH) (Greenland and
 * Robins 1985, Biometrics 41:55), with Sato's variance (1989, Biometrics 45:1323), which holds for many small experiments
 * as well as for few large ones. Experiments with an empty arm add nothing. Null when none has people in both arms, or
 * nobody's outcome differs from anybody's.
 */
export function pooledDifference(strata: readonly Stratum[]): PooledDifference | null {
  let weights = 0;
  let sum = 0;
  let p = 0;
  let q = 0;
  for (const { treatment, holdout } of strata) {
    const n = treatment.n + holdout.n;
    if (treatment.n === 0 || holdout.n === 0) continue;
    const weight = (treatment.n * holdout.n) / n;
    weights += weight;
    sum += (treatment.x * holdout.n - holdout.x * treatment.n) / n;
    p +=
      (treatment.n ** 2 * holdout.x -
        holdout.n ** 2 * treatment.x +
        treatment.n * holdout.n * (holdout.n - treatment.n) * 0.5) /
      n ** 2;
    q += (treatment.x * (holdout.n - holdout.x) + holdout.x * (treatment.n - treatment.x)) / (2 * n);
  }
  if (weights === 0) return null;
  const absolute = sum / weights;
  const variance = (absolute * p + q) / weights ** 2;
  if (!(variance > 0)) return null;
  const standardError = Math.sqrt(variance);
  const half = Z95 * standardError;
  const pValue = normalTwoSidedP(absolute / standardError);
  return { absolute, ci: [absolute - half, absolute + half], pValue, standardError };
}
