import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { CustomerPredictions } from '../customer-predictions';

/** Every night, once a condition has asked: what is expected of each customer. */
@Injectable()
export class PredictionsWork implements DueWork, OnModuleInit {
  readonly name = 'predictions';
  readonly order = DUE_ORDER.predictions;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly predictions: CustomerPredictions,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  nextDueAt(): Promise<Date | null> {
    return this.predictions.nextRunAt();
  }

  runDue(now: Date): Promise<number> {
    return this.predictions.run(now);
  }
}
