import { type Reason } from '../../../kernel/reasons';
import { type Arm, type ArmReason } from '../decide-entry';
import { type SimulatedCampaign } from './simulated-campaign';

/** One line of a timeline: a decision, with the values from which it was taken. */
export interface TimelineLine {
  at: number;
  step: string;
  kind: string;
  outcome: string;
  reason?: Reason;
  values: Record<string, unknown>;
}

/** An enrollment of the simulation, as those who count it see it. */
export interface LifeSeen {
  readonly campaign: SimulatedCampaign;
  readonly customerId: string;
  readonly enteredAt: number;
  readonly arm: Arm;
  readonly armReason: ArmReason;
  /** What brought the person in: a type of event, `schedule`, `enroll`. */
  readonly trigger: string;
  readonly lines: readonly TimelineLine[];
  readonly status: string;
  readonly exitReason: string | null;
  readonly endedAt: number | null;
  readonly next: { step: string; at: number } | null;
}

export interface RefusalSeen {
  campaign: SimulatedCampaign;
  customerId: string;
  at: number;
  trigger: string;
  reason: Reason;
  values: Record<string, unknown>;
}

/** What became of an e-mail step that was due. */
export type MailSeen = {
  step: string;
  /** When it was decided. */
  at: number;
  /** When it was planned. */
  dueAt: number;
} & ({ status: 'queued' | 'held_out'; reason: null } | { status: 'skipped'; reason: Reason });

/** A mail that the contact policy did not let go. */
export interface VerdictSeen {
  step: string;
  reason: Reason;
  action: 'defer' | 'skip';
  /** Campaigns whose mails filled the cap, if it was the cap. */
  rivals: readonly string[];
}

/** Who is told what happens in a walk, as it happens. */
export interface WalkListener {
  /** Returns whether it wants to see the timeline. */
  enteredBy(life: LifeSeen): boolean;
  refusedEntry(refusal: RefusalSeen): void;
  mail(life: LifeSeen, mail: MailSeen): void;
  /** Which way a step that chooses went. */
  decided(life: LifeSeen, step: string, kind: string, outcome: string): void;
  heldBack(life: LifeSeen, verdict: VerdictSeen): void;
  /** A decision looked at what the person did with mails; `assumed`: of one that only the simulation has sent. */
  askedEngagement(campaign: SimulatedCampaign, assumed: boolean): void;
  /** `completed`, a reason of exit, or `active` at the end of the period. */
  finished(life: LifeSeen, how: string): void;
}
