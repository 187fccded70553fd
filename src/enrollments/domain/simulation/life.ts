import { type ExitReason } from '../../../kernel/reasons';
import { type EnrollmentState } from '../advance';
import { type Arm, type ArmReason } from '../decide-entry';
import { type CustomerEvent, isAwaitedBy, isOfOwnOrder } from '../match-events';
import { type SimulatedCampaign } from './simulated-campaign';
import { type LifeSeen, type TimelineLine } from './walk.types';

/** By what somebody comes into a campaign. */
export interface Door {
  /** A type of event, a kind of trigger by the clock, or `enroll`. */
  trigger: string;
  entryKey: string;
  orderId: string | null;
}

/** How somebody entered. */
export interface Entry extends Door {
  id: string;
  at: number;
  arm: Arm;
  armReason: ArmReason;
}

/** An enrollment of a simulation, as it is lived through. */
export class Life implements LifeSeen {
  readonly lines: TimelineLine[] = [];
  state: EnrollmentState;
  /** Whether its timeline is kept. */
  isTold = true;
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

  /** Whether the event ends the wait that it is in; renewals and the order that started it end none. */
  awaits({ type, occurredAt, properties, reference }: CustomerEvent): boolean {
    const { position, waitingSince, nextRunAt } = this.state;
    const waiting = this.campaign.program.instructions[position];
    if (waiting?.op !== 'waitFor' || waiting.eventType !== type || !waitingSince || !nextRunAt) return false;
    if (type === 'order.counted' && properties.origin === 'renewal') return false;
    if (!isAwaitedBy(this.orderId, { type, reference }) || occurredAt > nextRunAt) return false;
    return occurredAt > waitingSince || isOfOwnOrder(this.orderId, { type, reference });
  }

  /** What was waited for has come. */
  wake(at: number): void {
    if (this.dueAt > at) this.state = { ...this.state, dueAt: new Date(at) };
  }
}
