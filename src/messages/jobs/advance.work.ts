import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Enrollments } from '../../enrollments/enrollments.service';
import { Database } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { notifyDue } from '../../platform/jobs/notify';
import { SeedLists } from '../seed-list';
import { SendLedger } from '../send-ledger';

/** Claims under way at once while there is a backlog: one computes while the other's statements run. More gain nothing. */
const LANES = 2;

/** Moves enrollments on and writes their messages in the same transaction: a step and its row stand or fall together. */
@Injectable()
export class AdvanceWork implements DueWork, OnModuleInit {
  readonly name = 'messages.advance';
  readonly order = DUE_ORDER.advance;
  /** Whether the last claim found as many as it may take. */
  private backlog = false;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly database: Database,
    private readonly enrollments: Enrollments,
    private readonly ledger: SendLedger,
    private readonly seeds: SeedLists,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  nextDueAt(): Promise<Date | null> {
    return this.enrollments.nextDueAt();
  }

  async runDue(now: Date, limit: number): Promise<number> {
    const lanes = Array.from({ length: this.backlog ? LANES : 1 }, () => this.advance(now, limit));
    // Both are waited for, also when one fails: nothing of this may still run when the driver has gone on.
    const ended = await Promise.allSettled(lanes);
    const failed = ended.find((lane) => lane.status === 'rejected');
    this.backlog = !failed && ended.every((lane) => lane.status === 'fulfilled' && lane.value === limit);
    if (failed) throw failed.reason;
    return ended.reduce((sum, lane) => sum + (lane.status === 'fulfilled' ? lane.value : 0), 0);
  }

  private advance(now: Date, limit: number): Promise<number> {
    return this.database.transaction(async (tx) => {
      const { advanced, effects } = await this.enrollments.claimAndAdvance(tx, now, limit);
      if (effects.length > 0) {
        const repeated = await this.ledger.enter(tx, effects, now);
        await this.seeds.enter(tx, effects, now);
        await this.enrollments.stoodBefore(tx, repeated);
        // Held-out and skipped ones give nobody anything to do.
        if (effects.some((effect) => effect.decision.status === 'queued')) await notifyDue(tx);
      }
      return advanced;
    });
  }
}
