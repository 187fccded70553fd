import { type Moments, welchOfMoments } from './mean-difference';
import type { Interval } from './proportion-interval';

/** Below this share the adjustment was not worth making, and says so. */
const WORTH = 0.02;

/** Past (x) and present (y) revenue of the people of one arm: means, and sums of squared and of mixed deviations. */
export interface PairedSums {
  n: number;
  meanX: number;
  meanY: number;
  sxx: number;
  syy: number;
  sxy: number;
}

/** The difference of mean revenue, adjusted for what people spent before. */
export interface CupedDifference {
  perCustomer: number;
  ci: Interval | null;
  /** What a unit of past revenue says about revenue in the window. */
  theta: number;
  /** By how much the variance of the difference fell; negative when it rose. */
  varianceReduction: number;
  /** True when it fell by less than 2 %. */
  broughtNothing: boolean;
}

/**
 * CUPED (Deng, Xu, Kohavi and Walker 2013, WSDM): y - theta (x - mean x), theta = cov(x, y) / var(x) over the people of
 * both arms together (ddof 1), then Welch's interval. The reduction is of the squared standard error of the difference:
 * 1 - (sT'^2/nT + sH'^2/nH) / (sT^2/nT + sH^2/nH). Null when an arm has fewer than two people, nobody's past differs, or
 * nobody's present does.
 */
export function cupedDifference(treatment: PairedSums, holdout: PairedSums): CupedDifference | null {
  const n = treatment.n + holdout.n;
  if (treatment.n < 2 || holdout.n < 2) return null;
  const meanX = (treatment.n * treatment.meanX + holdout.n * holdout.meanX) / n;
  const meanY = (treatment.n * treatment.meanY + holdout.n * holdout.meanY) / n;
  let sxx = 0;
  let sxy = 0;
  for (const arm of [treatment, holdout]) {
    sxx += arm.sxx + arm.n * (arm.meanX - meanX) ** 2;
    sxy += arm.sxy + arm.n * (arm.meanX - meanX) * (arm.meanY - meanY);
  }
  const raw = [treatment, holdout].reduce((sum, arm) => sum + arm.syy / (arm.n - 1) / arm.n, 0);
  if (!(sxx > 0) || !(raw > 0)) return null;
  const theta = sxy / sxx;
  const adjusted = (arm: PairedSums): Moments => ({
    n: arm.n,
    mean: arm.meanY - theta * (arm.meanX - meanX),
    variance: Math.max(0, arm.syy - 2 * theta * arm.sxy + theta * theta * arm.sxx) / (arm.n - 1),
  });
  const [t, h] = [adjusted(treatment), adjusted(holdout)];
  const { difference, ci } = welchOfMoments(t, h);
  const varianceReduction = 1 - (t.variance / t.n + h.variance / h.n) / raw;
  return { perCustomer: difference, ci, theta, varianceReduction, broughtNothing: varianceReduction < WORTH };
}
