import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type DueWork, DUE_ORDER, DueWorkRegistry } from '../../platform/jobs/due-work';
import { HitRecorder } from '../hit-recorder';

/** Due since ever. */
const AT_ONCE = new Date(0);

/** Hits that waited in a file for the database are due as soon as there is one. */
@Injectable()
export class ReplayHits implements DueWork, OnModuleInit {
  readonly name = 'tracking.replay';
  readonly order = DUE_ORDER.hits;

  constructor(
    private readonly recorder: HitRecorder,
    private readonly registry: DueWorkRegistry,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  nextDueAt(): Promise<Date | null> {
    return Promise.resolve(this.recorder.hasSpilled() ? AT_ONCE : null);
  }

  runDue(): Promise<number> {
    return this.recorder.replay();
  }
}
