import type { CreditModel } from '../attribution/credit-models';
import type { LiftFigures } from './domain/lift-figures';
import type { TrackingGap } from './domain/tracking-gap';

/** What every report carries. Instants are ISO 8601. */
export interface ReportHead {
  asOf: string;
  /** Version of the definitions that the figures follow. */
  definitions: string;
  /** How many were left out, by reason; a reason is listed when it could have applied. */
  excluded: Record<string, number>;
  /** Last delivery of each source of shop events. */
  dataThrough: Record<string, string>;
}

/** Figures of later versions of this report. */
interface NotBuiltYet {
  power: null;
  otherMessagesPerCustomer: null;
  profit: null;
  subgroups: null;
  splits: null;
  curves: null;
  placebo: null;
  borrowedTime: null;
  phantomCredit: null;
  priceOfKnowing: null;
  balance: null;
  guardrails: null;
}

/** `GET reports/campaigns/:ref/lift`. Rates are of 1, money in the store's currency, intervals at 95 %. */
export interface LiftReport extends ReportHead, LiftFigures, NotBuiltYet {
  campaign: string;
  window: string;
  /** True for any window but the one fixed for this campaign: a figure chosen after the fact proves less. */
  exploratory: boolean;
  epoch: number;
  start: LiftStart;
  /** What was refunded beyond the totals of the orders in the windows. */
  overRefunded: number;
  /** Silences of lively sources inside the windows. */
  trackingGaps: TrackingGap[];
  /** Why a value is null, by its path. */
  undefinedBecause: Record<string, string>;
}

/** From when a person is watched: from entering, or from when the first e-mail step came due. */
export type LiftStart = 'entry' | 'first_due';

/** One person of the lift's population. */
export interface LiftRow {
  customerId: string;
  enrollmentId: string;
  arm: 'treatment' | 'holdout';
  epoch: number;
  enteredAt: string;
  /** From when the person is watched. */
  startedAt: string;
  /** Whether the window has ended: only then the person is in the figures. */
  mature: boolean;
  repurchased: boolean;
  orders: number;
  /** Net, in the store's currency. */
  revenue: number;
  /** Orders without store money. */
  otherCurrency: number;
}

/** Messages of one step, by what became of them. `due` is the sum of all that follows up to `skipped`. */
export interface FunnelStep {
  step: string;
  due: number;
  sent: number;
  queued: number;
  failed: number;
  uncertain: number;
  heldOut: number;
  skipped: Record<string, number>;
  delivered: number;
  opened: { human: number; machine: number };
  clicked: { human: number; machine: number };
  unsubscribed: number;
  bounced: number;
  complained: number;
  converted: number;
}

/** `GET reports/campaigns/:ref/funnel`. */
export interface FunnelReport extends ReportHead {
  campaign: string;
  /** How long after the sending an order counts as `converted`. */
  window: string;
  steps: FunnelStep[];
}

/** Orders and what they brought, in the store's currency. */
export interface Takings {
  orders: number;
  revenue: number;
}

/** `GET reports/campaigns/:ref/attribution`. */
export interface AttributionReport extends ReportHead {
  campaign: string;
  window: string;
  /** Credit of this campaign's messages; beside it what the model credits to no message at all. */
  models: Record<CreditModel, Takings & { uncredited: Takings }>;
  /** Orders without a click in the window: what `last_click` credits to nobody. */
  uncredited: Takings;
  byStep: Array<{ step: string } & Record<CreditModel, Takings>>;
}
