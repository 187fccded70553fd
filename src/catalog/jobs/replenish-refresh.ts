import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { ReplenishTimes } from '../replenish-times';

/** Every night in which orders have changed: after how many days products are bought again. */
@Injectable()
export class ReplenishRefresh implements DueWork, OnModuleInit {
  readonly name = 'catalog.replenish';
  readonly order = DUE_ORDER.replenish;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly times: ReplenishTimes,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  nextDueAt(): Promise<Date | null> {
    return this.times.nextRunAt();
  }

  async runDue(now: Date): Promise<number> {
    return (await this.times.refresh(now)) ? 1 : 0;
  }
}
