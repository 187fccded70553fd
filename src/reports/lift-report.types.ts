import type { LiftFigures, RevenueLift } from './domain/lift-figures';
import type { LiftStart } from './domain/report-window';
import type { TrackingGap } from './domain/tracking-gap';
import type { SectionValues } from './lift/lift-sections';
import type { ReportHead } from './reports.types';

/** `GET reports/campaigns/:ref/lift`. Rates are of 1, money in the store's currency, intervals at 95 %. */
export interface LiftReport extends ReportHead, Omit<LiftFigures, 'revenueLift'>, Omit<SectionValues, 'cuped'> {
  revenueLift: RevenueLift & { cuped: SectionValues['cuped'] };
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
  /** `drawn` by the salt, `kept` from an enrollment before, `no_holdout`, `imported`. */
  armReason: string;
  /** The first counting order in the window. */
  firstOrderAt: string | null;
  /** In the window before entry: what the placebo is made of. */
  ordersBefore: number;
  revenueBefore: number;
  /** Net, of the 365 days before the person was watched: what CUPED adjusts by. */
  revenueYearBefore: number;
  /** Mails of the campaign that went out in the window, and what its coupons cost: with the revenue, profit. */
  sent: number;
  couponCost: number;
  otherMessages: number;
  unsubscribed: boolean;
  complained: boolean;
  /** As stored at entry. */
  stage: string | null;
  locale: string | null;
  tenureDays: number | null;
  firstProduct: string | null;
}
