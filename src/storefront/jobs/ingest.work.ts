import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { INGEST_WORK } from '../data/store-deliveries.sql';
import { DeliveryIngest } from '../delivery-ingest';

/** Stored deliveries are due from when they came. */
@Injectable()
export class IngestWork implements DueWork, OnModuleInit {
  readonly name = INGEST_WORK;
  readonly order = DUE_ORDER.ingest;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly ingest: DeliveryIngest,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  nextDueAt(): Promise<Date | null> {
    return this.ingest.nextWaiting();
  }

  /** Six deliveries for one of other work: a batch has the lock, and its commit, once. */
  runDue(now: Date, limit: number): Promise<number> {
    return this.ingest.workOff(now, 6 * limit);
  }
}
