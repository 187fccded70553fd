import { type ExitReason } from '../../../kernel/reasons';
import { type EnrollmentState } from '../advance';
import { type Arm, type ArmReason } from '../decide-entry';
import { type SimulatedCampaign } from './simulated-campaign';
import { type LifeSeen, type TimelineLine } from './walk.types';

export interface Entry {
  id: string;
  at: number;
  arm: Arm;
  armReason: ArmReason;
  entryKey: string;
  orderId: string | null;
  trigger: string;
}

/** An enrollment of a simulation, as it is lived through. */
export class Life implements LifeSeen {
  readonly lines: TimelineLine[] = [];
  state: EnrollmentState;
  goalAt: Date | null = null;
  endedAt: number | null = null;
  next: { step: string; at: number } | null = null;

  constructor(
    readonly campaign: SimulatedCampaign,
    readonly customerId: string,
    private readonly entry: Entry,
  ) {
    const at = new Date(entry.at);
    const { arm } = entry;
    this.state = { status: 'active', arm, position: 0, nextRunAt: at, dueAt: at, exitReason: null, waitingSince: null };
  }

  get id(): string {
    return this.entry.id;
  }
  get enteredAt(): number {
    return this.entry.at;
  }
  get arm(): Arm {
    return this.entry.arm;
  }
  get armReason(): ArmReason {
    return this.entry.armReason;
  }
  get entryKey(): string {
    return this.entry.entryKey;
  }
  get orderId(): string | null {
    return this.entry.orderId;
  }
  get trigger(): string {
    return this.entry.trigger;
  }
  get status(): EnrollmentState['status'] {
    return this.state.status;
  }
  get exitReason(): ExitReason | null {
    return this.state.exitReason;
  }
  /** When the engine looks at it again; Infinity: never. */
  get dueAt(): number {
    return this.state.dueAt?.getTime() ?? Infinity;
  }

  /** What was waited for has come. */
  wake(at: number): void {
    if (this.dueAt > at) this.state = { ...this.state, dueAt: new Date(at) };
  }
}
