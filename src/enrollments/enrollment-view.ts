import { type ExitReason } from '../kernel/reasons';
import { type Arm } from './domain/decide-entry';
import { type EnrollmentStatus } from './domain/enrollment-transitions';

/** An enrollment as the API shows it. `step` runs at `nextRunAt`; both are null once it has ended. */
export interface EnrollmentView {
  id: string;
  customerId: string;
  campaignId: string;
  version: number;
  epoch: number;
  arm: Arm;
  armReason: string;
  status: EnrollmentStatus;
  step: string | null;
  nextRunAt: string | null;
  enteredAt: string;
  endedAt: string | null;
  exitReason: ExitReason | null;
  goalAt: string | null;
}

export interface EnrollmentRow {
  id: string;
  customer_id: string;
  campaign_id: string;
  version: number;
  epoch: number;
  arm: Arm;
  arm_reason: string;
  status: EnrollmentStatus;
  step: string | null;
  next_run_at: Date | null;
  entered_at: Date;
  ended_at: Date | null;
  exit_reason: ExitReason | null;
  goal_at: Date | null;
}

export const ENROLLMENT_COLUMNS = `id, customer_id, campaign_id, version, epoch, arm, arm_reason, status, step, next_run_at,
  entered_at, ended_at, exit_reason, goal_at`;

export function enrollmentView(row: EnrollmentRow): EnrollmentView {
  return {
    id: row.id,
    customerId: row.customer_id,
    campaignId: row.campaign_id,
    version: row.version,
    epoch: row.epoch,
    arm: row.arm,
    armReason: row.arm_reason,
    status: row.status,
    step: row.step,
    nextRunAt: row.next_run_at?.toISOString() ?? null,
    enteredAt: row.entered_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    exitReason: row.exit_reason,
    goalAt: row.goal_at?.toISOString() ?? null,
  };
}
