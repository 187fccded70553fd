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
}
