import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AppLogger } from '../platform/logging/logger';
import { type CompiledParts, type MailToRender, type RenderedMail, type RenderJob } from './domain/render-mail';
import { replyOf } from './thread-reply';

/** A mail with what it is made of. */
export interface RenderTask {
  mail: MailToRender;
  parts: CompiledParts;
}

/** How long a thread may take. A mail takes 0.05 ms; a machine may be busy, or the process may have been frozen. */
export interface RenderPatience {
  startMs: number;
  batchMs: number;
  mailMs: number;
}

const PATIENCE: RenderPatience = { startMs: 60_000, batchMs: 5_000, mailMs: 3_000 };
const MEMORY_MB = 256;
const IDLE_MS = 60_000;
/** Mails of one template in a batch that may show that it is too dear; the others of it are not tried in this batch. */
const CULPRITS = 2;
/** Locales that a thread keeps as functions. */
const KEPT = 300;
const MOST_THREADS = 4;

const TOO_DEAR: RenderedMail = { ok: false, message: 'The mail takes too long to render, or too much memory.' };
const UNTRIED: RenderedMail = {
  ok: false,
  message: 'Other mails of the template take too long to render, or too much memory.',
  untried: true,
};
const PROGRAM = `require(require('node:worker_threads').workerData)`;

/**
 * Fills in mails in threads with bounds of their own: a template is untrusted, and neither its time nor its memory may
 * become that of the process. A batch goes over as a whole. Where it takes too long or the thread dies, the thread is
 * replaced and the mails go over one by one: those that do it again fail, the others are none the worse.
 */
@Injectable()
export class RenderThreads implements OnApplicationShutdown {
  protected readonly patience: RenderPatience = PATIENCE;
  private readonly threads: RenderThread[] = [];
  private ended = false;

  constructor(private readonly logger: AppLogger) {}

  /** In the order of the tasks. */
  async render(tasks: readonly RenderTask[]): Promise<RenderedMail[]> {
    if (tasks.length === 0) return [];
    const whole = await this.thread().render(tasks, this.patience.batchMs);
    if (whole) return whole;
    return this.oneByOne(tasks);
  }

  async onApplicationShutdown(): Promise<void> {
    this.ended = true;
    await Promise.all(this.threads.map((thread) => thread.end()));
  }

  private async oneByOne(tasks: readonly RenderTask[]): Promise<RenderedMail[]> {
    const culprits = new Map<string, number>();
    const mails: RenderedMail[] = [];
    for (const task of tasks) {
      const { key } = task.mail;
      const before = culprits.get(key) ?? 0;
      if (before === CULPRITS) {
        mails.push(UNTRIED);
        continue;
      }
      const done = await this.thread().render([task], this.patience.mailMs);
      if (!done) culprits.set(key, before + 1);
      mails.push(done?.[0] ?? TOO_DEAR);
    }
    for (const [key, count] of culprits) {
      this.logger.warn('a template takes too long to render, or too much memory', { template: key, mails: count });
    }
    return mails;
  }

  /** One that has nothing to do, a new one while there are few, else the least busy. */
  private thread(): RenderThread {
    if (this.ended) throw new Error('the service is stopping');
    const most = Math.min(MOST_THREADS, Math.max(1, availableParallelism() - 1));
    const least = this.threads.toSorted((a, b) => a.waiting - b.waiting)[0];
    if (least && (least.waiting === 0 || this.threads.length >= most)) return least;
    const fresh = new RenderThread(this.patience.startMs);
    this.threads.push(fresh);
    return fresh;
  }
}

/** One thread, one batch after the other. It is started when it is wanted and ends after an idle minute. */
class RenderThread {
  /** Batches that were handed over and are not answered. */
  waiting = 0;
  private worker: Worker | undefined;
  private known = new Set<string>();
  private idle: NodeJS.Timeout | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly startMs: number) {}

  /** Undefined when it took too long or the thread died; the next batch gets a new one. */
  render(tasks: readonly RenderTask[], patienceMs: number): Promise<RenderedMail[] | undefined> {
    this.waiting++;
    const mine = this.last.then(() => this.one(tasks, patienceMs)).finally(() => this.waiting--);
    this.last = mine.catch(() => undefined);
    return mine;
  }

  async end(): Promise<void> {
    clearTimeout(this.idle);
    const { worker } = this;
    this.worker = undefined;
    this.known = new Set();
    await worker?.terminate();
  }

  private async one(tasks: readonly RenderTask[], patienceMs: number): Promise<RenderedMail[] | undefined> {
    clearTimeout(this.idle);
    const worker = (this.worker ??= await this.start());
    const job = this.jobOf(tasks);
    const answer = await replyOf(worker, patienceMs, () => worker.postMessage(job));
    if (answer === undefined) {
      await this.end();
      return undefined;
    }
    this.idle = setTimeout(() => void this.end(), IDLE_MS).unref();
    return answer as RenderedMail[];
  }

  /** The batch, with the parts of the keys that the thread does not know. */
  private jobOf(tasks: readonly RenderTask[]): RenderJob {
    let fresh = new Map(tasks.flatMap(({ mail, parts }) => (this.known.has(mail.key) ? [] : [[mail.key, parts]])));
    const forget = this.known.size + fresh.size > KEPT;
    if (forget) {
      this.known = new Set();
      fresh = new Map(tasks.map(({ mail, parts }) => [mail.key, parts]));
    }
    for (const key of fresh.keys()) this.known.add(key);
    const news = [...fresh].map(([key, { subject, html, text }]) => [key, { subject, html, text }] as const);
    return { batch: tasks.map(({ mail }) => mail), news, forget };
  }

  private async start(): Promise<Worker> {
    const worker = new Worker(PROGRAM, {
      eval: true,
      env: {},
      // What the process loads before anything else, its threads do too; its other options are its own.
      execArgv: preloads(process.execArgv),
      workerData: require.resolve('./render-thread'),
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
    });
    worker.unref();
    // A late error of a thread that was given up must not end the process.
    worker.on('error', () => undefined);
    if ((await replyOf(worker, this.startMs)) !== undefined) return worker;
    await worker.terminate();
    throw new Error('a thread that renders mails did not start');
  }
}

function preloads(options: readonly string[]): string[] {
  return options.flatMap((option, at) => {
    const value = options[at + 1];
    return (option === '--require' || option === '-r') && value !== undefined ? ['--require', value] : [];
  });
}
