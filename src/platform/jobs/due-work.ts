import { Injectable } from '@nestjs/common';

/**
 * A kind of work that becomes due by itself: deliveries to work off, enrollments to advance, mails to send.
 * Any number of processes may run the same work at once: row locks and unique keys decide, not a leader.
 */
export interface DueWork {
  /** Stable name, for logs and metrics: `enrollments.advance`. */
  readonly name: string;
  /**
   * Position in the chain (see DUE_ORDER): where several are due at one instant the lower runs first, so that data
   * flows downstream: ingest, stages, entries, advance, send, outcomes.
   */
  readonly order: number;
  /** The instant of the nearest piece of this work, null when there is none. May lie in the past (then it is due). */
  nextDueAt(): Promise<Date | null>;
  /**
   * Does up to `limit` pieces that are due at `now` and returns how many it did. 0 means: nothing that this process
   * could take (it may be locked by another).
   */
  runDue(now: Date, limit: number): Promise<number>;
}

/** Order of the due work along the chain. */
export const DUE_ORDER = {
  /** First, though it comes last: so no other work wakes it, whose lines are few. */
  audit: 5,
  ingest: 10,
  imports: 20,
  redemptions: 25,
  stages: 30,
  loyalty: 32,
  threshold: 35,
  predictions: 38,
  affinities: 40,
  replenish: 42,
  members: 45,
  couponReminders: 48,
  holdoutRotation: 49,
  entries: 50,
  advance: 60,
  confirmations: 65,
  send: 70,
  bounces: 75,
  hits: 80,
  outcomes: 90,
  histories: 92,
  webhooks: 95,
} as const;

/**
 * The one list of due work. The live loop, the test clock, run-until-idle in tests and the drain at stop are four
 * drivers of it. Modules register in `onModuleInit`.
 */
@Injectable()
export class DueWorkRegistry {
  private readonly list: DueWork[] = [];

  register(work: DueWork): void {
    if (this.list.some((other) => other.name === work.name))
      throw new Error(`due work ${work.name} is registered twice`);
    this.list.push(work);
    this.list.sort((a, b) => a.order - b.order);
  }

  all(): readonly DueWork[] {
    return this.list;
  }
}
