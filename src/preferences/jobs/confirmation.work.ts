import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { Confirmations } from '../confirmations';

/** Makes the mails that ask people to confirm a subscription. */
@Injectable()
export class ConfirmationWork implements DueWork, OnModuleInit {
  readonly name = 'preferences.confirmations';
  readonly order = DUE_ORDER.confirmations;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly confirmations: Confirmations,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  nextDueAt(): Promise<Date | null> {
    return this.confirmations.nextDueAt();
  }

  runDue(now: Date, limit: number): Promise<number> {
    return this.confirmations.send(now, limit);
  }
}
