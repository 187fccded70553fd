import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../platform/config/config';
import { Database } from '../platform/database/database';
import { AppLogger } from '../platform/logging/logger';
import { moveMark, readMark, type StoredMark } from './data/ledger-mark.sql';
import { type RememberedMark, whyRestored } from './domain/is-restored';
import { SendingSwitch } from './sending-switch';

/** How often the mark is compared and moved on while mail goes out (ms of real time). */
const EVERY_MS = 1_000;
/** In DATA_DIR: the mark that this machine remembers; and what an operator puts there to say that a backup was restored. */
const REMEMBERED = 'ledger-mark.json';
const TOLD = 'restored';

const REASONS = {
  older: 'a backup was restored: this database is older than the mail that was sent',
  moved: 'a backup was restored: this database is a copy, and the original may have sent what is queued here',
  told: 'a backup was restored',
} as const;

/**
 * Keeps a restored backup from sending its mail again: what was sent after it was taken is `queued` in it. While mail goes
 * out a mark in the database moves on, and each machine that sends remembers it in its `DATA_DIR`. A database that has come
 * less far than is remembered, or that lies elsewhere than it did, stops all mail by the global switch until somebody
 * releases it (`PUT /api/v1/settings/sending { "paused": false }`).
 *
 * Its resolution is a second: what went out within the second of the backup cannot be told.
 */
@Injectable()
export class RestoredBackup {
  private remembered: RememberedMark | undefined;
  private checkedAt = -Infinity;

  constructor(
    private readonly database: Database,
    private readonly sending: SendingSwitch,
    private readonly config: AppConfig,
    private readonly logger: AppLogger,
  ) {}

  /** To be asked before mail is claimed; at most once a second it looks. Throws only what the database throws. */
  async check(): Promise<void> {
    if (performance.now() - this.checkedAt < EVERY_MS) return;
    this.remembered ??= this.read();
    const [stored] = await this.database.query<StoredMark>(readMark());
    if (!stored) throw new Error('the ledger has no mark: was the database restored in part?');
    const told = existsSync(this.file(TOLD));
    const why = told ? 'told' : whyRestored(stored, this.remembered);
    // First the stop, then the mark: whoever dies in between finds the same again.
    if (why) await this.hold(REASONS[why]);
    const same = this.remembered?.instance === stored.instance;
    const [moved] = await this.database.query<StoredMark>(moveMark(same ? (this.remembered?.mark ?? 0) : 0));
    if (moved) this.remember({ instance: moved.instance, mark: moved.mark });
    if (told) rmSync(this.file(TOLD), { force: true });
    this.checkedAt = performance.now();
  }

  private async hold(reason: string): Promise<void> {
    this.logger.warn('all mail is stopped until it is released', { reason });
    await this.sending.change({ paused: true, reason });
  }

  private read(): RememberedMark | undefined {
    try {
      const { instance, mark } = JSON.parse(readFileSync(this.file(REMEMBERED), 'utf8')) as Partial<RememberedMark>;
      return typeof instance === 'string' && typeof mark === 'number' ? { instance, mark } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Without a folder to write to it is remembered as long as the process lives. */
  private remember(mark: RememberedMark): void {
    this.remembered = mark;
    const draft = this.file(`${REMEMBERED}.${process.pid}`);
    try {
      mkdirSync(this.config.dataDir, { recursive: true });
      writeFileSync(draft, JSON.stringify(mark), { mode: 0o600 });
      renameSync(draft, this.file(REMEMBERED));
    } catch (error) {
      this.logger.failure('the mark of the ledger could not be remembered in DATA_DIR', error);
    }
  }

  private file(name: string): string {
    return path.join(this.config.dataDir, name);
  }
}
