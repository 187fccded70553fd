import { stepName } from '../../../src/campaigns/campaign.types';
import { type Arm, type ArmReason } from '../../../src/enrollments/domain/decide-entry';
import { type EnrollmentStatus } from '../../../src/enrollments/domain/enrollment-transitions';
import { type ExitReason } from '../../../src/kernel/reasons';
import { type PlannedCampaign, type PlannedVersion } from './campaigns-in-time';

/** An enrollment as it is lived through once more. */
export interface Life {
  name: string;
  campaign: PlannedCampaign;
  plan: PlannedVersion;
  entry: { at: Date; after: boolean; arm: Arm; armReason: ArmReason; key: string; attributes: Record<string, unknown> };
  orderId: string | null;
  status: EnrollmentStatus;
  position: number;
  nextRunAt: Date | null;
  /** Null while frozen or ended. */
  dueAt: Date | null;
  /** When a mail of it was first deferred, or a wait for an event began. */
  waitingSince: Date | null;
  /** When an event that it waited for came from outside. */
  wokenAt: Date | null;
  exitReason: ExitReason | null;
  endedAt: Date | null;
  goalAt: Date | null;
}

/** Whose mail it is, for the contact policy. */
export function ownerOf(life: Life): { campaignId: string; priority: number } {
  return { campaignId: life.campaign.id, priority: life.plan.definition.priority };
}

/** How it should stand in the database. */
export function rowOf(life: Life): Record<string, unknown> {
  const next = life.status === 'active' ? life.plan.program.instructions[life.position] : undefined;
  return {
    outcome: 'enrolled',
    at: life.entry.at,
    arm: life.entry.arm,
    armReason: life.entry.armReason,
    version: life.plan.version,
    epoch: life.plan.epoch,
    entryKey: life.entry.key,
    orderId: life.orderId,
    attributes: life.entry.attributes,
    status: life.status,
    position: life.position,
    step: next ? stepName(next) : null,
    nextRunAt: life.nextRunAt,
    dueAt: life.dueAt,
    exitReason: life.exitReason,
    endedAt: life.endedAt,
    goalAt: life.goalAt,
  };
}
