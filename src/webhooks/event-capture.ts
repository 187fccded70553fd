import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Refusal } from '../kernel/errors';
import { Database, sqlState } from '../platform/database/database';

/** SQLSTATE of a lock that did not come within `lock_timeout`. */
const LOCK_NOT_AVAILABLE = '55P03';
const TRIES = 10;
const PAUSE_MS = 200;

/**
 * The triggers that write events into the outbox rest until somebody wants to hear: where nobody does, they would cost
 * every batch something. Once woken they stay awake; without endpoints they then only look.
 */
@Injectable()
export class EventCapture {
  constructor(private readonly database: Database) {}

  /**
   * Wakes the triggers that rest, a table at a time, so that no writer ever waits for another table. Each waits a short
   * while for the writers of its table, and lets them pass between its tries.
   *
   * @throws Refusal 409 where a table is never free: nothing has been made then, and one may try again.
   */
  async wake(): Promise<void> {
    const resting = await this.database.query<{ table: string; trigger: string }>(
      `select quote_ident(c.relname) as "table", quote_ident(t.tgname) as "trigger"
       from pg_trigger t join pg_class c on c.oid = t.tgrelid
       where t.tgname like 'webhook\\_%' and not t.tgisinternal and t.tgenabled = 'D'`,
    );
    for (const { table, trigger } of resting) await this.wakeOne(table, trigger);
  }

  private async wakeOne(table: string, trigger: string): Promise<void> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.database.transaction(async (tx) => {
          await tx.execute(`set local lock_timeout = '500ms'`);
          await tx.execute(`alter table ${table} enable trigger ${trigger}`);
        });
      } catch (error) {
        if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
        if (tried === TRIES) {
          throw Refusal.conflict(`The table ${table} is being written to without a pause: try again in a while.`);
        }
        await pause(PAUSE_MS);
      }
    }
  }
}
