import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { AppConfig } from '../platform/config/config';
import { AppLogger } from '../platform/logging/logger';
import { Metrics } from '../platform/metrics/metrics';
import { HitSpill } from './data/hit-spill';
import { HitWriter } from './data/hit-writer';
import { type Hit, type RecordedHit } from './tracking.types';

/** Hits of one commit at most. */
const BATCH = 500;
/** Hits that may wait for their commit; more are turned away rather than piled up in memory. */
const QUEUE_LIMIT = 20_000;
/**
 * A commit that takes longer counts as a database that is away. One that refuses its connections is away at once. An
 * unsubscribe waits that long, so that whoever made it is told that it is done, where it can be.
 */
const LONGEST_COMMIT_MS = 3_000;
/** While the database is away it is asked again this often, and for so long each time. */
const RETRY_MS = 1_000;
const PROBE_MS = 5_000;

/** What became of a hit. `kept`: safe on disk, the database is away or slow, nothing is known of the message yet. */
export type Recording = RecordedHit | 'kept' | 'turned_away';

interface Waiting {
  hit: Hit;
  settle: (recording: Recording) => void;
}

/**
 * Records hits by group commit: while one batch is being committed the next one gathers, and every caller waits for the
 * commit of its own. So an answer means that the hit is safe, and a thousand a second cost a few transactions.
 *
 * Nobody waits for a database that is away, hangs or is slow: what is not committed within `TRACKING_PATIENCE_MS` goes to
 * a synced file and is answered. So do all hits from then on, until that commit has come to its end, or the database
 * answers again; the file is replayed, oldest first. A hit that is in the file and was committed after all is one.
 */
@Injectable()
export class HitRecorder implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly queue: Waiting[] = [];
  private readonly spill: HitSpill;
  private readonly counter;
  private writing: Promise<void> | undefined;
  private replaying: Promise<number> | undefined;
  private away = false;
  private probing = false;
  /** The commit that was not waited for; its rows, or nothing when it is lost. */
  private late: Promise<RecordedHit[] | undefined> | undefined;
  private spilled = true;
  private stopping = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly patienceMs: number;

  constructor(
    private readonly writer: HitWriter,
    private readonly logger: AppLogger,
    config: AppConfig,
    metrics: Metrics,
  ) {
    this.patienceMs = config.trackingPatienceMs;
    this.spill = new HitSpill(config.dataDir);
    this.counter = metrics.counter(
      'ritorno_tracking_hits_total',
      'Hits on links of mails, by kind and by who made them',
      ['kind', 'machine'],
    );
    metrics.gauge('ritorno_tracking_hits_waiting', 'Hits that wait for their commit', [], (gauge) =>
      gauge.set(this.queue.length),
    );
  }

  /** Resolves when the hit is committed or synced to the file; never rejects. */
  record(hit: Hit): Promise<Recording> {
    if (this.queue.length >= QUEUE_LIMIT) return Promise.resolve('turned_away');
    return new Promise((settle) => {
      this.queue.push({ hit, settle });
      this.writing ??= this.writeAll();
    });
  }

  /** Whether hits wait in files of this process or of a dead one. */
  hasSpilled(): boolean {
    return this.spilled;
  }

  /** Writes what waits in files; returns how many hits. Rejects while the database is still away. */
  async replay(): Promise<number> {
    this.replaying ??= this.replayFiles().finally(() => (this.replaying = undefined));
    return this.replaying;
  }

  onApplicationBootstrap(): void {
    this.replayLater(0);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.replaying?.catch(() => undefined);
  }

  /** By now no request is open any more; what they waited for is done. */
  async onApplicationShutdown(): Promise<void> {
    await this.writing;
    await this.spill.take();
  }

  /**
   * One batch at a time: with two on their way each is half as large, and 30,000 opens over 64 connections took a quarter
   * more CPU time for the same rate.
   */
  private async writeAll(): Promise<void> {
    // Requests that arrive in the same turn of the event loop share the first batch too.
    await new Promise((turn) => setImmediate(turn));
    while (this.queue.length > 0) await this.settle(this.queue.splice(0, BATCH));
    // In the same turn as the look at the queue: a hit that arrives a moment later must find nobody writing.
    this.writing = undefined;
  }

  private async settle(batch: Waiting[]): Promise<void> {
    const hits = batch.map(({ hit }) => hit);
    const commit = this.away ? undefined : this.writer.write(hits);
    const recorded = commit && (await this.inPatience(commit, hits.length));
    if (!recorded && !(await this.keep(hits))) {
      for (const { settle } of batch) settle('turned_away');
      return;
    }
    const late = recorded ? undefined : this.late;
    batch.forEach(({ hit, settle }, index) => {
      this.counter.inc({ kind: hit.kind, machine: String(hit.machine) });
      if (late && hit.kind === 'unsubscribe') void late.then((rows) => settle(rows?.[index] ?? 'kept'));
      else settle(recorded?.[index] ?? 'kept');
    });
  }

  /** Undefined: it has failed, or is late, and the database counts as away. */
  private async inPatience(commit: Promise<RecordedHit[]>, hits: number): Promise<RecordedHit[] | undefined> {
    const settled = commit.catch((error: unknown) => this.lost(error, hits));
    const soon = await Promise.race([settled, after(this.patienceMs)]);
    if (soon !== LATE) return soon;
    this.away = true;
    this.late = this.follow(settled, hits).finally(() => (this.late = undefined));
    return undefined;
  }

  /** Waits for the end of a late commit: where it has gone well the database is not away but slow. */
  private async follow(commit: Promise<RecordedHit[] | undefined>, hits: number): Promise<RecordedHit[] | undefined> {
    const end = await Promise.race([commit, after(LONGEST_COMMIT_MS)]);
    if (end === LATE) return this.lost(new Error(`no commit within ${LONGEST_COMMIT_MS} ms`), hits);
    if (end) this.away = false;
    return end;
  }

  private lost(error: unknown, hits: number): undefined {
    this.logger.failure('hits cannot be committed and go to the file', error, { hits });
    this.away = true;
    this.probeLater();
  }

  /** Asks whether the database is back, with nothing to write: no hit waits for the answer. */
  private probeLater(): void {
    if (this.stopping || this.probing) return;
    this.probing = true;
    setTimeout(() => {
      inTime(this.writer.write([]), PROBE_MS).then(
        () => (this.away = this.probing = false),
        () => {
          this.probing = false;
          this.probeLater();
        },
      );
    }, RETRY_MS).unref();
  }

  private async keep(hits: readonly Hit[]): Promise<boolean> {
    try {
      await this.spill.append(hits);
      this.spilled = true;
      this.replayLater(RETRY_MS);
      return true;
    } catch (error) {
      this.logger.failure('hits cannot be kept in the file either and are turned away', error, { hits: hits.length });
      return false;
    }
  }

  private replayLater(ms: number): void {
    if (this.stopping) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.replay().catch(() => this.replayLater(RETRY_MS));
    }, ms);
    this.timer.unref();
  }

  private async replayFiles(): Promise<number> {
    let count = 0;
    // Cleared first: a hit that is spilled from here on sets it again.
    this.spilled = false;
    try {
      for (const file of await this.spill.take()) {
        const hits = await this.spill.read(file);
        for (let from = 0; from < hits.length; from += BATCH) await this.rewrite(hits.slice(from, from + BATCH));
        await this.spill.remove(file);
        count += hits.length;
      }
    } catch (error) {
      this.spilled = true;
      throw error;
    }
    if (count > 0) this.logger.info('hits that had waited in the file were recorded', { hits: count });
    return count;
  }

  /** Halves a batch that fails while the database answers, down to the one hit at fault, which is logged and left out. */
  private async rewrite(hits: Hit[]): Promise<void> {
    try {
      await this.writer.writeLate(hits);
    } catch (error) {
      await this.writer.write([]);
      if (hits.length === 1) return this.logger.failure('a hit cannot be recorded', error, { hit: hits[0]?.id });
      const middle = hits.length >> 1;
      await this.rewrite(hits.slice(0, middle));
      await this.rewrite(hits.slice(middle));
    }
  }
}

const LATE = Symbol('late');

function after(ms: number): Promise<typeof LATE> {
  return new Promise((resolve) => setTimeout(resolve, ms, LATE).unref());
}

function inTime<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
