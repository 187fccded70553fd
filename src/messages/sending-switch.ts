import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Database } from '../platform/database/database';
import { notifyDue } from '../platform/jobs/notify';
import { SettingsStore } from '../platform/settings/settings';

/** Whether all mail is stopped, and why. */
export interface SendingSetting {
  paused: boolean;
  reason: string | null;
}

/** As the statements of the ledger read it: see `data/may-send.sql-fragments.ts`. */
const KEY = 'sending';

/** The global stop: while it is on nothing is claimed and no gate opens; what is queued waits. */
@Injectable()
export class SendingSwitch {
  constructor(
    private readonly database: Database,
    private readonly settings: SettingsStore,
    private readonly audit: AuditLog,
  ) {}

  async view(): Promise<SendingSetting> {
    return (await this.settings.get<SendingSetting>(KEY)) ?? { paused: false, reason: null };
  }

  async change(after: SendingSetting): Promise<SendingSetting> {
    await this.database.transaction(async (tx) => {
      const before = (await this.settings.get<SendingSetting>(KEY, tx)) ?? { paused: false, reason: null };
      await this.settings.put(tx, KEY, after);
      await this.audit.record(tx, { action: 'settings.sending', resource: 'settings:sending', before, after });
      await notifyDue(tx);
    });
    return after;
  }
}
