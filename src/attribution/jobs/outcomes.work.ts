import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { nextOutcomeDue } from '../data/outcomes.sql';
import { Outcomes } from '../outcomes';

/** Works off the orders whose outcomes and credits have to be brought up to date. */
@Injectable()
export class OutcomesWork implements DueWork, OnModuleInit {
  readonly name = 'attribution.outcomes';
  readonly order = DUE_ORDER.outcomes;

  constructor(
    private readonly database: Database,
    private readonly outcomes: Outcomes,
    private readonly registry: DueWorkRegistry,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nextDueAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ dueAt: Date | null }>(nextOutcomeDue());
    return row?.dueAt ?? null;
  }

  runDue(now: Date, limit: number): Promise<number> {
    return this.database.transaction((tx) => this.outcomes.workOff(tx, now, limit));
  }
}
