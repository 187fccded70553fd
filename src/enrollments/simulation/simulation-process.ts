import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../../platform/config/config';
import { DatabaseUrl } from '../../platform/database/database-url';
import { SimulationCancelled, type SimulationJob, type SimulationProgress, type SimulationResult } from './simulator';

/** What the process is told first, and all it is told. */
export interface SimulationOrder {
  /** Of the service, as plain data. */
  config: Record<string, unknown>;
  databaseUrl: string;
  job: SimulationJob;
}

/** What it says. */
export type SimulationWord =
  | ({ kind: 'progress' } & SimulationProgress)
  | { kind: 'done'; result: SimulationResult }
  | { kind: 'failed'; message: string };

/**
 * The program beside `main`: it has to know every module with facts, also those downstream of this one. It runs from
 * where the service runs, built or compiled on the fly.
 */
const PROGRAM = path.join(__dirname, `../../simulation-program${path.extname(__filename)}`);

/**
 * Runs a simulation in a process of its own: minutes of arithmetic in the service's would hold up every request, and what
 * it needs of memory goes with it. A killed one leaves nothing behind: it only reads.
 */
@Injectable()
export class SimulationProcess {
  constructor(
    private readonly config: AppConfig,
    private readonly url: DatabaseUrl,
  ) {}

  /** @throws SimulationCancelled when `signal` says so; Error when the process failed. */
  async run(
    job: SimulationJob,
    signal: AbortSignal,
    progress: (progress: SimulationProgress) => void,
  ): Promise<SimulationResult> {
    if (signal.aborted) throw new SimulationCancelled();
    // The flags that the service was started with hold for it as well.
    const child = fork(PROGRAM, [], { serialization: 'advanced', execArgv: process.execArgv });
    const kill = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', kill, { once: true });
    try {
      const order: SimulationOrder = {
        config: Object.fromEntries(Object.entries(this.config)),
        databaseUrl: this.url.value,
        job,
      };
      child.send(order);
      return await wordOf(child, progress);
    } catch (error) {
      if (signal.aborted) throw new SimulationCancelled();
      throw error;
    } finally {
      signal.removeEventListener('abort', kill);
      kill();
    }
  }
}

function wordOf(child: ChildProcess, progress: (progress: SimulationProgress) => void): Promise<SimulationResult> {
  return new Promise((resolve, reject) => {
    child.on('message', (message) => {
      const word = message as SimulationWord;
      if (word.kind === 'progress') progress({ done: word.done, total: word.total });
      else if (word.kind === 'done') resolve(word.result);
      else reject(new Error(word.message));
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`the simulation ended with ${code ?? signal ?? 'nothing'}`)));
  });
}
