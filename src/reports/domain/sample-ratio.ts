import { chiSquareP } from './special-functions';

/** Below this the arms were not drawn as planned, and no figure of the experiment can be trusted. */
const LEAST_P = 0.001;

/** Whether the arms came out as they were drawn. Shares are those of the holdout. */
export interface SampleRatio {
  expected: number;
  /** Null while nobody has entered. */
  observed: number | null;
  /** Null where there is nothing to test: nobody entered, or no control group was planned and there is none. */
  pValue: number | null;
  ok: boolean | null;
}

/**
 * Chi-square test of the sample ratio, one degree of freedom, no continuity correction, on all first enrollments of the
 * epoch, mature or not. `ok` when p >= 0.001.
 */
export function sampleRatio(treatment: number, holdout: number, share: number): SampleRatio {
  const n = treatment + holdout;
  const observed = n === 0 ? null : holdout / n;
  const wanted = share * n;
  if (observed === null || holdout === wanted)
    return observed === null || share === 0 || share === 1
      ? { expected: share, observed, pValue: null, ok: null }
      : { expected: share, observed, pValue: 1, ok: true };
  const variance = share * (1 - share) * n;
  const pValue = variance > 0 ? chiSquareP((holdout - wanted) ** 2 / variance) : 0;
  return { expected: share, observed, pValue, ok: pValue >= LEAST_P };
}
