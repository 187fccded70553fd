import { alwaysValidInterval } from './always-valid-interval';
import {
  type Amounts,
  largestShare,
  type MeanDifference,
  welchDifference,
  winsorisedDifference,
} from './mean-difference';
import {
  type HalfOpenInterval,
  type Interval,
  newcombeDifference,
  pooledZTest,
  type Proportion,
  relativeLift,
} from './proportion-interval';
import { type SampleRatio, sampleRatio } from './sample-ratio';
import {
  isSettled,
  notReadableReasons,
  type NotReadableReason,
  type RevenueReason,
  revenueReasons,
  type Verdict,
  type VerdictBasis,
  verdictBasis,
  verdictOf,
} from './verdict';

/** One arm of an epoch as counted in the database. Money in minor units of the store's currency. */
export interface ArmCounts {
  /** Mature people: their window has ended. */
  customers: number;
  /** Mature people with one counting order or more in their window. */
  repurchasers: number;
  orders: number;
  /** Orders whose revenue is not known in store money. */
  otherCurrency: number;
  /** Net revenue in the window of each mature person who has any. */
  spent: readonly number[];
  immature: number;
  /** First enrollments of the epoch, mature or not, reached a first step or not: for the sample ratio. */
  enrolled: number;
}

/** Everything the figures are made of. */
export interface LiftFacts {
  treatment: ArmCounts;
  holdout: ArmCounts;
  holdoutShare: number;
  plannedCustomers: number | undefined;
  entriesOpen: boolean;
  readAt: Date | null;
  trackingGap: boolean;
  /** The latest t0 of the population, mature or not; null when nobody entered. */
  lastStart: Date | null;
  windowMs: number;
  asOf: Date;
  /** Minor units per unit of the store's currency, 100 for euros. */
  minorUnits: number;
}

export interface ArmFigures {
  customers: number;
  repurchasers: number;
  rate: number | null;
  orders: number;
  revenue: number;
  revenuePerCustomer: number | null;
}

export interface RevenueLift {
  perCustomer: number | null;
  ci: Interval | null;
  incremental: number | null;
  incrementalCi: Interval | null;
  verdict: Verdict;
  reasons: RevenueReason[];
  winsorised: { perCustomer: number; ci: Interval | null; cap: number; capped: number } | null;
  largestShare: number | null;
}

export interface LiftFigures {
  arms: { treatment: ArmFigures; holdout: ArmFigures };
  immature: { treatment: number; holdout: number };
  lift: {
    absolute: number | null;
    ci: Interval | null;
    relative: number | null;
    relativeCi: HalfOpenInterval | null;
    pValue: number | null;
    method: string;
  };
  alwaysValid: { ci: Interval | null };
  revenueLift: RevenueLift;
  sampleRatio: SampleRatio;
  verdict: Verdict;
  verdictBasis: VerdictBasis;
  reasons: NotReadableReason[];
  settled: boolean;
}

/** What is read of an experiment, and by which interval. */
export interface Judgement {
  sampleRatio: SampleRatio;
  reasons: NotReadableReason[];
  /** Newcombe's. */
  fixed: Interval | null;
  alwaysValid: Interval | null;
  basis: VerdictBasis;
  verdict: Verdict;
}

/** The verdict on repurchase, with all that it follows from. */
export function judge(facts: Omit<LiftFacts, 'lastStart' | 'windowMs' | 'minorUnits'>): Judgement {
  const treatment: Proportion = { x: facts.treatment.repurchasers, n: facts.treatment.customers };
  const holdout: Proportion = { x: facts.holdout.repurchasers, n: facts.holdout.customers };
  const ratio = sampleRatio(facts.treatment.enrolled, facts.holdout.enrolled, facts.holdoutShare);
  const reasons = notReadableReasons({
    holdoutShare: facts.holdoutShare,
    treatment,
    holdout,
    immature: { treatment: facts.treatment.immature, holdout: facts.holdout.immature },
    sampleRatioOk: ratio.ok,
    trackingGap: facts.trackingGap,
  });
  const fixed = newcombeDifference(treatment, holdout);
  const alwaysValid = alwaysValidInterval(treatment, holdout, facts.plannedCustomers);
  const basis = verdictBasis(facts.entriesOpen, facts.readAt, facts.asOf);
  const verdict = verdictOf(reasons, basis === 'fixed' ? fixed : alwaysValid);
  return { sampleRatio: ratio, reasons, fixed, alwaysValid, basis, verdict };
}

/** The figures of the lift report from the counts by arm, by the rules of the page of definitions. Rates are of 1. */
export function liftFigures(facts: LiftFacts): LiftFigures {
  const treatment: Proportion = { x: facts.treatment.repurchasers, n: facts.treatment.customers };
  const holdout: Proportion = { x: facts.holdout.repurchasers, n: facts.holdout.customers };
  const { sampleRatio: ratio, reasons, fixed, alwaysValid, basis, verdict } = judge(facts);
  const relative = relativeLift(treatment, holdout);
  return {
    arms: { treatment: armFigures(facts.treatment, facts), holdout: armFigures(facts.holdout, facts) },
    immature: { treatment: facts.treatment.immature, holdout: facts.holdout.immature },
    lift: {
      absolute: fixed && treatment.x / treatment.n - holdout.x / holdout.n,
      ci: fixed,
      relative: relative?.relative ?? null,
      relativeCi: relative?.ci ?? null,
      pValue: pooledZTest(treatment, holdout),
      method: 'newcombe',
    },
    alwaysValid: { ci: alwaysValid },
    revenueLift: revenueLift(facts, reasons),
    sampleRatio: ratio,
    verdict,
    verdictBasis: basis,
    reasons,
    settled: isSettled(facts.lastStart, facts.windowMs, facts.asOf),
  };
}

function armFigures(arm: ArmCounts, { minorUnits }: LiftFacts): ArmFigures {
  const revenue = arm.spent.reduce((sum, amount) => sum + amount, 0) / minorUnits;
  const per = (value: number) => (arm.customers === 0 ? null : value / arm.customers);
  return {
    customers: arm.customers,
    repurchasers: arm.repurchasers,
    rate: per(arm.repurchasers),
    orders: arm.orders,
    revenue,
    revenuePerCustomer: per(revenue),
  };
}

function revenueLift(facts: LiftFacts, reasons: readonly NotReadableReason[]): RevenueLift {
  const amounts = (arm: ArmCounts): Amounts => ({
    n: arm.customers,
    nonZero: arm.spent.map((amount) => amount / facts.minorUnits),
  });
  const treatment = amounts(facts.treatment);
  const holdout = amounts(facts.holdout);
  const welch: MeanDifference | null = welchDifference(treatment, holdout);
  const winsorised = winsorisedDifference(treatment, holdout);
  const why = revenueReasons(reasons, [facts.treatment, facts.holdout]);
  return {
    perCustomer: welch?.difference ?? null,
    ci: welch?.ci ?? null,
    incremental: welch && welch.difference * treatment.n,
    incrementalCi: welch?.ci ? [welch.ci[0] * treatment.n, welch.ci[1] * treatment.n] : null,
    verdict: verdictOf(why, welch?.ci ?? null),
    reasons: why,
    winsorised: winsorised && {
      perCustomer: winsorised.difference,
      ci: winsorised.ci,
      cap: winsorised.cap,
      capped: winsorised.capped,
    },
    largestShare: largestShare(treatment, holdout),
  };
}
