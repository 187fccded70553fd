import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { LoyaltyAccounts } from '../loyalty-accounts';

/** Reckons accounts of points: after orders, at the instant at which points expire or a tier ends, after a new setting. */
@Injectable()
export class LoyaltyWork implements DueWork, OnModuleInit {
  readonly name = 'incentives.loyalty';
  readonly order = DUE_ORDER.loyalty;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly accounts: LoyaltyAccounts,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  nextDueAt(): Promise<Date | null> {
    return this.accounts.nextWorkAt();
  }

  runDue(now: Date, limit: number): Promise<number> {
    return this.accounts.work(now, limit);
  }
}
