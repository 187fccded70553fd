import { WAITING_EVENT_SQL } from '../../customers/customer-events';
import { type Sql } from '../../platform/database/database';
import { type Arm } from '../domain/decide-entry';
import { REMOVE_TIMERS_OF_OLD } from './timers.sql';

/**
 * Locks the customers of the oldest events that wait, so that the events of one person are worked off in order and by
 * one process. FOR NO KEY UPDATE: rows that refer to a customer may be inserted meanwhile. The events are read by a
 * second statement: its snapshot is taken after the locks, so it does not see as waiting what another process has just
 * finished. Plan: index scan on customer_events_waiting, then customers_pkey.
 */
export function lockWaitingCustomers(limit: number): Sql {
  return {
    text: `with waiting as materialized (
        select customer_id from customer_events where ${WAITING_EVENT_SQL} order by id limit $1)
      select id from customers where id in (select customer_id from waiting) order by id for no key update skip locked`,
    values: [limit],
  };
}

export interface WaitingEvent {
  id: string;
  customer_id: string;
  type: string;
  occurred_at: Date;
  properties: Record<string, unknown>;
  reference: string | null;
  /** False: too late to start anything; it may still reach a goal. */
  starts: boolean;
}

/** The waiting events of locked customers, in the order in which they happened, whatever the order they came in. */
export function waitingEvents(customerIds: readonly string[], limit: number): Sql {
  return {
    text: `select id, customer_id, type, occurred_at, properties, reference, starts from customer_events
      where ${WAITING_EVENT_SQL} and customer_id = any($1::uuid[])
      order by occurred_at, type, event_id, id limit $2`,
    values: [customerIds, limit],
  };
}

/** Locks customers who are enrolled by hand or with a segment; who does not exist is not returned. */
export function lockCustomers(customerIds: readonly string[]): Sql {
  return {
    text: 'select id from customers where id = any($1::uuid[]) order by id for no key update',
    values: [customerIds],
  };
}

export interface HistoryRow {
  campaign_id: string;
  customer_id: string;
  first_arm: Arm;
  last_entered_at: Date;
  active_keys: string[];
}

/** The past of customers in campaigns. Plan: index scan on enrollments_customer. */
export function entryHistories(campaignIds: readonly string[], customerIds: readonly string[]): Sql {
  return {
    text: `select campaign_id, customer_id, (array_agg(arm order by entered_at, id))[1] as first_arm,
        max(entered_at) as last_entered_at,
        coalesce(array_agg(entry_key) filter (where status = 'active'), '{}') as active_keys
      from enrollments where customer_id = any($2::uuid[]) and campaign_id = any($1::uuid[])
      group by campaign_id, customer_id`,
    values: [campaignIds, customerIds],
  };
}

export interface AttributesRow {
  id: string;
  stage: string | null;
  since: Date;
  first_product: string | null;
}

/** What is kept of a person at entry: stage, since when we know them, the first product of their first order. */
export function entryAttributes(customerIds: readonly string[]): Sql {
  return {
    text: `select c.id, s.stage, least(c.created_at, co.first_at) as since, fp.product_external_id as first_product
      from customers c
      left join customer_stages s on s.customer_id = c.id
      left join customer_orders co on co.customer_id = c.id
      left join lateral (
        select l.product_external_id from orders o join order_lines l on l.order_id = o.id
        where o.customer_id = c.id and o.counting order by o.placed_at, o.id, l.position limit 1) fp on true
      where c.id = any($1::uuid[])`,
    values: [customerIds],
  };
}

export interface NewEnrollment {
  id: string;
  customerId: string;
  campaignId: string;
  version: number;
  epoch: number;
  arm: Arm;
  armReason: string;
  entryKey: string;
  step: string;
  triggerEventId: string | null;
  triggerOrderId: string | null;
  attributes: Record<string, unknown>;
}

/** Inserts enrollments that are due at once. */
export function insertEnrollments(rows: readonly NewEnrollment[], now: Date): Sql {
  return {
    text: `with entered as (
      insert into enrollments (id, customer_id, campaign_id, version, epoch, arm, arm_reason, entry_key, status,
        position, step, next_run_at, due_at, entered_at, trigger_event_id, trigger_order_id, attributes)
      select u.id, u.customer_id, u.campaign_id, u.version, u.epoch, u.arm, u.arm_reason, u.entry_key, 'active', 0, u.step,
        $13, $13, $13, u.trigger_event_id, u.trigger_order_id, u.attributes::jsonb
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::int[], $6::text[], $7::text[], $8::text[],
          $9::text[], $10::uuid[], $11::uuid[], $12::text[])
        as u (id, customer_id, campaign_id, version, epoch, arm, arm_reason, entry_key, step, trigger_event_id,
          trigger_order_id, attributes)
      returning id)
      insert into enrollment_timers (due_at, enrollment_id) select $13, id from entered`,
    values: [
      rows.map((row) => row.id),
      rows.map((row) => row.customerId),
      rows.map((row) => row.campaignId),
      rows.map((row) => row.version),
      rows.map((row) => row.epoch),
      rows.map((row) => row.arm),
      rows.map((row) => row.armReason),
      rows.map((row) => row.entryKey),
      rows.map((row) => row.step),
      rows.map((row) => row.triggerEventId),
      rows.map((row) => row.triggerOrderId),
      rows.map((row) => JSON.stringify(row.attributes)),
      now,
    ],
  };
}

export interface NewRefusal {
  id: string;
  customerId: string;
  campaignId: string;
  reason: string;
  detail: Record<string, unknown>;
  eventId: string | null;
}

export function insertRefusals(rows: readonly NewRefusal[], now: Date): Sql {
  return {
    text: `insert into enrollment_refusals (id, customer_id, campaign_id, at, reason, detail, event_id)
      select u.id, u.customer_id, u.campaign_id, $7, u.reason, u.detail::jsonb, u.event_id
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[])
        as u (id, customer_id, campaign_id, reason, detail, event_id)`,
    values: [
      rows.map((row) => row.id),
      rows.map((row) => row.customerId),
      rows.map((row) => row.campaignId),
      rows.map((row) => row.reason),
      rows.map((row) => JSON.stringify(row.detail)),
      rows.map((row) => row.eventId),
      now,
    ],
  };
}

export interface OpenEnrollment {
  id: string;
  customer_id: string;
  campaign_id: string;
  version: number;
  entered_at: Date;
  trigger_order_id: string | null;
}

/** The active enrollments of customers whose goal was not reached yet. */
export function openEnrollments(customerIds: readonly string[]): Sql {
  return {
    text: `select id, customer_id, campaign_id, version, entered_at, trigger_order_id from enrollments
      where customer_id = any($1::uuid[]) and status = 'active' and goal_at is null`,
    values: [customerIds],
  };
}

export interface ReachedGoal {
  id: string;
  at: Date;
  exit: boolean;
}

/** Records goals, and ends the enrollments whose campaigns say so. Those of a claim under way are waited for. */
export function reachGoals(rows: readonly ReachedGoal[], now: Date): Sql {
  return {
    text: `with old as materialized (
        select e.id, e.due_at, u.at, u.exit
        from unnest($1::uuid[], $2::timestamptz[], $3::boolean[]) as u (id, at, exit)
        join enrollments e on e.id = u.id and e.status = 'active' for no key update of e),
      timers as (${REMOVE_TIMERS_OF_OLD} and old.exit)
      update enrollments e set goal_at = u.at,
        status = case when u.exit then 'exited' else e.status end,
        exit_reason = case when u.exit then 'goal' end,
        ended_at = case when u.exit then $4::timestamptz end,
        step = case when u.exit then null else e.step end,
        next_run_at = case when u.exit then null else e.next_run_at end,
        due_at = case when u.exit then null else e.due_at end,
        waiting_since = case when u.exit then null else e.waiting_since end,
        waiting_for = case when u.exit then null else e.waiting_for end
      from old u where e.id = u.id`,
    values: [rows.map((row) => row.id), rows.map((row) => row.at), rows.map((row) => row.exit), now],
  };
}
