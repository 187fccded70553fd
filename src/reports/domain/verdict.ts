import type { Interval, Proportion } from './proportion-interval';

export type Verdict = 'positive' | 'negative' | 'inconclusive' | 'not_readable';
export type VerdictBasis = 'always_valid' | 'fixed';

/** Why an experiment cannot be read. */
export type NotReadableReason =
  'no_control' | 'sample_ratio' | 'few_customers' | 'few_events' | 'immature' | 'tracking_gap';

/** Why a revenue figure cannot be read although the experiment may be. */
export type RevenueReason = NotReadableReason | 'other_currency';

const LEAST_CUSTOMERS = 50;
const LEAST_EVENTS = 10;
const OTHER_CURRENCY_SHARE = 0.01;

/** What {@link notReadableReasons} judges; proportions are of mature people. */
export interface Readability {
  /** The share that the control group was planned with. */
  holdoutShare: number;
  treatment: Proportion;
  holdout: Proportion;
  immature: { treatment: number; holdout: number };
  sampleRatioOk: boolean | null;
  trackingGap: boolean;
}

/** All reasons for which the experiment is not readable, in a fixed order; none: it is. */
export function notReadableReasons(facts: Readability): NotReadableReason[] {
  const { treatment, holdout, immature } = facts;
  const repurchasers = treatment.x + holdout.x;
  const others = treatment.n + holdout.n - repurchasers;
  const unripe = (mature: number, waiting: number) => mature === 0 && waiting > 0;
  const reasons: Array<[NotReadableReason, boolean]> = [
    ['no_control', facts.holdoutShare === 0],
    ['sample_ratio', facts.sampleRatioOk === false],
    ['few_customers', Math.min(treatment.n, holdout.n) < LEAST_CUSTOMERS],
    ['few_events', repurchasers < LEAST_EVENTS || others < LEAST_EVENTS],
    ['immature', unripe(treatment.n, immature.treatment) || unripe(holdout.n, immature.holdout)],
    ['tracking_gap', facts.trackingGap],
  ];
  return reasons.filter(([, applies]) => applies).map(([reason]) => reason);
}

/**
 * By which interval the verdict is read: always-valid while people can still enter and the moment fixed for reading
 * (`measure.readAt`) has not come, Newcombe's afterwards (archived, imported, read).
 */
export function verdictBasis(entriesOpen: boolean, readAt: Date | null, asOf: Date): VerdictBasis {
  return entriesOpen && (readAt === null || readAt.getTime() > asOf.getTime()) ? 'always_valid' : 'fixed';
}

/** The verdict of an interval on a difference; `inconclusive` while there is none. */
export function verdictOf(reasons: readonly string[], interval: Interval | null): Verdict {
  if (reasons.length > 0) return 'not_readable';
  if (interval === null) return 'inconclusive';
  if (interval[0] > 0) return 'positive';
  return interval[1] < 0 ? 'negative' : 'inconclusive';
}

/** Orders of an arm, and those of them whose revenue is unknown because it is in another currency than the store's. */
export interface ArmCurrencies {
  orders: number;
  otherCurrency: number;
}

/** The reasons of the experiment, and `other_currency` when above 1 % of the orders of an arm have no store money. */
export function revenueReasons(reasons: readonly NotReadableReason[], arms: readonly ArmCurrencies[]): RevenueReason[] {
  const foreign = arms.some((arm) => arm.otherCurrency > OTHER_CURRENCY_SHARE * arm.orders);
  return foreign ? [...reasons, 'other_currency'] : [...reasons];
}

const SETTLING_MS = 30 * 86_400_000;

/**
 * Whether the figures are final but for corrections: every window of the population ended 30 days ago or more, so that
 * refunds have come in. False while nobody has entered.
 */
export function isSettled(lastStart: Date | null, windowMs: number, asOf: Date): boolean {
  return lastStart !== null && lastStart.getTime() + windowMs + SETTLING_MS <= asOf.getTime();
}
