import { type Sql } from '../../platform/database/database';

/** Freezes everybody in a campaign: the plan stays, the engine no longer sees them. Claims under way are waited for. */
export function freeze(campaignId: string): Sql {
  return {
    text: `update enrollments set due_at = null where campaign_id = $1 and status = 'active' and due_at is not null`,
    values: [campaignId],
  };
}

export interface FrozenRow {
  id: string;
  next_run_at: Date;
}

/** The next page of who is frozen in a campaign. Plan: index scan on enrollments_campaign. */
export function frozen(campaignId: string, afterId: string | null, limit: number): Sql {
  return {
    text: `select id, next_run_at from enrollments
      where campaign_id = $1 and ($2::uuid is null or id > $2) and status = 'active' and due_at is null
      order by id limit $3 for no key update`,
    values: [campaignId, afterId, limit],
  };
}

export function thaw(rows: ReadonlyArray<{ id: string; dueAt: Date }>): Sql {
  return {
    text: `update enrollments e set due_at = u.due_at from unnest($1::uuid[], $2::timestamptz[]) as u (id, due_at)
      where e.id = u.id and e.status = 'active'`,
    values: [rows.map((row) => row.id), rows.map((row) => row.dueAt)],
  };
}

const ENDED = `status = 'exited', exit_reason = $2, ended_at = $3, step = null, next_run_at = null, due_at = null`;

/** Ends everybody in a campaign. */
export function exitCampaign(campaignId: string, reason: string, at: Date): Sql {
  return {
    text: `update enrollments set ${ENDED} where campaign_id = $1 and status = 'active'`,
    values: [campaignId, reason, at],
  };
}

/** Ends enrollments by id. */
export function exitEnrollments(ids: readonly string[], reason: string, at: Date): Sql {
  return {
    text: `update enrollments set ${ENDED} where id = any($1::uuid[]) and status = 'active'`,
    values: [ids, reason, at],
  };
}

/** Ends all enrollments of a customer. */
export function exitCustomer(customerId: string, reason: string, at: Date): Sql {
  return {
    text: `update enrollments set ${ENDED} where customer_id = $1 and status = 'active'`,
    values: [customerId, reason, at],
  };
}
