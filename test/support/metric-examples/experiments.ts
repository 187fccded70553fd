import { cupedDifference, type PairedSums } from '../../../src/reports/domain/cuped';
import { bestShare, type LiftExpectation, planShares } from '../../../src/reports/domain/lift-plan';
import { pooledDifference, type Stratum } from '../../../src/reports/domain/pooled-difference';
import { customersNeeded, type ExperimentPlan, minimumDetectable } from '../../../src/reports/domain/power';
import { newcombeDifference, type Proportion } from '../../../src/reports/domain/proportion-interval';
import { normalQuantile } from '../../../src/reports/domain/special-functions';
import { type Baseline, standardisedDifference } from '../../../src/reports/domain/standardised-difference';
import { curveAt, type EventTime, logRank } from '../../../src/reports/domain/survival-curve';
import { type Figures } from './figure';

interface Arms<T> {
  treatment: T;
  holdout: T;
}

/** Times by spaces, `+` behind one at which a person was last seen and had not come back. */
function eventTimes({ treatment, holdout }: Arms<string>): EventTime[] {
  const people = (text: string) =>
    text.split(' ').map((word) => ({ ms: Number(word.replace('+', '')), came: !word.endsWith('+') }));
  const [t, h] = [people(treatment), people(holdout)];
  const times = [...new Set([...t, ...h].map(({ ms }) => ms))].sort((a, b) => a - b);
  return times.map((at) => ({
    ms: at,
    atRisk: { treatment: t.filter(({ ms }) => ms >= at).length, holdout: h.filter(({ ms }) => ms >= at).length },
    events: {
      treatment: t.filter(({ ms, came }) => came && ms === at).length,
      holdout: h.filter(({ ms, came }) => came && ms === at).length,
    },
  }));
}

function sums(pairs: ReadonlyArray<[past: number, present: number]>): PairedSums {
  const n = pairs.length;
  const meanX = pairs.reduce((sum, [x]) => sum + x, 0) / n;
  const meanY = pairs.reduce((sum, [, y]) => sum + y, 0) / n;
  const total = (of: (x: number, y: number) => number) =>
    pairs.reduce((sum, [x, y]) => sum + of(x - meanX, y - meanY), 0);
  return { n, meanX, meanY, sxx: total((x) => x * x), syy: total((_, y) => y * y), sxy: total((x, y) => x * y) };
}

interface PlanExample {
  shares: number[];
  windowDays: number;
}

export const EXPERIMENT_FIGURES = {
  customersNeeded: ({ effect, ...plan }: ExperimentPlan & { effect: number }) => customersNeeded(plan, effect),
  minimumDetectable: ({ customers, ...plan }: ExperimentPlan & { customers: number }) =>
    minimumDetectable(plan, customers),
  liftPlan: ({ shares, windowDays, ...expected }: Omit<LiftExpectation, 'windowMs'> & PlanExample) => {
    const rows = planShares({ ...expected, windowMs: windowDays * 86_400_000 }, shares);
    return { shares: rows, best: bestShare(rows)?.share ?? null };
  },
  cuped: ({ treatment, holdout }: Arms<Array<[number, number]>>) => cupedDifference(sums(treatment), sums(holdout)),
  survival: ({ at, ...arms }: Arms<string> & { at: number[] }) => curveAt(eventTimes(arms), 'treatment', at),
  logRank: (arms: Arms<string>) => logRank(eventTimes(arms)),
  sharedInterval: ({ treatment, holdout, comparisons }: Arms<Proportion> & { comparisons: number }) =>
    newcombeDifference(treatment, holdout, normalQuantile(0.05 / comparisons)),
  standardisedDifference: ({ treatment, holdout }: Arms<Baseline>) => standardisedDifference(treatment, holdout),
  pooledDifference: (strata: Stratum[]) => pooledDifference(strata),
} satisfies Figures;
