import type { RetentionCounts } from './retention-figures';
import type {
  ActivityRow,
  EngagementRow,
  LapsedRow,
  PromoterRow,
  ReturnRow,
  StageBasisRow,
  UpsellRow,
} from './retention-rows';

/** All that was counted of some periods. */
export interface RetentionRows {
  activity: readonly ActivityRow[];
  returns: readonly ReturnRow[];
  lapsed: readonly LapsedRow[];
  upsell: readonly UpsellRow[];
  engagement: readonly EngagementRow[];
  promoters: readonly PromoterRow[];
  /** Of `basis=stage` only. */
  stages: readonly StageBasisRow[] | null;
}

type Group = string | null;

/** The groups that any row is of, in the order of their names; one without a name where nothing was broken down. */
export function groupsOf(rows: RetentionRows): Group[] {
  const { activity, returns, lapsed, upsell, engagement, promoters, stages } = rows;
  const all: ReadonlyArray<ReadonlyArray<{ grp: Group }>> = [
    ...[activity, returns, lapsed, upsell, engagement, promoters],
    stages ?? [],
  ];
  return [...new Set(all.flatMap((list) => list.map(({ grp }) => grp)))].sort((a, b) =>
    (a ?? '') < (b ?? '') ? -1 : 1,
  );
}

/**
 * The counts of each period but the first, which is there only as the one before. What is counted since the beginning
 * (buyers, first orders, mailable people) is summed up to the period.
 *
 * @param group rows of others are left out
 * @param periods how many there are, the first included
 */
export function retentionCounts(rows: RetentionRows, group: Group, periods: number): RetentionCounts[] {
  const own = <Row extends { grp: Group }>(list: readonly Row[]) => list.filter(({ grp }) => grp === group);
  const at = <Row extends { grp: Group; period: number }>(list: readonly Row[]) =>
    new Map(own(list).map((row) => [row.period, row]));
  const [activity, lapsed, upsell, engagement] = [
    at(rows.activity),
    at(rows.lapsed),
    at(rows.upsell),
    at(rows.engagement),
  ];
  const [promoters, stages] = [at(rows.promoters), at(rows.stages ?? [])];
  const returns = own(rows.returns);
  const people = (kind: ReturnRow['kind'], of: (row: ReturnRow) => boolean): number =>
    returns.reduce((sum, row) => sum + (row.kind === kind && of(row) ? row.customers : 0), 0);
  return Array.from({ length: periods - 1 }, (_, i) => {
    const period = i + 2;
    const [now, before, stage] = [activity.get(period), activity.get(period - 1), stages.get(period)];
    const fresh = people('orders', ({ first }) => first === period);
    const once = fresh - people('orders', ({ first, second }) => first === period && second === period);
    const active = now?.active ?? 0;
    return {
      ...{ activeBefore: before?.active ?? 0, active, bothActive: now?.both ?? 0, fresh },
      before: rows.stages ? (stage?.before ?? 0) : (before?.active ?? 0),
      after: rows.stages ? (stage?.active ?? 0) : active,
      both: rows.stages ? (stage?.both ?? 0) : (now?.both ?? 0),
      ...{ orders: now?.orders ?? 0, revenue: now?.revenue ?? 0, topRevenue: now?.topRevenue ?? 0 },
      ...{ otherCurrency: now?.otherCurrency ?? 0, revenueBefore: before?.revenue ?? 0 },
      ...{ revenueOfThoseBefore: now?.revenueOfBoth ?? 0, revenueKept: now?.revenueKept ?? 0 },
      buyers: people('orders', ({ first }) => (first ?? 0) <= period),
      repeatBuyers: people('orders', ({ second }) => second !== null && second <= period),
      firstOrders90: people('soon', ({ first }) => (first ?? 0) <= period),
      secondOrders90: people('soon', ({ first, returned }) => (first ?? 0) <= period && returned === true),
      ...{ returners: active - once, upsold: upsell.get(period)?.upsold ?? 0 },
      ...{ lapsed: lapsed.get(period)?.lapsed ?? 0, wonBack: lapsed.get(period)?.wonBack ?? 0 },
      mailable: own(rows.engagement).reduce((sum, row) => sum + (row.period <= period ? row.mailable : 0), 0),
      engaged: engagement.get(period)?.engaged ?? 0,
      responses: promoters.get(period)?.responses ?? 0,
      promoters: promoters.get(period)?.promoters ?? 0,
      detractors: promoters.get(period)?.detractors ?? 0,
    };
  });
}

/** How long people of a group waited for their second order, for {@link secondOrderTime}. */
export function waitsOf(
  rows: RetentionRows,
  group: Group,
): Array<{ days: number; returned: boolean; customers: number }> {
  return rows.returns.flatMap(({ grp, kind, days, returned, customers }) =>
    kind === 'wait' && grp === group && days !== null ? [{ days, returned: returned === true, customers }] : [],
  );
}
