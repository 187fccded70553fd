import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { LOCK_ORDERS_SQL } from '../orders/order-watches';
import { AppConfig } from '../platform/config/config';
import { Database, type Queryable } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import * as sql from './data/loyalty.sql';
import { NO_LOYALTY, readLoyaltySetting } from './domain/read-loyalty-setting';
import { type DatedSetting } from './domain/rule-book';
import { type LoyaltySettingView } from './loyalty.types';

/** What orders earn, which tiers there are, what a referral brings. Off until it is set. */
@Injectable()
export class LoyaltySettings {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly audit: AuditLog,
  ) {}

  /** The setting that was made last. */
  async view(db: Queryable = this.database): Promise<LoyaltySettingView> {
    const settings = await db.query<DatedSetting>(sql.ALL_SETTINGS);
    const [fill] = await db.query<sql.FillRow>(sql.FILL);
    const last = settings.at(-1);
    return {
      ...(last?.setting ?? NO_LOYALTY),
      validFrom: last?.validFrom.toISOString() ?? null,
      reckoning: fill ? (fill.status === 'ready' ? 'ready' : 'running') : 'none',
    };
  }

  /**
   * Replaces the setting; what is left out is none. Orders placed from `validFrom` on (now, if nothing is said) go by it,
   * older ones by what held when they were placed. All accounts are reckoned anew in the background, silently.
   *
   * @throws Refusal (422) with every fault.
   */
  async change(body: unknown): Promise<LoyaltySettingView> {
    const { setting, validFrom, faults } = readLoyaltySetting(body, this.config.store.currency);
    if (faults.length > 0) throw Refusal.invalid(faults);
    const now = this.clock.now();
    return this.database.transaction(async (tx) => {
      // Orders that come in from here on see the setting; those that are coming in are waited for.
      await tx.query(LOCK_ORDERS_SQL);
      const before = await this.view(tx);
      await tx.execute(sql.appendSetting(setting, validFrom ?? now, now));
      await tx.execute(sql.requestReckoning(now));
      const after = await this.view(tx);
      await this.audit.record(tx, { action: 'settings.loyalty', resource: 'settings:loyalty', before, after });
      await notifyDue(tx);
      return after;
    });
  }
}
