import { netStoreMinorSql } from '../../orders/order-sql';
import { type Sql } from '../../platform/database/database';
import { overRefundedSql } from '../outcome-money-sql';

/** Orders are matched to enrollments entered at most this long before them. */
const LONGEST = `interval '8760 hours'`;

/**
 * Takes up to `limit` orders off both queues: those whose facts changed (announced by orders, each row deleted here) and
 * those that were due for another look. `announced` says which it was. Rows that another transaction holds are skipped,
 * though only one process at a time comes here.
 */
export function takeOrders(now: Date, limit: number): Sql {
  return {
    text: `
      with announced as (
        delete from order_changes where id in (
          select id from order_changes order by id limit $2 for update skip locked)
        returning order_id
      ), due as (
        delete from outcome_queue where order_id in (
          select order_id from outcome_queue where due_at <= $1 order by due_at limit $2 for update skip locked)
        returning order_id
      )
      select order_id as "orderId", bool_or(announced) as announced, count(*)::int as rows
      from (select order_id, true as announced from announced union all select order_id, false from due) taken
      group by order_id`,
    values: [now, limit],
  };
}

/**
 * Brings the outcomes of a set of orders in line with what is known of them: one row for each enrollment of the customer,
 * whatever its status, that was entered before the order and at most 365 days before; not for the order that started it,
 * nor for renewals. Reads enrollments by (customer_id, entered_at). 200,000 orders against as many enrollments, in batches
 * of 500 with their credits, took 34 s on a busy machine.
 */
export function matchOutcomes(orderIds: readonly string[]): Sql {
  return {
    text: `
      with matched as materialized (
        select e.id as enrollment_id, o.id as order_id, e.campaign_id, e.entered_at, o.placed_at, o.counting,
          ${netStoreMinorSql('o', 'o.refunded_minor')} as amount_minor,
          ${overRefundedSql('o', 'o.refunded_minor')} as over_refunded_minor,
          case when o.refunded_minor > 0 then (select max(r.at) from refunds r where r.order_id = o.id) end
            as last_refund_at
        from orders o
        join enrollments e on e.customer_id = o.customer_id
          and e.entered_at < o.placed_at and e.entered_at >= o.placed_at - ${LONGEST}
          and e.trigger_order_id is distinct from o.id
        where o.id = any($1::uuid[]) and o.origin <> 'renewal'
      ), gone as (
        delete from outcomes x where x.order_id = any($1::uuid[]) and not exists (
          select from matched m where m.enrollment_id = x.enrollment_id and m.order_id = x.order_id)
      )
      insert into outcomes (enrollment_id, order_id, campaign_id, entered_at, placed_at, counting, amount_minor,
        over_refunded_minor, last_refund_at)
      select enrollment_id, order_id, campaign_id, entered_at, placed_at, counting, amount_minor, over_refunded_minor,
        last_refund_at
      from matched
      on conflict (enrollment_id, order_id) do update set
        placed_at = excluded.placed_at, counting = excluded.counting, amount_minor = excluded.amount_minor,
        over_refunded_minor = excluded.over_refunded_minor, last_refund_at = excluded.last_refund_at
      where (outcomes.placed_at, outcomes.counting, outcomes.amount_minor, outcomes.over_refunded_minor,
          outcomes.last_refund_at)
        is distinct from (excluded.placed_at, excluded.counting, excluded.amount_minor, excluded.over_refunded_minor,
          excluded.last_refund_at)`,
    values: [orderIds],
  };
}

/** Puts orders on the queue for another look at `dueAt` (or when they are placed, for those placed later). */
export function queueLaterLook(orderIds: readonly string[], placedAfter: Date, now: Date, delayMs: number): Sql {
  return {
    text: `
      insert into outcome_queue (order_id, due_at)
      select id, greatest(placed_at, $3::timestamptz) + make_interval(secs => $4::float8 / 1000)
      from orders where id = any($1::uuid[]) and placed_at > $2 and origin <> 'renewal'
      on conflict (order_id) do update set due_at = greatest(outcome_queue.due_at, excluded.due_at)`,
    values: [orderIds, placedAfter, now, delayMs],
  };
}

/** Puts all orders of customers on the queue, due at once. */
export function queueOrdersOf(customerIds: readonly string[], at: Date): Sql {
  return {
    text: `
      insert into outcome_queue (order_id, due_at)
      select id, $2 from orders where customer_id = any($1::uuid[]) and origin <> 'renewal'
      on conflict (order_id) do update set due_at = least(outcome_queue.due_at, excluded.due_at)`,
    values: [customerIds, at],
  };
}

/** Puts the orders on the queue that were placed within `windowMs` after one of these hits by its customer, due at once. */
export function queueOrdersTouched(hitIds: readonly string[], windowMs: number): Sql {
  return {
    text: `
      insert into outcome_queue (order_id, due_at)
      select distinct on (o.id) o.id, o.placed_at
      from hits h join orders o on o.customer_id = h.customer_id and o.origin <> 'renewal'
        and o.placed_at >= h.at and o.placed_at <= h.at + make_interval(secs => $2::float8 / 1000)
      where h.id = any($1::uuid[])
      on conflict (order_id) do update set due_at = least(outcome_queue.due_at, excluded.due_at)`,
    values: [hitIds, windowMs],
  };
}

/** The instant of the nearest order to look at: the head of both queues, each by its index. */
export function nextOutcomeDue(): Sql {
  return {
    text: `
      select least(
        (select at from order_changes order by id limit 1),
        (select due_at from outcome_queue order by due_at limit 1)) as "dueAt"`,
  };
}

/**
 * Whether orders announced up to `mark` (null: all of now) still wait to be matched, or some are due for another look;
 * `last` is the last one announced. Heads of indexes.
 */
export function outcomesBehind(mark: string | null, now: Date): Sql {
  return {
    text: `
      select exists (select from order_changes where $1::bigint is null or id <= $1::bigint)
          or exists (select from outcome_queue where due_at <= $2) as behind,
        (select id::text from order_changes order by id desc limit 1) as last`,
    values: [mark, now],
  };
}
