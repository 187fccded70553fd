import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { Lifecycle } from '../lifecycle';

/** A month after the threshold `auto` was last computed it is computed again. */
@Injectable()
export class ThresholdRefresh implements DueWork, OnModuleInit {
  readonly name = 'threshold';
  readonly order = DUE_ORDER.threshold;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly lifecycle: Lifecycle,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  nextDueAt(): Promise<Date | null> {
    return this.lifecycle.nextEstimateAt();
  }

  async runDue(now: Date): Promise<number> {
    return (await this.lifecycle.refresh(now)) ? 1 : 0;
  }
}
