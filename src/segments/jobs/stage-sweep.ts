import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { Stages } from '../stages';

/** At the store's midnight: those who have been silent for longer than the threshold become lapsed. */
@Injectable()
export class StageSweep implements DueWork, OnModuleInit {
  readonly name = 'stages';
  readonly order = DUE_ORDER.stages;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly stages: Stages,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  nextDueAt(): Promise<Date | null> {
    return this.stages.nextSweepAt();
  }

  runDue(now: Date, limit: number): Promise<number> {
    return this.stages.sweep(now, limit);
  }
}
