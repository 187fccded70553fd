/** What was counted of one period; people, orders, and money in minor units of the store. */
export interface RetentionCounts {
  /** CS: active in the period before. */
  before: number;
  /** CE: active in this one. */
  active: number;
  /** CN: of them, those whose first ever order is in it. */
  fresh: number;
  /** Active in both. */
  both: number;
  orders: number;
  revenue: number;
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
  /** Not built yet. */
  engagementRate: null;
  /** In minor units of the store's currency; not rounded. */
  averageOrderValue: number | null;
  purchaseFrequency: number | null;
  /** Not built yet. */
  nps: null;
}

/**
 * Retention (CE - CN) / CS, strict both / CS, churn 1 - strict, net revenue retention, average order value and the
 * others from what was counted. An undefined ratio is null: neither 0 nor 1 would be true.
 */
export function retentionFigures(counts: RetentionCounts): RetentionFigures {
  const { before, active, fresh, both } = counts;
  const strict = ratio(both, before);
  const netRevenue = ratio(counts.revenueOfThoseBefore, counts.revenueBefore);
  return {
    customersAtStart: before,
    customersAtEnd: active,
    newCustomers: fresh,
    reactivated: active - fresh - both,
    retentionRate: ratio(active - fresh, before),
    retentionRateStrict: strict,
    churnRate: strict === null ? null : 1 - strict,
    repeatPurchaseRate: ratio(counts.repeatBuyers, counts.buyers),
    netRevenueRetention: netRevenue,
    netRevenueChurn: netRevenue === null ? null : 1 - netRevenue,
    grossRevenueRetention: ratio(counts.revenueKept, counts.revenueBefore),
    upsellRatio: ratio(counts.upsold, counts.returners),
    winBackRate: ratio(counts.wonBack, counts.lapsed),
    secondOrderRate90: ratio(counts.secondOrders90, counts.firstOrders90),
    engagementRate: null,
    averageOrderValue: ratio(counts.revenue, counts.orders),
    purchaseFrequency: ratio(counts.orders, active),
    nps: null,
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
    engagementRate: 'not_built_yet',
    averageOrderValue: 'no_orders',
    purchaseFrequency: 'no_orders',
    nps: 'not_built_yet',
  };
  const names = Object.keys(reasons) as Array<keyof RetentionFigures>;
  return Object.fromEntries(names.filter((name) => figures[name] === null).map((name) => [name, reasons[name]]));
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
