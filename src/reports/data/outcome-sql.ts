import { overRefundedSql } from '../../attribution/outcome-money-sql';
import { countsAsOfSql, netStoreMinorSql, refundedAsOfSql } from '../../orders/order-sql';

/**
 * CTE `late`: the outcomes of campaign `campaign` whose order was refunded after `asOf`, as they stood then. Everybody
 * else's are read as they are kept. Usually empty, so that a report touches no order at all.
 */
export function lateRefundsSql(campaign: string, asOf: string): string {
  return `late as materialized (
      select o.id as order_id, (${countsAsOfSql('o', asOf)}) as counting,
        (${netStoreMinorSql('o', 'refund.refunded_minor')})::bigint as amount_minor,
        ${overRefundedSql('o', 'refund.refunded_minor')} as over_refunded_minor
      from (select distinct order_id from outcomes where campaign_id = ${campaign} and last_refund_at > ${asOf}) x
      join orders o on o.id = x.order_id ${refundedAsOfSql('o', asOf)})`;
}

/** Whether outcome `x`, left-joined with `late`, counts as of the report's instant. */
export const OUTCOME_COUNTS = 'case when late.order_id is null then x.counting else late.counting end';
/** Its net revenue in minor units of store money, null where the shop gave none. */
export const OUTCOME_AMOUNT = 'case when late.order_id is null then x.amount_minor else late.amount_minor end';
/** What was refunded of it beyond its total. */
export const OUTCOME_OVER_REFUNDED =
  'case when late.order_id is null then x.over_refunded_minor else late.over_refunded_minor end';
