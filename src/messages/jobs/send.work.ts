import { type BeforeApplicationShutdown, Injectable, type OnModuleInit } from '@nestjs/common';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { RestoredBackup } from '../restored-backup';
import { SendEngine } from './send-engine';

/** Sends the messages that are due. */
@Injectable()
export class SendWork implements DueWork, OnModuleInit, BeforeApplicationShutdown {
  readonly name = 'messages.send';
  readonly order = DUE_ORDER.send;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly engine: SendEngine,
    private readonly backup: RestoredBackup,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  nextDueAt(): Promise<Date | null> {
    return this.engine.nextDueAt();
  }

  async runDue(now: Date, limit: number): Promise<number> {
    await this.backup.check();
    return this.engine.run(now, limit);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.engine.drain();
  }
}
