import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ADMIN_KEY } from './app';
import { type BuiltProgram } from './built-program';

/** The service's program in a process of its own, beside others on the same database. */
export class ServiceProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    private readonly dataDir: string,
    private readonly keepsData: boolean,
  ) {}

  /**
   * Starts it in the role of the API alone and waits until it is ready. `dataDir`: one that outlives it; `realTime`: without
   * the test clock.
   */
  static async start(
    program: BuiltProgram,
    databaseUrl: string,
    more: { dataDir?: string; realTime?: boolean } = {},
  ): Promise<ServiceProcess> {
    const dataDir = more.dataDir ?? mkdtempSync(path.join(tmpdir(), 'ritorno-process-'));
    const port = await freePort();
    const child = spawn(process.execPath, [program.main], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'test',
        ROLE: 'api',
        PORT: String(port),
        HOST: '127.0.0.1',
        PUBLIC_URL: 'http://ritorno.test',
        DATA_DIR: dataDir,
        DATABASE_URL: databaseUrl,
        ADMIN_API_KEY: ADMIN_KEY,
        SECRET_KEY: 'test-secret-key-of-32-bytes-or-more!',
        MAIL_FROM: 'Bottega <ciao@bottega.test>',
        STORE_CURRENCY: 'EUR',
        STORE_TIMEZONE: 'Europe/Rome',
        ...(more.realTime ? {} : { TEST_CLOCK: '2026-03-02T08:00:00.000Z', TRACKING_PATIENCE_MS: '10000' }),
        LOG_LEVEL: 'silent',
      },
    });
    const started = new ServiceProcess(child, `http://127.0.0.1:${port}`, dataDir, more.dataDir !== undefined);
    while (!(await fetch(`${started.url}/health/ready`).catch(() => undefined))?.ok) {
      if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}`);
      await new Promise((done) => setTimeout(done, 50));
    }
    return started;
  }

  /** The ids of the processes that it has started and that still run. */
  children(): number[] {
    const { pid } = this.child;
    if (pid === undefined || this.child.exitCode !== null) return [];
    const ids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return ids === '' ? [] : ids.split(' ').map(Number);
  }

  /** Ends it by a signal; its exit code, null where the signal left none. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const gone = new Promise((done) => this.child.once('exit', done));
      this.child.kill(signal);
      await gone;
    }
    if (!this.keepsData) rmSync(this.dataDir, { recursive: true, force: true });
    return this.child.exitCode;
  }
}

/** Whether a process of that id runs. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => done(port));
    });
  });
}
