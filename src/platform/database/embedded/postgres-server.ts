import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Account } from './account';
import type { EmbeddedOptions } from './embedded-options';
import type { Home } from './home';
import { commandLine, isAlive, processesIn } from '../../processes';
import { TOOL_ENV } from './run-tool';
import { memoryHere, sharedBuffers } from './shared-buffers';

export const USER = 'ritorno';
export const DATABASE = 'ritorno';

const START_MS = 60_000;
const STOP_MS = 15_000;
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

/** What suits one small service on the machine that it shares with its database. */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '150',
  shared_buffers: sharedBuffers(memoryHere()),
  effective_cache_size: '1GB',
  random_page_cost: '1.1',
  work_mem: '8MB',
  maintenance_work_mem: '96MB',
  // Most of what is read is in the system's cache already: handing it over to processes for reading takes longer.
  io_method: 'sync',
  // Compiling a plan costs more than running any of our short, bounded statements.
  jit: 'off',
  synchronous_commit: 'on',
  wal_compression: 'on',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};

/** Still safe against a kill of the server, not against one of the machine. */
const NOT_DURABLE: Record<string, string> = { fsync: 'off', full_page_writes: 'off' };

/** What postmaster.pid says. */
interface Postmaster {
  pid: number;
  port: number;
  ready: boolean;
}

/** One server on one cluster: started or adopted, watched, restarted when it dies, stopped. */
export class PostgresServer {
  private port = 0;
  private pid = 0;
  private stopping = false;
  private watch: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly home: Home,
    private readonly account: Account | undefined,
    private readonly password: string,
    private readonly options: EmbeddedOptions,
  ) {}

  /** Address of a database of this server. */
  urlOf(database: string): string {
    return `postgres://${USER}:${this.password}@127.0.0.1:${this.port}/${database}`;
  }

  async start(): Promise<void> {
    if (!(await this.adopt())) {
      for (let attempt = 1; ; attempt++) {
        this.port = await freePort();
        try {
          await this.launch();
          break;
        } catch (error) {
          // Another process may have taken the port between our look and the server's bind.
          if (attempt === 3 || !/could not bind|Address already in use/i.test(String(error))) throw error;
        }
      }
    }
    this.watchOver();
  }

  /** Fast shutdown (sessions are ended, everything is written); an immediate one if that takes too long. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.watch);
    await this.looking;
    if (!(await this.ended('SIGINT', STOP_MS)) && !(await this.ended('SIGQUIT', STOP_MS))) {
      throw new Error(`the embedded Postgres (${this.pid}) does not stop`);
    }
  }

  private async ended(signal: NodeJS.Signals, ms: number): Promise<boolean> {
    if (!isAlive(this.pid)) return true;
    process.kill(this.pid, signal);
    return waitFor(ms, () => !isAlive(this.pid));
  }

  /** Takes over the server that still runs on our cluster. */
  private async adopt(): Promise<boolean> {
    const found = this.postmaster();
    if (!found || !this.isOurs(found.pid)) return false;
    const settled = await waitFor(START_MS, () => !isAlive(found.pid) || this.postmaster()?.ready === true);
    if (!settled)
      throw new Error(`the Postgres that runs on ${this.home.cluster} (${found.pid}) does not become ready`);
    this.pid = found.pid;
    this.port = found.port;
    if (!isAlive(found.pid) || !(await this.answers())) {
      await waitFor(STOP_MS, () => !isAlive(found.pid));
      return false;
    }
    this.options.log(`took over the database that was still running on port ${this.port}`);
    return true;
  }

  /** A process id in postmaster.pid may be a zombie's or, after a restart of the machine, anybody's. */
  private isOurs(pid: number): boolean {
    if (!isAlive(pid)) return false;
    const command = commandLine(pid);
    return command === undefined || command.includes(this.home.cluster);
  }

  /**
   * Clears what a killed server left. Its sessions notice within moments and go; only then may the next one start.
   * Postgres sorts out a stale postmaster.pid itself, but takes a zombie's or a reused process id for a living server.
   */
  private async clearRemains(): Promise<void> {
    await waitFor(STOP_MS, () => processesIn(this.home.cluster).length === 0);
    const left = this.postmaster();
    if (left && !this.isOurs(left.pid)) rmSync(path.join(this.home.cluster, 'postmaster.pid'), { force: true });
  }

  private async launch(): Promise<void> {
    await this.clearRemains();
    const logFile = path.join(this.home.dir, 'postgres.log');
    if (existsSync(logFile) && statSync(logFile).size > LOG_LIMIT_BYTES) rmSync(logFile);
    const from = existsSync(logFile) ? statSync(logFile).size : 0;
    const out = openSync(logFile, 'a', 0o600);
    const as = this.account && { uid: this.account.uid, gid: this.account.gid };
    const child = spawn(path.join(this.home.binaries.bin, 'postgres'), this.args(), {
      ...as,
      cwd: this.home.dir,
      env: TOOL_ENV,
      detached: true,
      stdio: ['ignore', out, out],
    });
    closeSync(out);
    child.unref();
    let failed: string | undefined;
    child.on('error', (error) => (failed = error.message));
    child.on('exit', (code, signal) => (failed = `exit ${signal ?? String(code)}`));
    this.pid = child.pid ?? 0;
    const ready = () => this.postmaster()?.pid === this.pid && this.postmaster()?.ready === true;
    const settled = await waitFor(START_MS, () => failed !== undefined || ready());
    if (settled && failed === undefined) return;
    const said = existsSync(logFile) ? readFileSync(logFile, 'utf8').slice(from).trim().slice(-2000) : '';
    throw new Error(`the embedded Postgres does not start (${failed ?? 'not ready in time'}): ${said}`);
  }

  private args(): string[] {
    const settings = { ...SETTINGS, ...(this.options.durable === false ? NOT_DURABLE : {}), ...this.options.settings };
    const options = Object.entries({ ...settings, port: String(this.port) }).flatMap(([k, v]) => ['-c', `${k}=${v}`]);
    return ['-D', this.home.cluster, ...options];
  }

  /** Looks every quarter second whether the server lives (an adopted one is not our child) and starts it again. */
  private watchOver(): void {
    this.watch = setTimeout(() => {
      this.looking = this.look();
    }, 250);
    this.watch.unref();
  }

  private async look(): Promise<void> {
    if (!isAlive(this.pid)) {
      this.options.log(`the database has died, starting it again on port ${this.port}`);
      await this.launch().catch((error: unknown) => this.options.log(String(error)));
    }
    if (!this.stopping) this.watchOver();
  }

  private postmaster(): Postmaster | undefined {
    let lines: string[];
    try {
      lines = readFileSync(path.join(this.home.cluster, 'postmaster.pid'), 'utf8').split('\n');
    } catch {
      return undefined;
    }
    const [pid, , , port] = lines;
    return { pid: Number(pid), port: Number(port), ready: lines[7]?.trim() === 'ready' };
  }

  /** Whether the server on our port takes our password and runs on our cluster. */
  private async answers(): Promise<boolean> {
    const client = new Client({ connectionString: this.urlOf('postgres'), connectionTimeoutMillis: 5_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ dir: string }>(`select current_setting('data_directory') as dir`);
      return rows[0]?.dir === this.home.cluster;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** Makes the service's own database in a fresh cluster. */
export async function createDatabase(adminUrl: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
    if (!rowCount) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function waitFor(ms: number, done: () => boolean): Promise<boolean> {
  const end = performance.now() + ms;
  while (performance.now() < end) {
    if (done()) return true;
    await sleep(15);
  }
  return done();
}
