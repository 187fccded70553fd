import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import { Database } from '../platform/database/database';
import { outcomesBehind } from './data/outcomes.sql';

const LOOK_EVERY_MS = 50;
/** Longest wait: where no worker runs, or one has more to do, a report is of a moment ago. */
const PATIENCE_MS = 5_000;

/** How far the matching of orders to enrollments has come. */
@Injectable()
export class OutcomeProgress {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /**
   * Waits until the orders that are known by now have been matched, five seconds at most: who imports orders and asks for
   * a report next finds them in it.
   */
  async caughtUp(): Promise<void> {
    const until = performance.now() + PATIENCE_MS;
    let mark: string | null = null;
    for (;;) {
      const [row]: Array<{ behind: boolean; last: string | null }> = await this.database.query(
        outcomesBehind(mark, this.clock.now()),
      );
      if (!row?.behind || performance.now() > until) return;
      mark ??= row.last;
      await sleep(LOOK_EVERY_MS);
    }
  }
}
