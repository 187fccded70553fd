import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { Clock } from '../../kernel/clock';
import { Refusal } from '../../kernel/errors';
import { newId } from '../../kernel/ids';
import { Database } from '../../platform/database/database';
import { AppLogger } from '../../platform/logging/logger';
import {
  beginSimulation,
  endSimulation,
  failIfLost,
  findSimulation,
  insertSimulation,
  keepSimulations,
  type SimulationRow,
  type SimulationStatus,
} from '../data/simulations.sql';
import { type SimulationRequest, SimulationPlans } from './simulation-plans';
import { SimulationProcess } from './simulation-process';
import { SimulationCancelled, type SimulationJob, type SimulationProgress, type SimulationResult } from './simulator';

/** A simulation as the API shows it. Instants are ISO 8601. */
export interface SimulationView {
  id: string;
  campaignId: string;
  request: Record<string, unknown>;
  status: SimulationStatus;
  /** Customers done, and how many there are. */
  progress: SimulationProgress & { share: number };
  requestedAt: string;
  startedAt: string | null;
  finishedAt: string | null;
  /** Once it is completed. */
  result: SimulationResult | null;
  /** Why it failed. */
  error: string | null;
}

/** One that this process runs or is going to run. */
interface Held {
  id: string;
  job: SimulationJob;
  stop: AbortController;
  progress: SimulationProgress;
  /** Settled when its end stands in the table. */
  ended: Promise<void>;
  end: () => void;
}

/** The error of one that a stop of the service has cut off: asked for again it runs. */
export const CUT_OFF = 'the service was stopped';

/** At once in one process of the service: each fills a core. */
const AT_ONCE = 1;
/** Those that wait for it at most. */
const QUEUE = 10;
const SAY_EVERY_MS = 1_000;
const KEPT_MS = 7 * 86_400_000;

/**
 * Simulations as jobs: takes them on, runs a bounded number in processes of their own, tells how far they are to whoever
 * asks any process of the service, cancels them. At a stop those under way are given up: they have written nothing.
 */
@Injectable()
export class Simulations implements BeforeApplicationShutdown {
  private readonly held = new Map<string, Held>();
  private readonly queue: Held[] = [];
  private running = 0;
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly plans: SimulationPlans,
    private readonly process: SimulationProcess,
    private readonly logger: AppLogger,
  ) {}

  /** Takes one on and returns its id. @throws Refusal 404, 422; 429 when too many wait; 503 at a stop. */
  async start(ref: string, request: SimulationRequest): Promise<string> {
    const { campaignId, job } = await this.plans.plan(ref, request);
    if (this.stopping) throw new Refusal('unavailable', 'The service is stopping; ask again.');
    if (this.queue.length >= QUEUE) {
      throw new Refusal('too_many', 'Too many simulations are waiting; ask again later.');
    }
    const now = this.clock.now();
    const id = newId(now);
    const keepFrom = new Date(now.getTime() - KEPT_MS);
    await this.database.execute(insertSimulation({ id, campaignId, request }, now, keepFrom));
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const held = { id, job, stop: new AbortController(), progress: { done: 0, total: 0 }, ended, end };
    this.held.set(id, held);
    this.queue.push(held);
    this.timer ??= setInterval(() => void this.sayHowFar(), SAY_EVERY_MS).unref();
    this.next();
    return id;
  }

  /** One simulation, of whatever process. @throws Refusal 404. */
  async get(id: string): Promise<SimulationView> {
    await this.database.execute(failIfLost(id, this.clock.now()));
    const [row] = await this.database.query<SimulationRow>(findSimulation(id));
    if (!row) throw Refusal.notFound(`The simulation ${id}`);
    return viewOf(row);
  }

  /** Waits until it has ended, at most so long. Only for those of this process. */
  async settled(id: string, patienceMs: number): Promise<SimulationView> {
    const held = this.held.get(id);
    if (held) {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)));
      await Promise.race([held.ended, patience]);
      clearTimeout(timer);
    }
    return this.get(id);
  }

  /** Gives it up; one that has ended stays as it is. @throws Refusal 404. */
  async cancel(id: string): Promise<void> {
    await this.get(id);
    await this.database.execute(endSimulation(id, { status: 'cancelled' }, this.clock.now()));
    this.held.get(id)?.stop.abort();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    const left = [...this.held.values()];
    for (const { stop } of left) stop.abort();
    await Promise.all(left.map(({ ended }) => ended));
    clearInterval(this.timer);
  }

  private next(): void {
    while (this.running < AT_ONCE) {
      const held = this.queue.shift();
      if (!held) return;
      this.running++;
      void this.run(held)
        .catch((error: unknown) => this.logger.failure('the end of a simulation could not be noted', error))
        .finally(() => {
          this.running--;
          this.held.delete(held.id);
          held.end();
          this.next();
        });
    }
  }

  private async run(held: Held): Promise<void> {
    const { id, job, stop } = held;
    const begun = await this.database.execute(beginSimulation(id, this.clock.now()));
    if (begun === 0) return;
    try {
      const result = await this.process.run(job, stop.signal, (progress) => (held.progress = progress));
      await this.end(id, { status: 'completed', result });
    } catch (error) {
      if (error instanceof SimulationCancelled) {
        await this.end(id, this.stopping ? { status: 'failed', error: CUT_OFF } : { status: 'cancelled' });
        return;
      }
      this.logger.failure('a simulation failed', error);
      await this.end(id, { status: 'failed', error: 'it could not be run; the log of the service says why' });
    }
  }

  private async end(id: string, end: Parameters<typeof endSimulation>[1]): Promise<void> {
    await this.sayHowFar();
    await this.database.execute(endSimulation(id, end, this.clock.now()));
  }

  /** Writes the progress of all, and stops those that were cancelled by way of another process. */
  private async sayHowFar(): Promise<void> {
    const held = [...this.held.values()];
    if (held.length === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
      return;
    }
    try {
      const rows = held.map(({ id, progress }) => ({ id, ...progress }));
      const going = new Set((await this.database.query<{ id: string }>(keepSimulations(rows))).map(({ id }) => id));
      for (const { id, stop } of held) if (!going.has(id)) stop.abort();
    } catch (error) {
      this.logger.failure('the progress of simulations could not be noted', error);
    }
  }
}

function viewOf(row: SimulationRow): SimulationView {
  const { id, campaignId, request, status, done, total, error } = row;
  return {
    id,
    campaignId,
    request,
    status,
    progress: { done, total, share: status === 'completed' ? 1 : total === 0 ? 0 : Math.min(1, done / total) },
    requestedAt: row.requestedAt.toISOString(),
    startedAt: row.startedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    result: row.result as SimulationResult | null,
    error,
  };
}
