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
  /** Milliseconds since the epoch, as are the next three: reading a number costs a tenth of reading a timestamp. */
  next_run_ms: number;
  due_ms: number;
  entered_ms: number;
  waiting_ms: number | null;
  trigger_event_id: string | null;
  trigger_order_id: string | null;
  /** The customer's. */
  timezone: string | null;
  /** Place of its timer; null where it was pulled in beside another enrollment of the same customer. */
  timer: string | null;
}

const millis = (column: string): string => `round(date_part('epoch', ${column}) * 1000)`;

const CLAIMED = `e.id, e.customer_id, e.campaign_id, e.version, e.arm, e.position, e.next_run_at, e.due_at, e.entered_at,
  e.waiting_since, e.trigger_event_id, e.trigger_order_id`;

const AS_READ = `e.id, e.customer_id, e.campaign_id, e.version, e.arm, e.position, ${millis('e.next_run_at')} as next_run_ms,
  ${millis('e.due_at')} as due_ms, ${millis('e.entered_at')} as entered_ms, ${millis('e.waiting_since')} as waiting_ms,
  e.trigger_event_id, e.trigger_order_id, c.timezone`;

/**
 * Claims up to `limit` due enrollments, oldest first, until the transaction ends. What another process holds is skipped,
 * so any number of processes may claim at once; large sets and few claimers are cheapest (four claimers cost 64 % more
 * database CPU than one and gain nothing). Only the enrollment is locked: where somebody else has moved it on since the
 * statement began, its `due_at` is no longer that of the timer.
 *
 * Plan: index scan on enrollment_timers_due, enrollments_pkey and LockRows per timer until the limit, customers_pkey per
 * row. The lateral form leaves no other, and it is planned each time: a plan kept from when there were few timers sorted
 * all of them for every claim (80 against 25 µs a row).
 */
export function claimDue(now: Date, limit: number): Sql {
  return {
    text: `with e as materialized (
        select t.ctid as timer, e.*
        from (select ctid, due_at, enrollment_id from enrollment_timers where due_at <= $1 order by due_at) t
        cross join lateral (
          select ${CLAIMED} from enrollments e
          where e.id = t.enrollment_id and e.due_at = t.due_at for no key update skip locked) e
        limit $2)
      select ${AS_READ}, e.timer::text as timer from e join customers c on c.id = e.customer_id`,
    values: [now, limit],
  };
}

/**
 * The other enrollments of customers that are due: where several campaigns want the same person, one claim decides.
 * Plan: index scan on enrollments_customer.
 */
export function claimSiblings(customerIds: readonly string[], claimed: readonly string[], now: Date): Sql {
  return {
    name: 'enrollments.claim-siblings',
    text: `with e as materialized (
        select ${CLAIMED} from enrollments e
        where e.customer_id = any($1::uuid[]) and e.status = 'active' and e.due_at <= $3 and e.id <> all($2::uuid[])
        order by e.id for no key update of e skip locked)
      select ${AS_READ}, null as timer from e join customers c on c.id = e.customer_id`,
    values: [plainArray(customerIds), plainArray(claimed), now],
  };
}

/**
 * Locks those of the customers that are free. The claim holds enrollments while others hold customers and wait for
 * enrollments: so it waits for nobody, and what it does not get it leaves for the next time.
 */
export function lockFreeCustomers(customerIds: readonly string[]): Sql {
  return {
    name: 'enrollments.lock-free-customers',
    text: 'select id from customers where id = any($1::uuid[]) order by id for no key update skip locked',
    values: [plainArray(customerIds)],
  };
}

/**
 * One claim at a time in the whole cluster while a cap is set: what one lets go, the next one counts, and of two campaigns
 * that are due at once for the same person none is held by another claim.
 */
export const ONE_CLAIM_AT_A_TIME = `select pg_advisory_xact_lock(hashtextextended('ritorno.enrollments.cap', 0))`;

/** Where an enrollment stands after it was advanced. */
export interface AdvancedRow {
  id: string;
  status: string;
  position: number;
  step: string | null;
  nextRunAt: Date | null;
  dueAt: Date | null;
  exitReason: string | null;
  goalAt: Date | null;
  waitingSince: Date | null;
  waitingFor: string | null;
}

/** Writes all of a claim back in one statement; rows that only wait stay on their pages (no index has what changes). */
export function writeAdvanced(rows: readonly AdvancedRow[], now: Date): Sql {
  return {
    name: 'enrollments.write-advanced',
    text: `update enrollments e set status = u.status, position = u.position, step = u.step, next_run_at = u.next_run_at,
        due_at = u.due_at, exit_reason = u.exit_reason, goal_at = coalesce(e.goal_at, u.goal_at),
        waiting_since = u.waiting_since, waiting_for = u.waiting_for,
        ended_at = case when u.status <> 'active' then $11::timestamptz end
      from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[],
          $8::timestamptz[], $9::timestamptz[], $10::text[])
        as u (id, status, position, step, next_run_at, due_at, exit_reason, goal_at, waiting_since, waiting_for)
      where e.id = u.id`,
    values: [
      plainArray(rows.map((row) => row.id)),
      plainArray(rows.map((row) => row.status)),
      plainArray(rows.map((row) => row.position)),
      textArray(rows.map((row) => row.step)),
      instantArray(rows.map((row) => row.nextRunAt)),
      instantArray(rows.map((row) => row.dueAt)),
      plainArray(rows.map((row) => row.exitReason)),
      instantArray(rows.map((row) => row.goalAt)),
      instantArray(rows.map((row) => row.waitingSince)),
      textArray(rows.map((row) => row.waitingFor)),
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

/**
 * Reserves contacts in the claim, so that a cap holds for two campaigns that come due at the same moment. Who was moved
 * back to a mail that they have had gets neither the mail nor a second contact.
 */
export function reserveContacts(rows: readonly ContactRow[], at: Date): Sql {
  return {
    name: 'enrollments.reserve-contacts',
    text: `insert into contacts (customer_id, at, campaign_id, enrollment_id, step, state)
      select u.customer_id, $5, u.campaign_id, u.enrollment_id, u.step, 'reserved'
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) as u (customer_id, campaign_id, enrollment_id, step)
      on conflict (enrollment_id, step) do nothing`,
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

/** Surveys as they stand now. */
export function surveysNow(ids: readonly string[]): Sql {
  return {
    name: 'enrollments.surveys-now',
    text: 'select id, version from surveys where id = any($1::uuid[])',
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
