import type { Interval } from './proportion-interval';
import { chiSquareP, Z95 } from './special-functions';

/**
 * A time at which somebody came back, with how many were still watched and had not come back just before it (who is
 * censored at that very time is among them), and how many came back at it, by arm. Ascending, each time once.
 */
export interface EventTime {
  ms: number;
  atRisk: { treatment: number; holdout: number };
  events: { treatment: number; holdout: number };
}

export type ArmName = 'treatment' | 'holdout';

/** The share that has not come back by a time, with its band. */
export interface CurvePoint {
  survival: number;
  /** Null while nobody has come back, and once everybody has: the method gives none there. */
  ci: Interval | null;
  /** How many came back so far. */
  events: number;
}

/** A step of the curve: `ms` is when it begins. */
interface Step extends CurvePoint {
  ms: number;
}

/**
 * Kaplan and Meier's estimate (1958, JASA 53:457) of one arm after each time at which somebody of it came back, with 95 %
 * bands by Greenwood's variance on the log-log scale (Kalbfleisch and Prentice 2002, 1.4): S^exp(+-z se / ln S).
 */
export function survivalSteps(times: readonly EventTime[], arm: ArmName): Step[] {
  let survival = 1;
  let greenwood = 0;
  let events = 0;
  const steps: Step[] = [];
  for (const { ms, atRisk, events: came } of times) {
    const [n, d] = [atRisk[arm], came[arm]];
    if (d === 0) continue;
    survival *= 1 - d / n;
    greenwood += d / (n * (n - d));
    events += d;
    steps.push({ ms, survival: n === d ? 0 : survival, ci: n === d ? null : logLogBand(survival, greenwood), events });
  }
  return steps;
}

function logLogBand(survival: number, greenwood: number): Interval {
  const spread = Math.exp((Z95 * Math.sqrt(greenwood)) / -Math.log(survival));
  return [survival ** spread, survival ** (1 / spread)];
}

const NOBODY_YET: CurvePoint = { survival: 1, ci: null, events: 0 };

/** The curve of an arm as it stands at each of some times (ascending), events at the time itself included. */
export function curveAt(times: readonly EventTime[], arm: ArmName, at: readonly number[]): CurvePoint[] {
  const steps = survivalSteps(times, arm);
  let next = 0;
  let now = NOBODY_YET;
  return at.map((ms) => {
    for (let step = steps[next]; step !== undefined && step.ms <= ms; step = steps[++next]) {
      now = { survival: step.survival, ci: step.ci, events: step.events };
    }
    return now;
  });
}

export interface LogRank {
  chiSquare: number;
  pValue: number;
}

/**
 * The log-rank test that both arms come back alike (Mantel 1966; one degree of freedom, hypergeometric variance). Null
 * when nobody came back while both arms were watched.
 */
export function logRank(times: readonly EventTime[]): LogRank | null {
  let observed = 0;
  let expected = 0;
  let variance = 0;
  for (const { atRisk, events } of times) {
    const n = atRisk.treatment + atRisk.holdout;
    const d = events.treatment + events.holdout;
    if (d === 0) continue;
    const share = atRisk.treatment / n;
    observed += events.treatment;
    expected += d * share;
    if (n > 1) variance += (d * share * (1 - share) * (n - d)) / (n - 1);
  }
  if (!(variance > 0)) return null;
  const chiSquare = (observed - expected) ** 2 / variance;
  return { chiSquare, pValue: chiSquareP(chiSquare) };
}
