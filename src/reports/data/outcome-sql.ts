import { overRefundedSql } from '../../attribution/outcome-money-sql';
import { countsAsOfSql, netStoreMinorSql, refundedAsOfSql } from '../../orders/order-sql';

/**
 * A lateral join named `late`: outcome `x` as it stood at `asOf` (a placeholder), for those whose order was refunded
 * after it; no row for the others, which are read as they are kept. `offset 0` keeps it a subquery, so that the order is
 * looked up for the few that need it and never joined as a whole.
 */
export function lateRefundsSql(asOf: string): string {
  return `left join lateral (
      select o.id as order_id, (${countsAsOfSql('o', asOf)}) as counting,
        (${netStoreMinorSql('o', 'refund.refunded_minor')})::bigint as amount_minor,
        ${overRefundedSql('o', 'refund.refunded_minor')} as over_refunded_minor
      from orders o ${refundedAsOfSql('o', asOf)}
      where o.id = x.order_id and x.last_refund_at > ${asOf}
      offset 0) late on true`;
}

/**
 * Whether outcome `x` counts as of an instant, for who asks nothing else of it: without a join, so that what reads many
 * outcomes may hash them. That most were never refunded is asked first, of columns as they are, whose values the planner
 * knows.
 */
export function outcomeCountsSql(asOf: string): string {
  return `(x.last_refund_at is null and x.counting or x.last_refund_at is not null and case when x.last_refund_at > ${asOf} then (
        select ${countsAsOfSql('o', asOf)} from orders o ${refundedAsOfSql('o', asOf)} where o.id = x.order_id)
      else x.counting end)`;
}

/** Whether outcome `x`, joined with `late`, counts as of the report's instant. */
export const OUTCOME_COUNTS = 'case when late.order_id is null then x.counting else late.counting end';
/** Its net revenue in minor units of store money, null where the shop gave none. */
export const OUTCOME_AMOUNT = 'case when late.order_id is null then x.amount_minor else late.amount_minor end';
/** What was refunded of it beyond its total. */
export const OUTCOME_OVER_REFUNDED =
  'case when late.order_id is null then x.over_refunded_minor else late.over_refunded_minor end';
