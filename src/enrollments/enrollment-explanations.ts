import { Injectable } from '@nestjs/common';
import { type ExitReason, type Reason } from '../kernel/reasons';
import { type Queryable } from '../platform/database/database';
import { ENROLLMENT_COLUMNS, type EnrollmentRow } from './enrollment-view';

/** One decision of the engine about a customer and a campaign. Times are ISO 8601. */
export interface EntryExplanation {
  at: string;
  /** Null: about entering or leaving the campaign as a whole. */
  step: string | null;
  outcome: 'enrolled' | 'refused' | 'completed' | 'exited';
  reason: Reason | ExitReason | null;
  /** What the decision was taken from. */
  values: Record<string, unknown>;
}

export interface EnrollmentExplanation {
  decisions: EntryExplanation[];
  /** The step that comes next and when; null when nothing does. Frozen ones keep the time they were planned for. */
  next: { step: string | null; at: string } | null;
}

interface RefusalRow {
  id: string;
  at: Date;
  reason: Reason;
  detail: Record<string, unknown>;
}

interface PersonRow extends EnrollmentRow {
  attributes: Record<string, unknown>;
  entry_key: string;
}

const REFUSALS_SHOWN = 200;

/** Why a customer did or did not enter a campaign, and how it ended; what became of each step stands in the messages. */
@Injectable()
export class EnrollmentExplanations {
  /** The decisions about a customer in a campaign, oldest first (of refusals the latest two hundred). */
  async load(db: Queryable, customerId: string, campaignId: string): Promise<EnrollmentExplanation> {
    const refusals = await db.query<RefusalRow>(
      `select id, at, reason, detail from enrollment_refusals where customer_id = $1 and campaign_id = $2
       order by at desc, id desc limit $3`,
      [customerId, campaignId, REFUSALS_SHOWN],
    );
    const rows = await db.query<PersonRow>(
      `select ${ENROLLMENT_COLUMNS}, attributes, entry_key from enrollments
       where customer_id = $1 and campaign_id = $2 order by entered_at, id`,
      [customerId, campaignId],
    );
    // Ids ascend in the order of decision, so they tell what came first within one instant.
    const decided = [
      ...refusals.map((row) => ({ id: row.id, explanation: refused(row) })),
      ...rows.flatMap((row) => lifeOf(row).map((explanation) => ({ id: row.id, explanation }))),
    ].sort((a, b) => a.explanation.at.localeCompare(b.explanation.at) || a.id.localeCompare(b.id));
    const upcoming = rows
      .filter((row) => row.next_run_at !== null)
      .sort((a, b) => (a.next_run_at?.getTime() ?? 0) - (b.next_run_at?.getTime() ?? 0))[0];
    return {
      decisions: decided.map(({ explanation }) => explanation),
      next: upcoming?.next_run_at ? { step: upcoming.step, at: upcoming.next_run_at.toISOString() } : null,
    };
  }
}

function refused(row: RefusalRow): EntryExplanation {
  return { at: row.at.toISOString(), step: null, outcome: 'refused', reason: row.reason, values: row.detail };
}

function lifeOf(row: PersonRow): EntryExplanation[] {
  const entered: EntryExplanation = {
    at: row.entered_at.toISOString(),
    step: null,
    outcome: 'enrolled',
    reason: null,
    values: {
      enrollmentId: row.id,
      arm: row.arm,
      armReason: row.arm_reason,
      version: row.version,
      epoch: row.epoch,
      ...(row.entry_key === '' ? {} : { entryKey: row.entry_key }),
      ...row.attributes,
    },
  };
  if (row.ended_at === null || row.status === 'active') return [entered];
  const ended: EntryExplanation = {
    at: row.ended_at.toISOString(),
    step: null,
    outcome: row.status,
    reason: row.exit_reason,
    values: { enrollmentId: row.id, ...(row.goal_at ? { goalAt: row.goal_at.toISOString() } : {}) },
  };
  return [entered, ended];
}
