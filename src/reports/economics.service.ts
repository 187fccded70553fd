import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Refusal } from '../kernel/errors';
import { Database, type Queryable } from '../platform/database/database';
import { SettingsStore } from '../platform/settings/settings';
import { ECONOMICS_KEY } from './data/economics.sql';
import { type Economics, NO_ECONOMICS, readEconomics } from './domain/economics';

/** What the shop earns and what a mail costs it: with it reports tell profit beside revenue. */
@Injectable()
export class EconomicsSettings {
  constructor(
    private readonly database: Database,
    private readonly settings: SettingsStore,
    private readonly audit: AuditLog,
  ) {}

  /** The setting; nulls where none was made. */
  async view(db: Queryable = this.database): Promise<Economics> {
    return (await this.settings.get<Economics>(ECONOMICS_KEY, db)) ?? NO_ECONOMICS;
  }

  /** Replaces it; what is left out is null. @throws Refusal (422) with every fault. */
  async change(body: unknown): Promise<Economics> {
    const { setting, faults } = readEconomics(body);
    if (faults.length > 0) throw Refusal.invalid(faults);
    return this.database.transaction(async (tx) => {
      const before = await this.view(tx);
      await this.settings.put(tx, ECONOMICS_KEY, setting);
      const entry = { action: 'settings.economics', resource: 'settings:economics' };
      await this.audit.record(tx, { ...entry, before, after: setting });
      return setting;
    });
  }
}
