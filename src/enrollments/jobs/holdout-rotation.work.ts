import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { GlobalHoldouts } from '../global-holdouts';

/** Begins the next period of the global holdout, before anybody enters a campaign or is mailed at that instant. */
@Injectable()
export class HoldoutRotationWork implements DueWork, OnModuleInit {
  readonly name = 'enrollments.holdout-rotation';
  readonly order = DUE_ORDER.holdoutRotation;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly holdouts: GlobalHoldouts,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  nextDueAt(): Promise<Date | null> {
    return this.holdouts.nextRotation();
  }

  runDue(now: Date): Promise<number> {
    return this.holdouts.rotate(now);
  }
}
