import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { ImportIngest } from '../import-ingest';

/** Imports whose file has arrived are due from when it did. */
@Injectable()
export class ImportsWork implements DueWork, OnModuleInit {
  readonly name = 'storefront.imports';
  readonly order = DUE_ORDER.imports;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly ingest: ImportIngest,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  nextDueAt(): Promise<Date | null> {
    return this.ingest.oldestRunning();
  }

  runDue(now: Date): Promise<number> {
    return this.ingest.workOff(now);
  }
}
