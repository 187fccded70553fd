import { humanTouchesSql } from '../../attribution/touch-sql';
import { countsAsOfSql, netStoreMinorSql, refundedAsOfSql } from '../../orders/order-sql';
import { type Sql } from '../../platform/database/database';

/** An order and a message touched before it; one row without a message for an order that nothing was touched before. */
export interface TouchedOrderRow {
  orderId: string;
  placedAt: Date;
  /** Net, in minor units of the store's currency; null where the shop gave no store money. */
  revenue: number | null;
  messageId: string | null;
  /** Whether the message is of the campaign asked for. */
  own: boolean | null;
  step: string | null;
  clickedAt: Date | null;
  touchedAt: Date | null;
}

/**
 * The orders that this campaign can be credited with, each with all messages of all campaigns that compete for it: the
 * counting orders of its customers within 365 days after they entered, and any other that one of its messages was touched
 * before. Plan: outcomes by (campaign_id, placed_at) and the campaign's human hits by message; then hits by
 * (customer_id, at), one look-up per order.
 */
export function touchedOrders(campaignId: string, windowMs: number, asOf: Date): Sql {
  return {
    text: `
      with scope as (
        select x.order_id from outcomes x where x.campaign_id = $1 and x.placed_at <= $2
        union
        select o.id from messages m
        join hits h on h.message_id = m.id and h.kind in ('open', 'click') and not h.machine
        join orders o on o.customer_id = h.customer_id and o.placed_at >= h.at
          and o.placed_at <= h.at + make_interval(secs => $3::float8 / 1000) and o.origin <> 'renewal'
        where m.campaign_id = $1 and m.origin = 'enrollment'
      )
      select o.id as "orderId", o.placed_at as "placedAt",
        (${netStoreMinorSql('o', 'refund.refunded_minor')})::bigint as revenue, touch.message_id as "messageId",
        touch.campaign_id = $1 as own, touch.step, touch.clicked_at as "clickedAt", touch.touched_at as "touchedAt"
      from scope join orders o on o.id = scope.order_id ${refundedAsOfSql('o', '$2')}
        ${humanTouchesSql('o', '$3', 'left join')}
      where ${countsAsOfSql('o', '$2')}
      order by o.id`,
    values: [campaignId, asOf, windowMs],
  };
}
