import { type ExitReason, type Reason } from '../../kernel/reasons';
import { type Sql } from '../../platform/database/database';
import { ENROLLMENT_COLUMNS, type EnrollmentRow } from '../enrollment-view';

/** More than anybody reads; the latest are the ones that are asked about. */
const MOST_ROWS = 200;
const MOST_DECISIONS = 1_000;

export interface RefusalRow {
  id: string;
  at: Date;
  campaignId: string;
  reason: Reason;
  detail: Record<string, unknown>;
}

/** The latest refusals of a customer, of one campaign or of all. */
export function refusalsOf(customerId: string, campaignId: string | null): Sql {
  return {
    text: `select id, at, campaign_id as "campaignId", reason, detail from enrollment_refusals
      where customer_id = $1 and ($2::uuid is null or campaign_id = $2) order by at desc, id desc limit ${MOST_ROWS}`,
    values: [customerId, campaignId],
  };
}

export interface StandingRow extends EnrollmentRow {
  attributes: Record<string, unknown>;
  entry_key: string;
  trigger_order_id: string | null;
  position: number;
  due_at: Date | null;
  waiting_since: Date | null;
  waiting_for: string | null;
}

/** The latest enrollments of a customer, of one campaign or of all. */
export function enrollmentsOf(customerId: string, campaignId: string | null): Sql {
  return {
    text: `select ${ENROLLMENT_COLUMNS}, attributes, entry_key, trigger_order_id, position, due_at, waiting_since, waiting_for
      from enrollments where customer_id = $1 and ($2::uuid is null or campaign_id = $2)
      order by entered_at desc, id desc limit ${MOST_ROWS}`,
    values: [customerId, campaignId],
  };
}

export interface DecisionRow {
  id: number;
  enrollmentId: string;
  campaignId: string;
  at: Date;
  step: string;
  kind: string;
  outcome: string;
  reason: Reason | ExitReason | null;
  values: Record<string, unknown>;
}

/** The latest decisions about some enrollments, by their index. */
export function decisionsAbout(enrollmentIds: readonly string[]): Sql {
  return {
    text: `select id, enrollment_id as "enrollmentId", campaign_id as "campaignId", at, step, kind, outcome, reason, values
      from enrollment_decisions where enrollment_id = any($1::uuid[]) order by id desc limit ${MOST_DECISIONS}`,
    values: [enrollmentIds],
  };
}

/** The names of campaigns. */
export function campaignKeys(ids: readonly string[]): Sql {
  return { text: 'select id, key from campaigns where id = any($1::uuid[])', values: [ids] };
}
