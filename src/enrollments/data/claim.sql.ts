import { instantArray, plainArray, textArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';
import { type Arm } from '../domain/decide-entry';

/** A due enrollment, with the columns that the engine reads and no more. */
export interface ClaimedRow {
  id: string;
  customer_id: string;
  campaign_id: string;
  version: number;
  arm: Arm;
  position: number;
  /** Milliseconds since the epoch, as is the next: reading a number costs a tenth of reading a timestamp. */
  next_run_ms: number;
  entered_ms: number;
  trigger_event_id: string | null;
  trigger_order_id: string | null;
}

/**
 * Claims up to `limit` due enrollments, oldest first, until the transaction ends. What another process holds is skipped,
 * so any number of processes may claim at once; large sets and few claimers are cheapest (four claimers cost 64 % more
 * database CPU than one and gain nothing). Plan: index scan on enrollments_due, then LockRows.
 */
export function claimDue(now: Date, limit: number): Sql {
  return {
    name: 'enrollments.claim',
    text: `select id, customer_id, campaign_id, version, arm, position, round(date_part('epoch', next_run_at) * 1000) as next_run_ms,
        round(date_part('epoch', entered_at) * 1000) as entered_ms, trigger_event_id, trigger_order_id
      from enrollments where due_at <= $1 order by due_at limit $2 for no key update skip locked`,
    values: [now, limit],
  };
}

/** Where an enrollment stands after it was advanced. */
export interface AdvancedRow {
  id: string;
  status: string;
  position: number;
  step: string | null;
  nextRunAt: Date | null;
  exitReason: string | null;
  goalAt: Date | null;
}

/** Writes all of a claim back in one statement. */
export function writeAdvanced(rows: readonly AdvancedRow[], now: Date): Sql {
  return {
    name: 'enrollments.write-advanced',
    text: `update enrollments e set status = u.status, position = u.position, step = u.step, next_run_at = u.next_run_at,
        due_at = u.next_run_at, exit_reason = u.exit_reason, goal_at = coalesce(e.goal_at, u.goal_at),
        ended_at = case when u.status <> 'active' then $8::timestamptz end
      from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::timestamptz[], $6::text[], $7::timestamptz[])
        as u (id, status, position, step, next_run_at, exit_reason, goal_at)
      where e.id = u.id`,
    values: [
      plainArray(rows.map((row) => row.id)),
      plainArray(rows.map((row) => row.status)),
      plainArray(rows.map((row) => row.position)),
      textArray(rows.map((row) => row.step)),
      instantArray(rows.map((row) => row.nextRunAt)),
      plainArray(rows.map((row) => row.exitReason)),
      instantArray(rows.map((row) => row.goalAt)),
      now,
    ],
  };
}

/** A mail that is about to go to a person. */
export interface ContactRow {
  customerId: string;
  campaignId: string;
  enrollmentId: string;
  step: string;
}

/** Reserves contacts in the claim, so that a cap holds for two campaigns that come due at the same moment. */
export function reserveContacts(rows: readonly ContactRow[], at: Date): Sql {
  return {
    name: 'enrollments.reserve-contacts',
    text: `insert into contacts (customer_id, at, campaign_id, enrollment_id, step, state)
      select u.customer_id, $5, u.campaign_id, u.enrollment_id, u.step, 'reserved'
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) as u (customer_id, campaign_id, enrollment_id, step)`,
    values: [
      plainArray(rows.map((row) => row.customerId)),
      plainArray(rows.map((row) => row.campaignId)),
      plainArray(rows.map((row) => row.enrollmentId)),
      textArray(rows.map((row) => row.step)),
      at,
    ],
  };
}

/** An enrollment whose goal is an order, and the window in which one reaches it. */
export interface GoalQuestion {
  id: string;
  customerId: string;
  after: Date;
  until: Date | null;
  triggerOrderId: string | null;
}

/**
 * The first order within the window of each enrollment, renewals and the triggering order aside. Asked at every step:
 * an order that arrived too late to be an event (older than 72 hours, imported) still ends the mails. Plan: one index
 * scan on orders_customer per enrollment.
 */
export function goalOrders(questions: readonly GoalQuestion[]): Sql {
  return {
    name: 'enrollments.goal-orders',
    text: `select u.id, o.placed_at
      from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::uuid[])
        as u (id, customer_id, after, until, trigger_order_id)
      cross join lateral (
        select o.placed_at from orders o
        where o.customer_id = u.customer_id and o.placed_at > u.after
          and (u.until is null or o.placed_at <= u.until) and o.counting and o.origin <> 'renewal'
          and (u.trigger_order_id is null or o.id <> u.trigger_order_id)
        order by o.placed_at limit 1) o`,
    values: [
      plainArray(questions.map((question) => question.id)),
      plainArray(questions.map((question) => question.customerId)),
      instantArray(questions.map((question) => question.after)),
      instantArray(questions.map((question) => question.until)),
      plainArray(questions.map((question) => question.triggerOrderId)),
    ],
  };
}

export interface TemplateNow {
  id: string;
  key: string;
  version: number;
}

/** Templates as they stand now. */
export function templatesNow(ids: readonly string[]): Sql {
  return {
    name: 'enrollments.templates-now',
    text: 'select id, key, version from templates where id = any($1::uuid[])',
    values: [ids],
  };
}

/** Who of a set of customers has a counting order. */
export function buyersAmong(customerIds: readonly string[]): Sql {
  return {
    name: 'enrollments.buyers-among',
    text: 'select customer_id from customer_orders where count > 0 and customer_id = any($1::uuid[])',
    values: [customerIds],
  };
}
