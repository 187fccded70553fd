import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Enrollments } from '../../enrollments/enrollments.service';
import { Database } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { notifyDue } from '../../platform/jobs/notify';
import { SendLedger } from '../send-ledger';

/** Moves enrollments on and writes their messages in the same transaction: a step and its row stand or fall together. */
@Injectable()
export class AdvanceWork implements DueWork, OnModuleInit {
  readonly name = 'messages.advance';
  readonly order = DUE_ORDER.advance;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly database: Database,
    private readonly enrollments: Enrollments,
    private readonly ledger: SendLedger,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  nextDueAt(): Promise<Date | null> {
    return this.enrollments.nextDueAt();
  }

  runDue(now: Date, limit: number): Promise<number> {
    return this.database.transaction(async (tx) => {
      const { advanced, effects } = await this.enrollments.claimAndAdvance(tx, now, limit);
      if (effects.length > 0) {
        await this.ledger.enter(tx, effects, now);
        await notifyDue(tx);
      }
      return advanced;
    });
  }
}
