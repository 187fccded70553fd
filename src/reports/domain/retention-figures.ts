import { netPromoterScore } from './survey-figures';
import type { Interval } from './proportion-interval';

/** What was counted of one period; people, orders, and money in minor units of the store. */
export interface RetentionCounts {
  /** CS: active in the period before; with `basis=stage` recent or repeat when this one began. */
  before: number;
  /** CE: active in this one; with `basis=stage` recent or repeat when it ended. */
  after: number;
  /** In both. */
  both: number;
  /** With an order in the period, in the one before, in both, whatever the basis. */
  active: number;
  activeBefore: number;
  bothActive: number;
  /** CN: those whose first ever order is in the period. */
  fresh: number;
  orders: number;
  revenue: number;
  /** Of the fifth of the active (rounded up) who spent most. */
  topRevenue: number;
  /** Orders whose revenue is not known in store money. */
  otherCurrency: number;
  /** Revenue of the people who were active before: then, and now. */
  revenueBefore: number;
  revenueOfThoseBefore: number;
  /** Per person active before the smaller of the two, summed. */
  revenueKept: number;
  /** People with an order by the end of the period; of them, with two or more. */
  buyers: number;
  repeatBuyers: number;
  /** People whose first order is 90 days or more before the end; of them, with a second on a later day within 90. */
  firstOrders90: number;
  secondOrders90: number;
  /** People with an order in the period that is not their first; of them, with a product that they had never bought. */
  returners: number;
  upsold: number;
  /** Lapsed when the period began; of them, with an order in it. */
  lapsed: number;
  wonBack: number;
  /** Mailable people by the end of the period; of them, those who did something in it. */
  mailable: number;
  engaged: number;
  /** People who said how likely they would recommend the shop, by their last answer in the period. */
  responses: number;
  promoters: number;
  detractors: number;
}

/** The ratios of the page of definitions, "Retention": fractions of 1; null where the divisor is 0. */
export interface RetentionFigures {
  customersAtStart: number;
  customersAtEnd: number;
  newCustomers: number;
  reactivated: number;
  retentionRate: number | null;
  retentionRateStrict: number | null;
  churnRate: number | null;
  repeatPurchaseRate: number | null;
  netRevenueRetention: number | null;
  netRevenueChurn: number | null;
  grossRevenueRetention: number | null;
  upsellRatio: number | null;
  winBackRate: number | null;
  secondOrderRate90: number | null;
  engagementRate: number | null;
  /** In minor units of the store's currency; not rounded. */
  averageOrderValue: number | null;
  purchaseFrequency: number | null;
  nps: number | null;
  npsCi: Interval | null;
  npsResponses: number;
  /** Revenue share of the fifth of the active who spent most. */
  concentration: number | null;
}

/**
 * Retention (CE - CN) / CS, strict both / CS, churn 1 - strict, net revenue retention, average order value and the
 * others from what was counted. An undefined ratio is null: neither 0 nor 1 would be true.
 */
export function retentionFigures(counts: RetentionCounts): RetentionFigures {
  const { before, after, fresh, both } = counts;
  const nps = netPromoterScore(counts.promoters, counts.detractors, counts.responses);
  const strict = ratio(both, before);
  const netRevenue = ratio(counts.revenueOfThoseBefore, counts.revenueBefore);
  return {
    customersAtStart: before,
    customersAtEnd: after,
    newCustomers: fresh,
    reactivated: after - fresh - both,
    retentionRate: ratio(after - fresh, before),
    retentionRateStrict: strict,
    churnRate: strict === null ? null : 1 - strict,
    repeatPurchaseRate: ratio(counts.repeatBuyers, counts.buyers),
    netRevenueRetention: netRevenue,
    netRevenueChurn: netRevenue === null ? null : 1 - netRevenue,
    grossRevenueRetention: ratio(counts.revenueKept, counts.revenueBefore),
    upsellRatio: ratio(counts.upsold, counts.returners),
    winBackRate: ratio(counts.wonBack, counts.lapsed),
    secondOrderRate90: ratio(counts.secondOrders90, counts.firstOrders90),
    engagementRate: ratio(counts.engaged, counts.mailable),
    averageOrderValue: ratio(counts.revenue, counts.orders),
    purchaseFrequency: ratio(counts.orders, counts.active),
    nps: nps.score,
    npsCi: nps.ci,
    npsResponses: counts.responses,
    concentration: ratio(counts.topRevenue, counts.revenue),
  };
}

/** Why a ratio of a period is null, by its name. */
export function retentionUndefinedBecause(figures: RetentionFigures): Record<string, string> {
  const reasons: Record<keyof RetentionFigures, string> = {
    customersAtStart: '',
    customersAtEnd: '',
    newCustomers: '',
    reactivated: '',
    retentionRate: 'no_customers_at_start',
    retentionRateStrict: 'no_customers_at_start',
    churnRate: 'no_customers_at_start',
    repeatPurchaseRate: 'no_customers',
    netRevenueRetention: 'no_revenue_before',
    netRevenueChurn: 'no_revenue_before',
    grossRevenueRetention: 'no_revenue_before',
    upsellRatio: 'no_repeat_orders',
    winBackRate: 'nobody_lapsed',
    secondOrderRate90: 'no_first_orders_90_days_before_the_end',
    engagementRate: 'nobody_mailable',
    averageOrderValue: 'no_orders',
    purchaseFrequency: 'no_orders',
    nps: 'no_answers',
    npsCi: 'no_answers',
    npsResponses: '',
    concentration: 'no_revenue',
  };
  const names = Object.keys(reasons) as Array<keyof RetentionFigures>;
  return Object.fromEntries(names.filter((name) => figures[name] === null).map((name) => [name, reasons[name]]));
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
