import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { AppLogger } from '../../platform/logging/logger';
import { MailPool } from '../../platform/mail/mail-pool';
import { groupOfAddress } from '../domain/destination-group';
import { type ClaimedRow } from '../data/claim-messages.sql';
import { type LedgerEntry } from '../data/write-ledger.sql';
import { beforeSend, type Halt } from '../domain/before-send';
import { settleSend } from '../domain/settle-send';
import { type ComposedMail } from '../mail-assembly';
import { BatchComposer } from './batch-composer';
import { Claims } from './claims';
import { ContactSettler } from './contact-settler';
import { LedgerWriter } from './ledger-writer';

/** Claimed messages at most, and the level at which more are claimed, per connection: full pipes, short leases. */
const FULL = 12;
const LOW = 6;
/** Longest wait of one call for room or for progress: a silent server must not hold up the driver. */
const PATIENCE_MS = 500;
const HEARTBEAT_MS = 10_000;
const RECOVER_EVERY_MS = 1_000;
/** Waits after an outage of all servers, on the injected clock; the last one repeats. */
const OUTAGE_WAITS_MS = [1_000, 5_000, 15_000, 30_000, 60_000];
/** A stop waits this long for mails that are on the wire. */
const DRAIN_MS = 25_000;

/** What was claimed and has no outcome yet, with its token. */
interface Held {
  token: string;
  row: ClaimedRow;
}

/**
 * Sends what is due: claims under a lease, composes in batches, hands to the pool, and writes outcomes. Several calls
 * share what is in flight, so that the connections never run dry between two claims.
 */
@Injectable()
export class SendEngine {
  private readonly held = new Map<string, Held>();
  private readonly watchers = new Set<() => void>();
  private heartbeat: NodeJS.Timeout | undefined;
  private recoveredAt = -Infinity;
  private outage: { until: Date; count: number } | undefined;
  private stopping = false;

  constructor(
    private readonly claims: Claims,
    private readonly clock: Clock,
    private readonly pool: MailPool,
    private readonly composer: BatchComposer,
    private readonly ledger: LedgerWriter,
    private readonly contacts: ContactSettler,
    private readonly logger: AppLogger,
  ) {}

  /** See `Claims.nextDueAt`; during an outage not before the next try. */
  async nextDueAt(): Promise<Date | null> {
    const at = await this.claims.nextDueAt(this.clock.now());
    return at !== null && this.outage && this.held.size === 0 && at < this.outage.until ? this.outage.until : at;
  }

  /**
   * Claims and starts up to `limit` messages and returns how many; when nothing is left to claim, waits a moment for
   * what is in flight and returns how many of those came to an end.
   */
  async run(now: Date, limit: number): Promise<number> {
    if (this.stopping) return 0;
    await this.recover(now);
    const done = await this.step(now, limit);
    await this.contacts.flush();
    return done;
  }

  private async step(now: Date, limit: number): Promise<number> {
    const room = this.pool.connections * FULL - this.held.size;
    const claimed = room > 0 && (await this.isOpen(now)) ? await this.claim(now, Math.min(limit, room)) : 0;
    if (claimed > 0) {
      await this.until(() => this.held.size <= this.pool.connections * LOW);
      return claimed;
    }
    const before = this.held.size;
    if (before > 0) await this.until(() => this.held.size === 0);
    return Math.max(0, before - this.held.size);
  }

  /** Takes on nothing new and waits for the mails on the wire: a clean stop leaves none uncertain. */
  async drain(): Promise<void> {
    this.stopping = true;
    this.pool.withdraw();
    await this.until(() => this.held.size === 0, DRAIN_MS);
    clearInterval(this.heartbeat);
    this.pool.close();
    await this.contacts.flush();
    if (this.held.size > 0) this.logger.warn('stopped with mails on the wire', { messages: [...this.held.keys()] });
  }

  private async claim(now: Date, limit: number): Promise<number> {
    const token = randomUUID();
    const { rows, moved, closed } = await this.claims.take(now, token, limit);
    if (closed.size > 0) this.pool.withdraw(({ to }) => closed.has(groupOfAddress(to)));
    // Before they are held: where this fails their leases run out and they are claimed again.
    const stops = await this.contacts.heldBack(rows, now);
    for (const row of rows) this.held.set(row.id, { token, row });
    if (rows.length > 0) await this.start(rows, stops, token, now);
    return rows.length + moved;
  }

  private async start(
    rows: readonly ClaimedRow[],
    stops: ReadonlyMap<string, Halt>,
    token: string,
    now: Date,
  ): Promise<void> {
    this.heartbeat ??= setInterval(() => void this.beat(), HEARTBEAT_MS).unref();
    const sendable: ClaimedRow[] = [];
    for (const row of rows) {
      const stop = this.stopping ? { nextTryAt: now } : (beforeSend(row, now) ?? stops.get(row.id));
      if (stop) void this.settle({ ...entryOf(row, token), ...stop });
      else sendable.push(row);
    }
    const sendableById = new Map(sendable.map((row) => [row.id, row]));
    try {
      for (const result of await this.composer.compose(sendable, now)) {
        const row = sendableById.get(result.id);
        if (!row) continue;
        if (result.ok) void this.send(row, token, result);
        else if ('nextTryAt' in result)
          void this.settle({
            ...entryOf(row, token),
            status: 'deferred',
            nextTryAt: result.nextTryAt,
            reply: result.detail,
          });
        else
          void this.settle({ ...entryOf(row, token), status: 'skipped', reason: result.reason, reply: result.detail });
      }
    } catch (error) {
      for (const row of sendable) void this.settle({ ...entryOf(row, token), status: 'queued', nextTryAt: now });
      throw error;
    }
  }

  private async send(row: ClaimedRow, token: string, mail: ComposedMail): Promise<void> {
    const gate = async (): Promise<boolean> => {
      const written = await this.ledger.gate({ id: row.id, token, subject: mail.subject });
      if (written) this.contacts.note(row, written.status);
      return written?.status === 'sending';
    };
    this.claims.handedOver(row.recipient);
    const outcome = await this.pool.send({ from: mail.from, to: mail.to, octets: mail.octets, key: row.id, gate });
    this.giveBack(this.claims.blamed(row, outcome));
    this.giveBack(await this.claims.ended(row, outcome, this.pool.connections));
    const now = this.clock.now();
    if (outcome.kind === 'withheld') return this.release(row.id, token);
    if (outcome.kind === 'withdrawn') return this.settle({ ...entryOf(row, token), nextTryAt: now });
    if (outcome.kind === 'unsent' && outcome.stage === 'connect') {
      if (!this.stopping) this.noteOutage(now, outcome.detail);
      return this.settle({ ...entryOf(row, token), status: 'queued', nextTryAt: now });
    }
    this.outage = undefined;
    if (outcome.kind === 'uncertain')
      this.logger.warn('a mail is uncertain', { message: row.id, detail: outcome.detail });
    const tried = { ...row, firstTriedAt: row.dateHeader };
    await this.settle({ ...entryOf(row, token), ...settleSend(tried, outcome, now) });
    if (outcome.kind === 'refused') await this.ledger.refused(row.id, outcome);
  }

  /** Mails that no connection has taken up yet and that have to wait now. */
  private giveBack(which: ((row: ClaimedRow) => boolean) | undefined): void {
    if (!which) return;
    this.pool.withdraw(({ key = '' }) => {
      const held = this.held.get(key);
      return held !== undefined && which(held.row);
    });
  }

  private async settle(entry: LedgerEntry): Promise<void> {
    const written = await this.ledger.settle(entry);
    const held = this.held.get(entry.id);
    if (written && held) this.contacts.note(held.row, written.status);
    if (!written) this.logger.warn('an outcome came too late: the message was no longer ours', { message: entry.id });
    this.release(entry.id, entry.token);
  }

  private release(id: string, token: string): void {
    if (this.held.get(id)?.token === token) this.held.delete(id);
    if (this.held.size === 0) {
      clearInterval(this.heartbeat);
      this.heartbeat = undefined;
      void this.contacts.flush();
    }
    for (const watcher of [...this.watchers]) watcher();
  }

  private async recover(now: Date): Promise<void> {
    if (performance.now() - this.recoveredAt < RECOVER_EVERY_MS) return;
    this.recoveredAt = performance.now();
    const rows = await this.claims.recover(now);
    const uncertain = rows.filter((row) => row.status === 'uncertain').map((row) => row.id);
    if (rows.length > 0) this.logger.warn('a worker was lost', { requeued: rows.length - uncertain.length, uncertain });
  }

  /** Whether there is a server to send to; asked before anything is claimed. */
  private async isOpen(now: Date): Promise<boolean> {
    if (this.outage && now < this.outage.until) return false;
    if (this.pool.hasConnection) return true;
    const at = await this.claims.nextDueAt(now);
    if (at === null || at > now) return false;
    if (await this.pool.isReady()) return true;
    this.noteOutage(now, 'no mail server can be reached');
    return false;
  }

  private noteOutage(now: Date, detail: string): void {
    if (this.outage && now < this.outage.until) return;
    const count = (this.outage?.count ?? 0) + 1;
    const wait = OUTAGE_WAITS_MS[Math.min(count, OUTAGE_WAITS_MS.length) - 1] ?? 0;
    this.outage = { until: new Date(now.getTime() + wait), count };
    this.logger.warn('no mail goes out', { detail, nextTryInMs: wait });
  }

  private async beat(): Promise<void> {
    const held = [...this.held];
    const ids = held.map(([id]) => id);
    const tokens = held.map(([, { token }]) => token);
    await this.claims
      .keep(ids, tokens)
      .catch((error: unknown) => this.logger.failure('leases could not be kept', error));
  }

  private until(met: () => boolean, patienceMs = PATIENCE_MS): Promise<void> {
    if (met()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.watchers.delete(look);
        resolve();
      };
      const look = (): void => (met() ? end() : undefined);
      const timer = setTimeout(end, patienceMs);
      this.watchers.add(look);
    });
  }
}

function entryOf(row: ClaimedRow, token: string): LedgerEntry {
  const { id, attempts, losses } = row;
  return { id, token, status: 'queued', reason: null, nextTryAt: null, attempts, losses, reply: null };
}
