import { Worker } from 'node:worker_threads';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type RawLayout } from './domain/lay-out-mjml';
import { replyOf } from './thread-reply';

/** Usual mails take 10 ms; some constructions within the limits of size take minutes (inlined styles: 117 s for 100 kB). */
const PATIENCE_MS = 10_000;
/** Loading the library takes half a second, on a busy machine several. */
const START_MS = 60_000;
const IDLE_MS = 10_000;
const MEMORY_MB = 512;

/**
 * Runs in the thread: plain JavaScript, because it starts from text wherever this file runs from. Includes are ignored
 * (they are refused before), and no fonts are linked: a font from a third party tells it who opens the mail.
 */
const PROGRAM = `
  const { parentPort, workerData } = require('node:worker_threads');
  const mjml2html = require(workerData.mjml);
  const options = { ignoreIncludes: true, validationLevel: 'soft', keepComments: true, minify: false, fonts: {} };
  parentPort.on('message', async (source) => {
    try {
      const { html, errors } = await mjml2html(source, options);
      const remarks = errors.map(({ line, message, tagName }) => ({ line, message, tagName }));
      parentPort.postMessage({ html, errors: remarks });
    } catch (error) {
      parentPort.postMessage({ failed: String(error && error.message) });
    }
  });
  parentPort.postMessage('ready');
`;

/**
 * Lays MJML out in a thread of its own, one source after the other: a template is untrusted, and neither its time nor
 * its memory may become that of the process. The thread is started when it is wanted and ends after ten idle seconds.
 */
@Injectable()
export class MjmlLayouter implements OnApplicationShutdown {
  protected readonly patienceMs: number = PATIENCE_MS;
  private thread: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;
  private last: Promise<unknown> = Promise.resolve();

  /** HTML with the remarks of the MJML validator; `tooSlow` when it took more than ten seconds or 512 MB. */
  readonly layOut = (source: string): Promise<RawLayout> => {
    const mine = this.last.then(() => this.one(source));
    this.last = mine.catch(() => undefined);
    return mine;
  };

  async onApplicationShutdown(): Promise<void> {
    await this.end();
  }

  private async one(source: string): Promise<RawLayout> {
    clearTimeout(this.idle);
    const thread = (this.thread ??= await start());
    const answer = await replyOf(thread, this.patienceMs, () => thread.postMessage(source));
    if (answer === undefined) {
      await this.end();
      return { tooSlow: true };
    }
    this.idle = setTimeout(() => void this.end(), IDLE_MS).unref();
    return answer as RawLayout;
  }

  private async end(): Promise<void> {
    clearTimeout(this.idle);
    const { thread } = this;
    this.thread = undefined;
    await thread?.terminate();
  }
}

async function start(): Promise<Worker> {
  const thread = new Worker(PROGRAM, {
    eval: true,
    execArgv: [],
    env: {},
    workerData: { mjml: require.resolve('mjml') },
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  });
  thread.unref();
  // A late error of a thread that was given up must not end the process.
  thread.on('error', () => undefined);
  const ready = await replyOf(thread, START_MS);
  if (ready === undefined) {
    await thread.terminate();
    throw new Error('the thread that lays out MJML did not start');
  }
  return thread;
}
