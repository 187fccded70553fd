import { Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { TestClock } from '../clock/test-clock';
import { Database } from '../database/database';
import { AppLogger } from '../logging/logger';
import { type DueWork, DueWorkRegistry } from './due-work';
import { BATCH } from './drain-due-work';

/** Behind notifications and due times: looks by itself this often, in case a notification was lost. */
const SLOW_POLL_MS = 5_000;
/** Due, but held by another process: look again soon. */
const HELD_POLL_MS = 100;
const FIRST_BACKOFF_MS = 500;
const LAST_BACKOFF_MS = 30_000;

/**
 * The live driver of the due work: one loop per kind, woken by the nearest due time, by notifications of other
 * processes, and by upstream work in this one. A failing kind backs off alone; the others go on.
 */
@Injectable()
export class LiveLoop {
  private workers: WorkLoop[] = [];
  private suspensions = 0;
  private stopped = false;

  constructor(
    private readonly registry: DueWorkRegistry,
    private readonly clock: Clock,
    private readonly database: Database,
    private readonly logger: AppLogger,
  ) {}

  start(): void {
    if (this.workers.length > 0 || this.stopped) return;
    this.workers = this.registry.all().map(
      (work) =>
        new WorkLoop(work, {
          now: () => this.now(),
          suspended: () => this.suspensions > 0,
          did: () => this.wakeDownstream(work),
          failed: (error) => this.logger.failure(`${work.name} failed; it is tried again`, error),
        }),
    );
    for (const worker of this.workers) worker.start();
  }

  /** Something may have become due: work of this name, or (without one) any. */
  wake(name = ''): void {
    for (const worker of this.workers) if (name === '' || worker.work.name === name) worker.wake();
  }

  /** Runs `fn` while no loop of this process works: the test clock drives the same list by itself. */
  async whileSuspended<T>(fn: () => Promise<T>): Promise<T> {
    this.suspensions++;
    try {
      await Promise.all(this.workers.map((worker) => worker.idle()));
      return await fn();
    } finally {
      this.suspensions--;
      this.wake();
    }
  }

  /** Takes on nothing new and waits for what is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.workers.map((worker) => worker.stop()));
    this.workers = [];
  }

  private async now(): Promise<Date> {
    if (this.clock instanceof TestClock) await this.clock.refresh(this.database);
    return this.clock.now();
  }

  /** What this work made is due for those after it; `>=` because kinds may share an order. */
  private wakeDownstream(from: DueWork): void {
    for (const worker of this.workers) if (worker.work.order >= from.order && worker.work !== from) worker.wake();
  }
}

interface LoopHost {
  now(): Promise<Date>;
  suspended(): boolean;
  did(): void;
  failed(error: unknown): void;
}

/** One never-ending loop: work until nothing can be taken, then sleep until woken or the nearest due time. */
class WorkLoop {
  private woken = false;
  private stopping = false;
  private failures = 0;
  private ended: Promise<void> = Promise.resolve();
  private pass: Promise<number> | undefined;
  private endSleep: (() => void) | undefined;

  constructor(
    readonly work: DueWork,
    private readonly host: LoopHost,
  ) {}

  start(): void {
    this.ended = this.loop();
  }

  /** A loop that backs off after a failure sleeps on: it would only fail faster. */
  wake(): void {
    this.woken = true;
    if (this.failures === 0) this.endSleep?.();
  }

  async idle(): Promise<void> {
    await this.pass?.catch(() => undefined);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.endSleep?.();
    await this.ended;
  }

  private async loop(): Promise<void> {
    while (!this.stopping) {
      this.woken = false;
      let rest = SLOW_POLL_MS;
      if (!this.host.suspended()) {
        try {
          this.pass = this.workOff();
          rest = await this.pass;
          this.failures = 0;
        } catch (error) {
          this.host.failed(error);
          rest = Math.min(LAST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** this.failures++);
        } finally {
          this.pass = undefined;
        }
      }
      if (!this.stopping && (!this.woken || this.failures > 0)) await this.sleep(rest);
    }
  }

  /**
   * Works until nothing more can be taken; returns how long to sleep in ms. Asks first whether anything is due: each
   * batch upstream wakes all kinds downstream, and a look at an index costs a fraction of a claim that finds nothing.
   */
  private async workOff(): Promise<number> {
    const now = await this.host.now();
    const due = await this.work.nextDueAt();
    if (due === null) return SLOW_POLL_MS;
    const ahead = due.getTime() - now.getTime();
    if (ahead > 0) return Math.min(ahead, SLOW_POLL_MS);
    let taken = 0;
    for (;;) {
      if (this.stopping || this.host.suspended()) return 0;
      const done = await this.work.runDue(await this.host.now(), BATCH);
      if (done === 0) return taken > 0 ? 0 : HELD_POLL_MS;
      taken += done;
      this.host.did();
    }
  }

  private async sleep(ms: number): Promise<void> {
    await new Promise<void>((done) => {
      const timer = setTimeout(done, ms);
      this.endSleep = () => {
        clearTimeout(timer);
        done();
      };
    });
    this.endSleep = undefined;
  }
}
