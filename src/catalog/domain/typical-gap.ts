import { dayOfShare, type GapCount, returnCurve } from '../../kernel/return-curve';

/** Days within which those who buy again are looked for. */
export const HORIZON_DAYS = 365;
/** The typical one of them: half have bought again by then. */
const SHARE = 0.5;
/** Below it the figure says more about a few people than about the product. */
export const FEWEST_CUSTOMERS = 20;
/** Mails closer together than a week are nobody's idea of a reminder. */
const SHORTEST_DAYS = 7;

/** After how many whole calendar days something is typically bought again, and what that rests on. */
export interface TypicalGap {
  days: number;
  /** Customers who have bought it on two days or more. */
  customers: number;
  /** Gaps between their successive days. */
  gaps: number;
}

/**
 * The typical time to replenish: the first whole day by which half of those who buy it again within 365 days have, by the
 * estimator of the lapse threshold ({@link returnCurve}): the complete gaps of a customer weigh 1/m each and the open last
 * one is dropped; who bought it on one day only is under observation until the day of the estimate. Not shorter than a week.
 *
 * @param gapCounts lengths beyond 365 days may be given as 366
 * @returns null below 20 customers who have bought it on two days or more, or when none of them did within 365 days
 */
export function typicalGap(gapCounts: readonly GapCount[]): TypicalGap | null {
  const [customers, gaps] = [customersIn(gapCounts), gapsIn(gapCounts)];
  if (customers < FEWEST_CUSTOMERS) return null;
  const day = dayOfShare(returnCurve(gapCounts, HORIZON_DAYS), SHARE);
  return day === null ? null : { days: Math.max(SHORTEST_DAYS, day), customers, gaps };
}

/** Whole numbers of people: the gaps of those who have the same number of them, divided by it. */
function customersIn(gapCounts: readonly GapCount[]): number {
  const byGaps = new Map<number, number>();
  for (const { gapsOfCustomer, count } of gapCounts) {
    if (gapsOfCustomer > 0) byGaps.set(gapsOfCustomer, (byGaps.get(gapsOfCustomer) ?? 0) + count);
  }
  return [...byGaps].reduce((sum, [each, count]) => sum + count / each, 0);
}

function gapsIn(gapCounts: readonly GapCount[]): number {
  return gapCounts.reduce((sum, { gapsOfCustomer, count }) => sum + (gapsOfCustomer > 0 ? count : 0), 0);
}
