import { versionEvent, versionTime } from '../../kernel/versioned';
import { type Sql } from '../../platform/database/database';
import { type OrderWrites, type ParkedMark } from '../domain/order-batch';
import { counts, type OrderState, WHOLE } from '../domain/order-state';
import { netStoreMinorSql } from '../order-sql';

export function loadOrders(externalIds: readonly string[]): Sql {
  return {
    text: `
      select id, external_id as "externalId", customer_id as "customerId", placed_at as "placedAt", currency,
        total_minor as "totalMinor", store_total_minor as "storeTotalMinor",
        said_store_total_minor as "saidStoreTotalMinor", status, origin,
        discount_minor as "discountMinor", coupon_codes as "couponCodes", refunded_minor as "refundedMinor",
        fulfilled_at as "fulfilledAt", delivered_at as "deliveredAt", silent, first_counted_at as "firstCountedAt",
        versions
      from orders where external_id = any($1::text[]) order by id for no key update`,
    values: [externalIds],
  };
}

/** The refunds of known orders, and those that wait for orders that are named now. */
export function loadRefunds(orderIds: readonly string[], externalIds: readonly string[]): Sql {
  const columns = `event_key as "eventKey", order_external_id as "externalId", order_id as "orderId", amount, at`;
  return {
    text: `
      select ${columns} from refunds where order_id = any($1::uuid[])
      union all
      select ${columns} from refunds where order_id is null and order_external_id = any($2::text[])`,
    values: [orderIds, externalIds],
  };
}

export function loadParkedMarks(externalIds: readonly string[]): Sql {
  return {
    text: `
      select event_key as "eventKey", order_external_id as "externalId", kind, at, occurred_at as "occurredAt", silent
      from parked_order_marks where order_external_id = any($1::text[])`,
    values: [externalIds],
  };
}

/** Writes whole orders, new and changed, in one statement (JSON, because coupon codes are arrays in an array). */
export function saveOrders(orders: readonly OrderState[], at: Date): Sql {
  return {
    text: `
      insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, versions, status, origin,
        currency, total_minor, store_total_minor, said_store_total_minor, discount_minor, coupon_codes, refunded_minor, counting,
        first_counted_at, fulfilled_at, delivered_at, silent, recorded_at)
      select id, external_id, customer_id, placed_at, version_at, version_event, versions, status, origin,
        currency, total_minor, store_total_minor, said_store_total_minor, discount_minor, coupon_codes, refunded_minor, counting,
        first_counted_at, fulfilled_at, delivered_at, silent, $2
      from jsonb_to_recordset($1::jsonb) as r (id uuid, external_id text, customer_id uuid, placed_at timestamptz,
        version_at timestamptz, version_event text, versions jsonb, status text, origin text, currency text,
        total_minor bigint, store_total_minor bigint, said_store_total_minor bigint, discount_minor bigint, coupon_codes text[],
        refunded_minor bigint, counting boolean, first_counted_at timestamptz, fulfilled_at timestamptz,
        delivered_at timestamptz, silent boolean)
      on conflict (id) do update set customer_id = excluded.customer_id, placed_at = excluded.placed_at,
        version_at = excluded.version_at, version_event = excluded.version_event, versions = excluded.versions,
        status = excluded.status, origin = excluded.origin, currency = excluded.currency,
        total_minor = excluded.total_minor, store_total_minor = excluded.store_total_minor,
        said_store_total_minor = excluded.said_store_total_minor,
        discount_minor = excluded.discount_minor, coupon_codes = excluded.coupon_codes,
        refunded_minor = excluded.refunded_minor, counting = excluded.counting,
        first_counted_at = excluded.first_counted_at, fulfilled_at = excluded.fulfilled_at,
        delivered_at = excluded.delivered_at`,
    values: [JSON.stringify(orders.map(rowOf)), at],
  };
}

function rowOf(order: OrderState): Record<string, unknown> {
  const whole = order.versions[WHOLE] ?? '';
  return {
    id: order.id,
    external_id: order.externalId,
    customer_id: order.customerId,
    placed_at: order.placedAt,
    version_at: versionTime(whole),
    version_event: versionEvent(whole),
    versions: order.versions,
    status: order.status,
    origin: order.origin,
    currency: order.currency,
    total_minor: order.totalMinor,
    store_total_minor: order.storeTotalMinor,
    said_store_total_minor: order.saidStoreTotalMinor,
    discount_minor: order.discountMinor,
    coupon_codes: order.couponCodes,
    refunded_minor: order.refundedMinor,
    counting: counts(order),
    first_counted_at: order.firstCountedAt,
    fulfilled_at: order.fulfilledAt,
    delivered_at: order.deliveredAt,
    silent: order.silent,
  };
}

export function deleteLines(orderIds: readonly string[]): Sql {
  return { text: `delete from order_lines where order_id = any($1::uuid[])`, values: [orderIds] };
}

/** Adds lines, for orders that keep theirs behind those. */
export function insertLines(changes: OrderWrites['lines']): Sql {
  const rows = changes.flatMap(({ orderId, replace, lines }) =>
    lines.map((line, offset) => ({ orderId, behind: !replace, offset, line })),
  );
  return {
    text: `
      insert into order_lines (order_id, position, product_external_id, name, category, quantity, unit_price)
      select a.order_id, a.ord + coalesce(case when a.behind then
          (select max(l.position) + 1 from order_lines l where l.order_id = a.order_id) end, 0),
        a.product_external_id, a.name, a.category, a.quantity, a.unit_price
      from unnest($1::uuid[], $2::boolean[], $3::int[], $4::text[], $5::text[], $6::text[], $7::numeric[], $8::numeric[])
        as a (order_id, behind, ord, product_external_id, name, category, quantity, unit_price)`,
    values: [
      rows.map(({ orderId }) => orderId),
      rows.map(({ behind }) => behind),
      rows.map(({ offset }) => offset),
      rows.map(({ line }) => line.productExternalId),
      rows.map(({ line }) => line.name),
      rows.map(({ line }) => line.category),
      rows.map(({ line }) => String(line.quantity)),
      rows.map(({ line }) => line.unitPrice),
    ],
  };
}

/** New refunds, and parked ones whose order has come. */
export function saveRefunds(ids: readonly string[], refunds: OrderWrites['refunds'], at: Date): Sql {
  return {
    text: `
      insert into refunds (id, event_key, order_external_id, order_id, amount, amount_minor, at, recorded_at)
      select r.*, $8 from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::numeric[], $6::bigint[],
        $7::timestamptz[]) as r
      on conflict (event_key) do update set order_id = excluded.order_id, amount_minor = excluded.amount_minor`,
    values: [
      ids,
      refunds.map((refund) => refund.eventKey),
      refunds.map((refund) => refund.externalId),
      refunds.map((refund) => refund.orderId),
      refunds.map((refund) => refund.amount),
      refunds.map((refund) => refund.amountMinor),
      refunds.map((refund) => refund.at),
      at,
    ],
  };
}

export function parkMarks(marks: readonly ParkedMark[], at: Date): Sql {
  return {
    text: `
      insert into parked_order_marks (event_key, order_external_id, kind, at, occurred_at, silent, recorded_at)
      select r.*, $7 from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::boolean[]) as r
      on conflict (event_key) do nothing`,
    values: [
      marks.map((mark) => mark.eventKey),
      marks.map((mark) => mark.externalId),
      marks.map((mark) => mark.kind),
      marks.map((mark) => mark.at),
      marks.map((mark) => mark.occurredAt),
      marks.map((mark) => mark.silent),
      at,
    ],
  };
}

export function releaseMarks(eventKeys: readonly string[]): Sql {
  return { text: `delete from parked_order_marks where event_key = any($1::text[])`, values: [eventKeys] };
}

export function recordChanges(orders: ReadonlyArray<{ id: string; customerId: string | null }>, at: Date): Sql {
  return {
    text: `insert into order_changes (order_id, customer_id, at) select r.*, $3 from unnest($1::uuid[], $2::uuid[]) as r`,
    values: [orders.map(({ id }) => id), orders.map(({ customerId }) => customerId), at],
  };
}

/** The queue from which coupons are redeemed. */
export function recordCodeChanges(orders: ReadonlyArray<{ id: string }>, at: Date): Sql {
  return {
    text: `insert into order_code_changes (order_id, at) select r.id, $2 from unnest($1::uuid[]) as r (id)`,
    values: [orders.map(({ id }) => id), at],
  };
}

export const RAISE_REVISION = `update orders_state set revision = revision + 1`;

/**
 * Counts the orders of customers anew: counting ones, money net of refunds in the store's currency, days in the store's
 * zone. One pass over the index on (customer_id, placed_at); 1,000 customers with 10 orders each took 21 ms.
 */
export function recountCustomers(customerIds: readonly string[], timezone: string): Sql {
  return {
    text: `
      insert into customer_orders (customer_id, count, total_minor, first_at, last_at, last_day)
      select t.customer_id, count(o.id), coalesce(sum(${netStoreMinorSql('o', 'o.refunded_minor')}), 0),
        min(o.placed_at), max(o.placed_at), (max(o.placed_at) at time zone $2)::date
      from unnest($1::uuid[]) as t (customer_id)
      left join orders o on o.customer_id = t.customer_id and o.counting
      group by t.customer_id
      on conflict (customer_id) do update set count = excluded.count, total_minor = excluded.total_minor,
        first_at = excluded.first_at, last_at = excluded.last_at, last_day = excluded.last_day`,
    values: [customerIds, timezone],
  };
}
