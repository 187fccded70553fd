import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../../kernel/clock';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../../platform/jobs/due-work';
import { HistoryKeeping } from '../history-keeping';

/** Whenever some thousand customers have changed: their order histories are put in. */
@Injectable()
export class HistoryKeepingWork implements DueWork, OnModuleInit {
  readonly name = 'order-histories';
  readonly order = DUE_ORDER.histories;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly keeping: HistoryKeeping,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nextDueAt(): Promise<Date | null> {
    return (await this.keeping.isDue()) ? this.clock.now() : null;
  }

  runDue(): Promise<number> {
    return this.keeping.run();
  }
}
