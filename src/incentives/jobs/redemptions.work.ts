import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { NEXT_ORDER } from '../data/redemptions.sql';
import { Redemptions } from '../redemptions';

/** Redeems the coupons that orders name. */
@Injectable()
export class RedemptionsWork implements DueWork, OnModuleInit {
  readonly name = 'incentives.redemptions';
  readonly order = DUE_ORDER.redemptions;

  constructor(
    private readonly database: Database,
    private readonly redemptions: Redemptions,
    private readonly registry: DueWorkRegistry,
  ) {}

  onModuleInit(): void {
    this.registry.register(this);
  }

  async nextDueAt(): Promise<Date | null> {
    const [row] = await this.database.query<{ at: Date }>(NEXT_ORDER);
    return row?.at ?? null;
  }

  runDue(_now: Date, limit: number): Promise<number> {
    return this.database.transaction((tx) => this.redemptions.workOff(tx, limit));
  }
}
