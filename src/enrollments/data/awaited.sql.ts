import { instantArray, plainArray, textArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';

/** What an enrollment waits for, and since when. */
export interface AwaitedQuestion {
  id: string;
  customerId: string;
  eventType: string;
  after: Date;
  /** An order does not answer the wait of the enrollment that it started; what becomes of it is what is waited for. */
  triggerOrderId: string | null;
}

export interface AwaitedRow {
  id: string;
  type: string;
  /** Instants in ms since the epoch, ascending. */
  times: number[];
  /** When it was first told of the very order that started the enrollment, even before the wait; else null. */
  own: number | null;
}

/** `isAwaitedBy` and `isOfOwnOrder` of `domain/match-events.ts` in SQL: whether a type is about what becomes of one order. */
const tellsOfAnOrder = (type: string): string => `(${type} like 'order.%' and ${type} <> 'order.counted')`;

const epochMs = (at: string): string => `round(date_part('epoch', ${at}) * 1000)`;

/** Two suffice: a run looks from where it waits, and behind that at most from what it has found. */
const TIMES = 2;

/**
 * The first times after an instant at which each awaited event was recorded, by the event's own time and however it came
 * in. Plan: one index scan on customer_events_customer per question.
 */
export function awaitedEvents(questions: readonly AwaitedQuestion[], now: Date): Sql {
  return {
    name: 'enrollments.awaited-events',
    text: `select u.id, u.type, ${epochMs('o.at')} as own,
        coalesce(array_agg(${epochMs('v.at')} order by v.at) filter (where v.at is not null), '{}') as times
      from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $6::uuid[])
        as u (id, customer_id, type, after, trigger_order_id)
      left join lateral (
        select distinct v.occurred_at as at from customer_events v
        where v.customer_id = u.customer_id and v.occurred_at > u.after and v.occurred_at <= $5 and v.type = u.type
          and (not ${tellsOfAnOrder('u.type')} or v.reference is null or u.trigger_order_id is null
            or v.reference = u.trigger_order_id)
        order by 1 limit ${TIMES}) v on true
      left join lateral (
        select min(v.occurred_at) as at from customer_events v
        where ${tellsOfAnOrder('u.type')} and v.customer_id = u.customer_id and v.occurred_at <= $5
          and v.type = u.type and v.reference = u.trigger_order_id) o on true
      group by u.id, u.type, o.at having o.at is not null or count(v.at) > 0`,
    values: [...columns(questions), now, triggerOrders(questions)],
  };
}

/**
 * The same for orders that count, by when they were placed: those that were no events (imported, or told too late) are
 * there too; renewals and the triggering order are not. Plan: one index scan on orders_customer per question.
 */
export function awaitedOrders(questions: readonly AwaitedQuestion[], now: Date): Sql {
  return {
    name: 'enrollments.awaited-orders',
    text: `select u.id, u.type, null as own, array_agg(${epochMs('o.at')} order by o.at) as times
      from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $6::uuid[])
        as u (id, customer_id, type, after, trigger_order_id)
      cross join lateral (
        select distinct o.placed_at as at from orders o
        where o.customer_id = u.customer_id and o.placed_at > u.after and o.placed_at <= $5 and o.counting
          and o.origin <> 'renewal' and o.id is distinct from u.trigger_order_id
        order by 1 limit ${TIMES}) o
      group by u.id, u.type`,
    values: [...columns(questions), now, triggerOrders(questions)],
  };
}

function triggerOrders(questions: readonly AwaitedQuestion[]): string {
  return plainArray(questions.map((question) => question.triggerOrderId));
}

function columns(questions: readonly AwaitedQuestion[]): string[] {
  return [
    plainArray(questions.map((question) => question.id)),
    plainArray(questions.map((question) => question.customerId)),
    textArray(questions.map((question) => question.eventType)),
    instantArray(questions.map((question) => question.after)),
  ];
}

/**
 * Locks the enrollments under way of customers, before {@link wakeWaiting} in a statement of its own: one that a claim is
 * about to set waiting is waited for, so that its event is not missed in between.
 */
export function lockActive(customerIds: readonly string[]): Sql {
  return {
    text: `select id from enrollments where customer_id = any($1::uuid[]) and status = 'active' order by id for no key update`,
    values: [customerIds],
  };
}

/** An event that somebody may wait for. */
export interface AwaitedEvent {
  customerId: string;
  type: string;
  occurredAt: Date;
  reference: string | null;
}

/** Has the engine look at once at the enrollments that wait for these events and whose window they lie in. */
export function wakeWaiting(events: readonly AwaitedEvent[], now: Date): Sql {
  return {
    text: `with old as materialized (
        select distinct e.id, e.due_at
        from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::uuid[]) as u (customer_id, type, at, reference)
        join enrollments e on e.customer_id = u.customer_id and e.status = 'active' and e.waiting_for = u.type
          and u.at <= e.next_run_at and e.due_at > $5
          and case
            when u.reference is null or e.trigger_order_id is null then u.at > e.waiting_since
            when ${tellsOfAnOrder('u.type')} then u.reference = e.trigger_order_id
            else u.at > e.waiting_since and (u.type <> 'order.counted' or u.reference <> e.trigger_order_id) end),
      gone as (
        delete from enrollment_timers t using old where t.due_at = old.due_at and t.enrollment_id = old.id),
      woken as (
        update enrollments e set due_at = $5 from old where e.id = old.id)
      insert into enrollment_timers (due_at, enrollment_id) select $5, id from old`,
    values: [
      plainArray(events.map((event) => event.customerId)),
      textArray(events.map((event) => event.type)),
      instantArray(events.map((event) => event.occurredAt)),
      plainArray(events.map((event) => event.reference)),
      now,
    ],
  };
}
