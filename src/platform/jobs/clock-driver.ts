import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { Refusal } from '../../kernel/errors';
import { TestClock } from '../clock/test-clock';
import { Database } from '../database/database';
import { drainDueWork, nearestDueAt } from './drain-due-work';
import { DueWorkRegistry } from './due-work';
import { LiveLoop } from './live-loop';
import { ProgressCounters } from './progress-counters';

/** Key of the advisory lock that lets one advance run at a time, over all processes. */
const ADVANCE_LOCK = 7_264_001;

/** Answer of `POST /test-clock`; the counts are of this call. */
export interface Advance {
  now: string;
  entered: number;
  steps: number;
  messages: { sent: number; skipped: number; heldOut: number; failed: number };
}

/**
 * Drives the due work through time: first drains what was accepted, then goes from due time to due time, each at its
 * own instant, up to the target.
 */
@Injectable()
export class ClockDriver {
  constructor(
    private readonly clock: Clock,
    private readonly database: Database,
    private readonly registry: DueWorkRegistry,
    private readonly loop: LiveLoop,
    private readonly counters: ProgressCounters,
  ) {}

  /** The test clock, or a 404: without `TEST_CLOCK` its routes do not exist. */
  testClock(): TestClock {
    if (!(this.clock instanceof TestClock)) throw Refusal.notFound('The test clock (TEST_CLOCK is not set)');
    return this.clock;
  }

  /**
   * Moves the clock to `target(now)`. @throws Refusal 409 while another advance runs, 422 when the target lies before
   * now (path as given by the caller's `field`).
   */
  async advance(target: (now: Date) => Date, field: string): Promise<Advance> {
    const clock = this.testClock();
    const answer = await this.exclusively(() =>
      this.loop.whileSuspended(async () => {
        await clock.refresh(this.database);
        const to = target(clock.now());
        if (to < clock.now()) {
          throw Refusal.invalid([
            { path: field, message: `lies before the clock's position ${clock.now().toISOString()}` },
          ]);
        }
        const before = await this.counters.read();
        await this.travel(clock, to);
        const after = await this.counters.read();
        const grown = (name: keyof typeof after): number => (after[name] ?? 0) - (before[name] ?? 0);
        return {
          now: clock.now().toISOString(),
          entered: grown('entered'),
          steps: grown('steps'),
          messages: {
            sent: grown('messages.sent'),
            skipped: grown('messages.skipped'),
            heldOut: grown('messages.heldOut'),
            failed: grown('messages.failed'),
          },
        };
      }),
    );
    if (!answer) throw Refusal.conflict('The test clock is being advanced by another call; wait for its answer.');
    return answer;
  }

  private async travel(clock: TestClock, to: Date): Promise<void> {
    const works = this.registry.all();
    for (;;) {
      await drainDueWork(works, clock.now());
      const next = await nearestDueAt(works);
      if (next === null || next > to) break;
      await clock.moveTo(this.database, next);
    }
    await clock.moveTo(this.database, to);
    await drainDueWork(works, to);
  }

  /** Holds the lock in a transaction of its own; undefined when another process has it. A crash frees it. */
  private async exclusively<T>(fn: () => Promise<T>): Promise<T | undefined> {
    return this.database.transaction(async (tx) => {
      // The transaction only holds the lock and is idle while the advance runs, however long that takes.
      await tx.execute('set local idle_in_transaction_session_timeout = 0');
      const [row] = await tx.query<{ taken: boolean }>('select pg_try_advisory_xact_lock($1) as taken', [ADVANCE_LOCK]);
      return row?.taken ? await fn() : undefined;
    });
  }
}
