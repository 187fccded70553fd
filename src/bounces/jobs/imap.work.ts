import { createHash, randomUUID } from 'node:crypto';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { readReturnedMail, type ReturnedMail } from '../../messages/bounce-mail';
import { AppConfig } from '../../platform/config/config';
import { Database, sqlState } from '../../platform/database/database';
import { DUE_ORDER, type DueWork, DueWorkRegistry } from '../../platform/jobs/due-work';
import { AppLogger } from '../../platform/logging/logger';
import { BounceDoor } from '../bounce-door';
import {
  claimMailbox,
  countMail,
  leaveMailbox,
  mailboxFailed,
  type MailboxReads,
  mailboxReads,
  mailboxWasRead,
} from '../data/mailbox-reads.sql';
import { DeliveryIds } from '../delivery-ids';
import { isMailsFault } from '../domain/mails-fault';
import { ImapMailbox, type LyingMail, MailboxRefusal, MailboxTrouble, type OpenFolder } from '../imap-mailbox';

/** Mails looked at in a visit, and what of them is read: the rest waits for the next, which follows at once. */
const MOST_MAILS = 200;
const MOST_OCTETS = 32 * 1024 * 1024;
const BATCH = 25;
/** Longer than a visit may last. */
const LEASE_SECONDS = 180;
/** Between two visits to a server that fails, in seconds: twice as long each time. */
const BACK_OFF = [30, 900] as const;

/** What a visit came to. */
interface Visit {
  handled: number;
  /** Mails that the server would not give or move: they lie where they lay. */
  stayed: number;
  octets: number;
  isThrough: boolean;
  refusal: MailboxRefusal | undefined;
}

/**
 * Reads the returned mails of a mailbox (`BOUNCE_IMAP_URL`), one worker at a time. Each has its effect once: its digest is
 * remembered in the transaction of the effect, and it moves to another folder after that is committed. A server that fails
 * is left alone for longer and longer, which all workers share; nothing else waits for it.
 */
@Injectable()
export class ImapWork implements DueWork, OnModuleInit, OnModuleDestroy {
  readonly name = 'bounces.imap';
  readonly order = DUE_ORDER.bounces;
  private readonly mailbox: ImapMailbox | undefined;
  /** Names the mailbox without saying whose it is. */
  private readonly key: string;
  private stopping = false;

  constructor(
    private readonly config: AppConfig,
    private readonly registry: DueWorkRegistry,
    private readonly clock: Clock,
    private readonly database: Database,
    private readonly door: BounceDoor,
    private readonly ids: DeliveryIds,
    private readonly logger: AppLogger,
  ) {
    const at = config.bounceMailbox;
    this.mailbox = at === undefined ? undefined : new ImapMailbox(at);
    this.key = digestOf(Buffer.from(at === undefined ? '' : `${at.user}@${at.host}:${at.port}/${at.folder}`));
  }

  onModuleInit(): void {
    if (this.mailbox) this.registry.register(this);
  }

  /** Before the loops are waited for: a server that stalls holds no stop up. */
  onModuleDestroy(): void {
    this.stopping = true;
    this.mailbox?.abort();
  }

  /** How the reading goes; undefined before the first look. */
  async state(): Promise<MailboxReads | undefined> {
    return (await this.database.query<MailboxReads>(mailboxReads(this.key)))[0];
  }

  /** The mailbox lives in the time of the world: on the test clock it is due at the standing instant or not at all. */
  async nextDueAt(): Promise<Date | null> {
    const ahead = (await this.state())?.aheadMs ?? 0;
    if (ahead <= 0) return this.clock.now();
    return this.config.testClock === undefined ? new Date(this.clock.now().getTime() + Math.ceil(ahead)) : null;
  }

  async runDue(now: Date): Promise<number> {
    const { mailbox } = this;
    const token = randomUUID();
    if (!mailbox || this.stopping) return 0;
    if ((await this.database.query(claimMailbox(this.key, token, LEASE_SECONDS))).length === 0) return 0;
    try {
      const visit = await mailbox.visit((folder) => this.readThrough(folder, now));
      if (visit.refusal) await this.failed(token, visit.refusal, visit.stayed);
      else await this.read(token, visit);
      return visit.handled;
    } catch (error) {
      if (this.stopping) await this.database.execute(leaveMailbox(this.key, token));
      else if (error instanceof MailboxTrouble) await this.failed(token, error, 0);
      else await this.givenUp(token, error);
      return 0;
    }
  }

  private async read(token: string, { handled, isThrough }: Visit): Promise<void> {
    const every = this.config.bounceMailbox?.everySeconds ?? 0;
    await this.database.execute(mailboxWasRead(this.key, token, isThrough ? every : 0));
    if (handled > 0) this.logger.info('returned mails were read from the mailbox', { mails: handled });
  }

  private async failed(token: string, trouble: MailboxTrouble, stayed: number): Promise<void> {
    const rows = await this.database.query<{ failures: number }>(
      mailboxFailed(this.key, token, trouble.message, BACK_OFF),
    );
    this.logger.warn('the mailbox of returned mails cannot be read; it is tried again later', {
      said: trouble.message,
      failures: rows[0]?.failures,
      ...(stayed > 0 ? { stayed } : {}),
    });
  }

  /** Not the mailbox's fault (the database is away): it is tried again as the loop has it. */
  private async givenUp(token: string, error: unknown): Promise<never> {
    await this.database.execute(leaveMailbox(this.key, token)).catch(() => undefined);
    throw error;
  }

  private async readThrough(folder: OpenFolder, now: Date): Promise<Visit> {
    const visit: Visit = { handled: 0, stayed: 0, octets: 0, isThrough: false, refusal: undefined };
    while (visit.handled + visit.stayed < MOST_MAILS && visit.octets < MOST_OCTETS) {
      const lying = await folder.lying(visit.stayed, BATCH);
      visit.isThrough = lying.length === 0;
      if (visit.isThrough) break;
      for (const mail of lying) {
        if (this.stopping || visit.octets >= MOST_OCTETS) return visit;
        await this.workOff(folder, mail, visit, now);
      }
    }
    return visit;
  }

  private async workOff(folder: OpenFolder, lying: LyingMail, visit: Visit, now: Date): Promise<void> {
    try {
      const raw = await folder.read(lying);
      if (raw === undefined) throw new MailboxRefusal('reading a mail', 'the server lists it and does not give it');
      visit.octets += raw?.length ?? 0;
      await folder.move(lying, await this.takeIn(raw, now));
      visit.handled++;
    } catch (error) {
      if (!(error instanceof MailboxRefusal)) throw error;
      visit.stayed++;
      visit.refusal = error;
    }
  }

  /** Does what follows from a mail, and says where it belongs. A database that is away throws: the mail stays. */
  private async takeIn(raw: Buffer | null, now: Date): Promise<'processed' | 'failed'> {
    const mail = raw === null ? undefined : await understood(raw);
    try {
      if (raw === null || !mail) throw new RangeError('too large, or no mail at all');
      await this.database.transaction(async (tx) => {
        if (!(await this.ids.isNew(tx, `imap:${digestOf(raw)}`, now))) return;
        await this.door.record(tx, mail, 'mailbox');
        await tx.execute(countMail(this.key, 'processed'));
      });
      return 'processed';
    } catch (error) {
      if (!isMailsFault(error, sqlState(error))) throw error;
      this.logger.warn('a mail of the mailbox cannot be read; it is set aside', {
        octets: raw?.length,
        error: (error as Error).name,
      });
      await this.database.execute(countMail(this.key, 'failed'));
      return 'failed';
    }
  }
}

async function understood(raw: Buffer): Promise<ReturnedMail | undefined> {
  return readReturnedMail(raw).catch(() => undefined);
}

const digestOf = (raw: Buffer): string => createHash('sha256').update(raw).digest('hex');
