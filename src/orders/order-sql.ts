/**
 * SQL about orders as of an instant, shared by everything that reads them. Aliases and placeholders come from the
 * caller; nothing here is user input.
 */

/**
 * A lateral join named `refund` with `refunded_minor`: what had been refunded of order `o` by `asOf` (a placeholder), in
 * the order's currency.
 */
export function refundedAsOfSql(o: string, asOf: string): string {
  return `cross join lateral (
      select coalesce(sum(r.amount_minor), 0)::bigint as refunded_minor from refunds r
      where r.order_id = ${o}.id and r.at <= ${asOf}) refund`;
}

/**
 * As {@link refundedAsOfSql}, for statements over all orders of the shop: the refunds are summed up once and hashed,
 * instead of looked up order by order.
 */
export function allRefundedAsOfSql(o: string, asOf: string): string {
  return `left join (
      select r.order_id, sum(r.amount_minor)::bigint as minor from refunds r
      where r.order_id is not null and r.at <= ${asOf} group by r.order_id) paid_back on paid_back.order_id = ${o}.id
    cross join lateral (select coalesce(paid_back.minor, 0) as refunded_minor) refund`;
}

/**
 * Whether order `o` counts by facts whose own time is <= `asOf`; needs {@link refundedAsOfSql}. Paid, not fully refunded
 * (a free order is not), placed by then. The status is the one known now:
 * see {@link countedAtSql}.
 */
export function countsAsOfSql(o: string, asOf: string): string {
  return `${o}.status = 'paid' and ${o}.placed_at <= ${asOf}
      and not (${o}.total_minor > 0 and refund.refunded_minor >= ${o}.total_minor)`;
}

/** Whether order `o` has ever been paid, as far as it is known. */
export function everPaidSql(o: string): string {
  return `(${o}.status = 'paid' or ${o}.first_counted_at is not null)`;
}

/**
 * When order `o` ceased to be paid, by the own time of what the shop said last about its status: cancelled, mostly. Null
 * while it is paid, and of one that never was. (Of an order that was taken back and paid again it is not known.)
 */
export function unpaidSinceSql(o: string): string {
  return `case when ${o}.status <> 'paid' and ${o}.first_counted_at is not null
      then coalesce(split_part(${o}.versions ->> 'status', '|', 1)::timestamptz, ${o}.version_at) end`;
}

/**
 * {@link countsAsOfSql} with the status as of then: what was cancelled later counted until it was. For what people lived
 * through; reports say what is known now of a time.
 */
export function countedAtSql(o: string, asOf: string): string {
  return `(${o}.status = 'paid' or ${unpaidSinceSql(o)} > ${asOf}) and ${o}.placed_at <= ${asOf}
      and not (${o}.total_minor > 0 and refund.refunded_minor >= ${o}.total_minor)`;
}

/** From when on order `o`, which was ever paid, has {@link countedAtSql} no more; null while it still counts. */
export function countedUntilSql(o: string): string {
  return `least(${refundedInFullAtSql(o)}, ${unpaidSinceSql(o)})`;
}

/** When order `o` was refunded in full by the refunds known now; null when it was not. A free order is never. */
export function refundedInFullAtSql(o: string): string {
  return `case when ${o}.total_minor > 0 then (
      select min(paid_back.at) from (
        select r.at, sum(r.amount_minor) over (order by r.at) as minor from refunds r where r.order_id = ${o}.id) paid_back
      where paid_back.minor >= ${o}.total_minor) end`;
}

/**
 * What order `o` brought in store money, in minor units, after `refunded` (an expression in minor units of the order's
 * currency); null where the shop gave no store money. A refund in another currency takes the same share of the store
 * money as it takes of the total, rounded half up; never below 0.
 */
export function netStoreMinorSql(o: string, refunded: string): string {
  // greatest() passes over nulls, so an order without store money has to be told apart first. Most orders have no refund,
  // and need no numeric: sums of all orders of a shop took a third of the time.
  return `case when ${o}.store_total_minor is null or ${o}.total_minor <= 0 or ${refunded} = 0 then ${o}.store_total_minor
      else greatest(0, ${o}.store_total_minor
        - round(${refunded}::numeric * ${o}.store_total_minor / ${o}.total_minor)::bigint) end`;
}

/** {@link netStoreMinorSql} in memory. */
export function netStoreMinor(order: {
  totalMinor: number;
  storeTotalMinor: number | null;
  refundedMinor: number;
}): number | null {
  const { totalMinor, storeTotalMinor, refundedMinor } = order;
  if (storeTotalMinor === null || totalMinor <= 0) return storeTotalMinor;
  return Math.max(0, storeTotalMinor - Math.round((refundedMinor * storeTotalMinor) / totalMinor));
}
