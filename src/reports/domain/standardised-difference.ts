/** Mean and sample variance (ddof 1) of something known before the experiment, in one arm. */
export interface Baseline {
  mean: number;
  variance: number;
}

/**
 * Difference of the means in units of their common spread: (mT - mH) / sqrt((sT^2 + sH^2) / 2) (Austin 2009, Statistics in
 * Medicine 28:3083). It does not grow with the number of people as a p-value does; beyond 0.1 the arms were unlike before
 * anything was sent. Null when nobody differs from anybody, or an arm has fewer than two people (a variance that is NaN).
 */
export function standardisedDifference(treatment: Baseline, holdout: Baseline): number | null {
  const spread = Math.sqrt((treatment.variance + holdout.variance) / 2);
  return spread > 0 ? (treatment.mean - holdout.mean) / spread : null;
}
