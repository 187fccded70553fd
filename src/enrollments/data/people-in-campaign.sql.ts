import { type Sql } from '../../platform/database/database';
import { REMOVE_TIMERS_OF_OLD } from './timers.sql';

/** Freezes everybody in a campaign: the plan stays, the engine no longer sees them. Claims under way are waited for. */
export function freeze(campaignId: string): Sql {
  return {
    text: `with old as materialized (
        select id, due_at from enrollments where campaign_id = $1 and status = 'active' and due_at is not null
        for no key update),
      timers as (${REMOVE_TIMERS_OF_OLD})
      update enrollments e set due_at = null from old where e.id = old.id`,
    values: [campaignId],
  };
}

export interface FrozenRow {
  id: string;
  next_run_at: Date;
  /** Since when its step holds it: it is looked at again at once, because what it waits for may have happened. */
  waiting_since: Date | null;
}

/** The next page of who is frozen in a campaign. Plan: index scan on enrollments_campaign. */
export function frozen(campaignId: string, afterId: string | null, limit: number): Sql {
  return {
    text: `select id, next_run_at, waiting_since from enrollments
      where campaign_id = $1 and ($2::uuid is null or id > $2) and status = 'active' and due_at is null
      order by id limit $3 for no key update`,
    values: [campaignId, afterId, limit],
  };
}

export function thaw(rows: ReadonlyArray<{ id: string; dueAt: Date }>): Sql {
  return {
    text: `with thawed as (
        update enrollments e set due_at = u.due_at from unnest($1::uuid[], $2::timestamptz[]) as u (id, due_at)
        where e.id = u.id and e.status = 'active' returning e.id, e.due_at)
      insert into enrollment_timers (due_at, enrollment_id) select due_at, id from thawed`,
    values: [rows.map((row) => row.id), rows.map((row) => row.dueAt)],
  };
}

/** Ends everybody in a campaign. */
export function exitCampaign(campaignId: string, reason: string, at: Date): Sql {
  return exit('campaign_id = $1', campaignId, reason, at);
}

/** Ends enrollments by id. */
export function exitEnrollments(ids: readonly string[], reason: string, at: Date): Sql {
  return exit('id = any($1::uuid[])', ids, reason, at);
}

/** Ends all enrollments of a customer. */
export function exitCustomer(customerId: string, reason: string, at: Date): Sql {
  return exit('customer_id = $1', customerId, reason, at);
}

function exit(whose: string, value: unknown, reason: string, at: Date): Sql {
  return {
    text: `with old as materialized (
        select id, due_at from enrollments where ${whose} and status = 'active' for no key update),
      timers as (${REMOVE_TIMERS_OF_OLD})
      update enrollments e set status = 'exited', exit_reason = $2, ended_at = $3, step = null, next_run_at = null,
        due_at = null, waiting_since = null, waiting_for = null
      from old where e.id = old.id`,
    values: [value, reason, at],
  };
}
