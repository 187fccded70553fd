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

/** When somebody entered, and as which of the person's enrollments. */
export interface Entry {
  at: number;
  turn: number;
}

/** An enrollment of a simulation, as it is lived through. */
export class Life implements LifeSeen {
  readonly lines: TimelineLine[] = [];
  readonly arm: Arm;
  readonly armReason: ArmReason;
  state: EnrollmentState;
  /** Whether its timeline is kept. */
  isTold = true;
  goalAt: Date | null = null;
  endedAt: number | null = null;
  next: { step: string; at: number } | null = null;

  constructor(
    readonly campaign: SimulatedCampaign,
    readonly customerId: string,
    private readonly door: Door,
    { arm, armReason }: { arm: Arm; armReason: ArmReason },
    private readonly entry: Entry,
  ) {
    const at = new Date(entry.at);
    this.arm = arm;
    this.armReason = armReason;
    this.state = { status: 'active', arm, position: 0, nextRunAt: at, dueAt: at, exitReason: null, waitingSince: null };
  }

  get id(): string {
    return `${this.campaign.campaignId} ${this.entry.turn}`;
  }
  get turn(): number {
    return this.entry.turn;
  }
  get enteredAt(): number {
    return this.entry.at;
  }
  get entryKey(): string {
    return this.door.entryKey;
  }
  get orderId(): string | null {
    return this.door.orderId;
  }
  get trigger(): string {
    return this.door.trigger;
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

/** Campaign by campaign, who entered first. */
export function inOrderOfEntry(a: Life, b: Life): number {
  const [one, other] = [a.campaign.campaignId, b.campaign.campaignId];
  return one < other ? -1 : one > other ? 1 : a.turn - b.turn;
}
