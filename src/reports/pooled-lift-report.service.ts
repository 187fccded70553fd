import { Injectable } from '@nestjs/common';
import type { Purpose } from '../campaigns/campaign.types';
import { Refusal } from '../kernel/errors';
import { purposeEpochs, type PurposeEpochRow } from './data/purpose-campaigns.sql';
import { ReportsDatabase } from './data/reports-database';
import { alwaysValidHalfWidth } from './domain/always-valid-interval';
import type { ArmFigures } from './domain/lift-figures';
import { pooledDifference } from './domain/pooled-difference';
import type { Interval } from './domain/proportion-interval';
import { LONGEST_LIFT_WINDOW_DAYS, reportWindowMs } from './domain/report-window';
import { type Verdict, type VerdictBasis, verdictOf } from './domain/verdict';
import type { LiftCounted } from './lift/lift-section';
import { LiftReports } from './lift-report.service';
import { ReportHeads } from './report-heads';
import type { ReportHead } from './reports.types';

export interface PooledLiftQuestion {
  purpose: Purpose;
  /** The same for all; absent: each campaign by the window that was fixed for it. */
  window?: string | undefined;
  asOf?: Date | undefined;
}

type Arm = Pick<ArmFigures, 'customers' | 'repurchasers' | 'rate'>;

/** One experiment of the pool: an epoch of a campaign. */
export interface PooledExperiment {
  campaign: string;
  epoch: number;
  window: string;
  treatment: Arm;
  holdout: Arm;
  absolute: number | null;
  /** Why it is not in the pool; null: it is. */
  leftOut: string | null;
}

/** `GET reports/pooled-lift`. */
export interface PooledLiftReport extends ReportHead {
  /** Always true: the effect of a kind of campaign, of no single one. */
  pooled: true;
  purpose: Purpose;
  experiments: PooledExperiment[];
  treatment: { customers: number; repurchasers: number };
  holdout: { customers: number; repurchasers: number };
  lift: { absolute: number | null; ci: Interval | null; pValue: number | null; method: 'mantel_haenszel' };
  alwaysValid: { ci: Interval | null };
  verdict: Verdict;
  verdictBasis: VerdictBasis;
  reasons: string[];
  undefinedBecause: Record<string, string>;
}

const LEAST_CUSTOMERS = 50;
const LEAST_EVENTS = 10;

/**
 * What campaigns of one purpose change together, for shops whose single campaigns are too small to read: each is compared
 * with its own control group, and only the differences are pooled.
 */
@Injectable()
export class PooledLiftReports {
  constructor(
    private readonly database: ReportsDatabase,
    private readonly heads: ReportHeads,
    private readonly lifts: LiftReports,
  ) {}

  /** @throws Refusal 422 for a window that has no exact length or is too long, or an instant to come. */
  async pooledLift({ purpose, window, asOf: wish }: PooledLiftQuestion): Promise<PooledLiftReport> {
    const asOf = this.heads.asOf(wish);
    if (window !== undefined && reportWindowMs(window, LONGEST_LIFT_WINDOW_DAYS) === undefined)
      throw Refusal.invalid([
        { path: 'window', message: `must be hours, days or weeks, at most P${LONGEST_LIFT_WINDOW_DAYS}D` },
      ]);
    const epochs = await this.database.query<PurposeEpochRow>(purposeEpochs(purpose));
    const experiments: PooledExperiment[] = [];
    let isOpen = false;
    // One after another: each reads the people of a campaign, and a report must not take all connections.
    for (const { campaign, epoch } of epochs) {
      const counted = await this.lifts.summary({ ref: campaign, epoch, window, asOf });
      const experiment = experimentOf(campaign, epoch, counted);
      experiments.push(experiment);
      isOpen ||= experiment.leftOut === null && counted.figures.verdictBasis === 'always_valid';
    }
    const figures = pooledFigures(
      experiments.filter((one) => one.leftOut === null),
      isOpen,
    );
    const leftOut: Record<string, number> = {};
    for (const { leftOut: why } of experiments) if (why !== null) leftOut[why] = (leftOut[why] ?? 0) + 1;
    return {
      pooled: true,
      purpose,
      ...(await this.heads.head(asOf, leftOut)),
      experiments,
      ...figures,
      undefinedBecause: { ...figures.undefinedBecause, ...Object.fromEntries(experiments.flatMap(whyUnknown)) },
    };
  }
}

function experimentOf(
  campaign: string,
  epoch: number,
  { figures, window }: LiftCounted & { window: string },
): PooledExperiment {
  const arm = ({ customers, repurchasers, rate }: ArmFigures): Arm => ({ customers, repurchasers, rate });
  const { treatment, holdout } = figures.arms;
  const broken = figures.reasons.find((reason) => reason === 'sample_ratio' || reason === 'tracking_gap');
  const empty = treatment.customers === 0 || holdout.customers === 0 ? 'no_mature_customers' : null;
  return {
    ...{ campaign, epoch, window, treatment: arm(treatment), holdout: arm(holdout) },
    absolute: figures.lift.absolute,
    leftOut: broken ?? empty,
  };
}

/** Where an arm has nobody mature. */
function whyUnknown({ treatment, holdout, absolute }: PooledExperiment, i: number): Array<[string, string]> {
  const values = { absolute, 'treatment.rate': treatment.rate, 'holdout.rate': holdout.rate };
  const unknown = Object.entries(values).filter(([, value]) => value === null);
  return unknown.map(([name]) => [`experiments[${i}].${name}`, 'no_mature_customers']);
}

function pooledFigures(
  pool: readonly PooledExperiment[],
  isOpen: boolean,
): Omit<PooledLiftReport, keyof ReportHead | 'pooled' | 'purpose' | 'experiments'> {
  const total = (name: 'treatment' | 'holdout') => ({
    customers: pool.reduce((sum, one) => sum + one[name].customers, 0),
    repurchasers: pool.reduce((sum, one) => sum + one[name].repurchasers, 0),
  });
  const [treatment, holdout] = [total('treatment'), total('holdout')];
  const proportion = (arm: Arm) => ({ x: arm.repurchasers, n: arm.customers });
  const difference = pooledDifference(
    pool.map((one) => ({ treatment: proportion(one.treatment), holdout: proportion(one.holdout) })),
  );
  const customers = treatment.customers + holdout.customers;
  const came = treatment.repurchasers + holdout.repurchasers;
  const few = came < LEAST_EVENTS || customers - came < LEAST_EVENTS;
  const reasons = [
    ...(pool.length === 0 ? ['no_experiments'] : []),
    ...(Math.min(treatment.customers, holdout.customers) < LEAST_CUSTOMERS ? ['few_customers'] : []),
    ...(few ? ['few_events'] : []),
  ];
  const half = difference && !few ? alwaysValidHalfWidth(difference.standardError, customers) : null;
  const alwaysValid: Interval | null =
    difference && half !== null ? [difference.absolute - half, difference.absolute + half] : null;
  const basis: VerdictBasis = isOpen ? 'always_valid' : 'fixed';
  const why = pool.length === 0 ? 'no_experiments' : 'no_variance';
  return {
    treatment,
    holdout,
    lift: {
      absolute: difference?.absolute ?? null,
      ci: difference?.ci ?? null,
      pValue: difference?.pValue ?? null,
      method: 'mantel_haenszel',
    },
    alwaysValid: { ci: alwaysValid },
    verdict: verdictOf(reasons, isOpen ? alwaysValid : (difference?.ci ?? null)),
    verdictBasis: basis,
    reasons,
    undefinedBecause: {
      ...(difference ? {} : { 'lift.absolute': why, 'lift.ci': why, 'lift.pValue': why }),
      ...(alwaysValid ? {} : { 'alwaysValid.ci': few ? 'few_events' : why }),
    },
  };
}
