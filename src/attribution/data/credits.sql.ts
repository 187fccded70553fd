import { netStoreMinorSql } from '../../orders/order-sql';
import { type Sql } from '../../platform/database/database';
import { humanTouchesSql } from '../touch-sql';

/** A message touched before an order; for an order that is not credited (any more) there is none. */
export interface CreditableTouchRow {
  orderId: string;
  placedAt: Date;
  revenue: number | null;
  messageId: string;
  campaignId: string;
  clickedAt: Date | null;
  touchedAt: Date;
}

/**
 * The human touches, back to `windowMs` before each counting order of the set, by message. One index look-up by
 * (customer_id, at) on hits per order.
 */
export function creditableTouches(orderIds: readonly string[], windowMs: number): Sql {
  return {
    text: `
      select o.id as "orderId", o.placed_at as "placedAt", ${netStoreMinorSql('o', 'o.refunded_minor')}::bigint as revenue,
        touch.message_id as "messageId", touch.campaign_id as "campaignId", touch.clicked_at as "clickedAt",
        touch.touched_at as "touchedAt"
      from orders o ${humanTouchesSql('o', '$2')}
      where o.id = any($1::uuid[]) and o.counting and o.origin <> 'renewal'`,
    values: [orderIds, windowMs],
  };
}

export interface LedgerSumRow {
  orderId: string;
  model: string;
  messageId: string;
  campaignId: string;
  amount: number;
}

/** What the ledger holds for a set of orders: the sum per order, model and message. */
export function ledgerSums(orderIds: readonly string[]): Sql {
  return {
    text: `
      select order_id as "orderId", model, message_id as "messageId", campaign_id as "campaignId",
        sum(amount_minor)::bigint as amount
      from credits where order_id = any($1::uuid[])
      group by order_id, model, message_id, campaign_id`,
    values: [orderIds],
  };
}

/** One row to append. */
export interface NewCredit {
  orderId: string;
  messageId: string;
  campaignId: string;
  model: string;
  kind: 'credit' | 'reversal';
  amount: number;
}

/** Appends to the ledger, all rows in one statement. */
export function appendCredits(rows: readonly NewCredit[], at: Date): Sql {
  return {
    text: `
      insert into credits (order_id, message_id, campaign_id, model, kind, amount_minor, at)
      select *, $7::timestamptz
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bigint[])`,
    values: [
      rows.map((row) => row.orderId),
      rows.map((row) => row.messageId),
      rows.map((row) => row.campaignId),
      rows.map((row) => row.model),
      rows.map((row) => row.kind),
      rows.map((row) => row.amount),
      at,
    ],
  };
}
