import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { readReturnedMail, type ReturnedMail } from '../../messages/bounce-mail';
import { AppConfig } from '../../platform/config/config';
import { Database, sqlState } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { AppLogger } from '../../platform/logging/logger';
import { BounceDoor } from '../bounce-door';
import { DeliveryIds } from '../delivery-ids';
import { isMailsFault } from '../domain/mails-fault';
import { Maildir } from '../maildir';

/** Mails at a time: each is a transaction of its own. */
const BATCH = 50;

/**
 * Reads the returned mails of a Maildir (`BOUNCE_MAILDIR`). Each has its effect once: its name is remembered in the
 * transaction of the effect, and it moves to `cur` after that is committed. Any number of processes may share a folder.
 */
@Injectable()
export class MaildirWork implements DueWork, OnModuleInit {
  readonly name = 'bounces.maildir';
  readonly order = DUE_ORDER.bounces;
  private readonly maildir: Maildir | undefined;

  constructor(
    config: AppConfig,
    private readonly registry: DueWorkRegistry,
    private readonly clock: Clock,
    private readonly database: Database,
    private readonly door: BounceDoor,
    private readonly ids: DeliveryIds,
    private readonly logger: AppLogger,
  ) {
    this.maildir = config.bounceMaildir === undefined ? undefined : new Maildir(config.bounceMaildir);
  }

  onModuleInit(): void {
    if (this.maildir) this.registry.register(this);
  }

  async nextDueAt(): Promise<Date | null> {
    const [first] = (await this.maildir?.waiting(1)) ?? [];
    return first === undefined ? null : this.clock.now();
  }

  async runDue(now: Date, limit: number): Promise<number> {
    const { maildir } = this;
    if (!maildir) return 0;
    const names = await maildir.waiting(Math.min(limit, BATCH));
    for (const name of names) await this.workOff(maildir, name, now);
    return names.length;
  }

  private async workOff(maildir: Maildir, name: string, now: Date): Promise<void> {
    const waiting = await maildir.read(name);
    if (!waiting) return;
    const mail = await this.understood(waiting.raw);
    try {
      if (!mail) throw new RangeError('too large, or no mail at all');
      await this.database.transaction(async (tx) => {
        if (await this.ids.isNew(tx, `maildir:${name}`, now)) await this.door.record(tx, mail, 'maildir');
      });
    } catch (error) {
      // A database that is away: the mail stays where it is.
      if (!isMailsFault(error, sqlState(error))) throw error;
      this.logger.warn('a mail of the Maildir cannot be read; it is set aside', { name });
      return maildir.setAside(name);
    }
    await maildir.done(name);
  }

  private async understood(raw: Buffer | null): Promise<ReturnedMail | undefined> {
    if (raw === null) return undefined;
    return readReturnedMail(raw).catch(() => undefined);
  }
}
