import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { cpuSeconds } from './cpu';

export const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** Waits until `test` answers with something; the bench gives up loudly rather than hang. */
export async function until<T>(what: string, test: () => Promise<T | undefined | false>, ms = 300_000): Promise<T> {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    const found = await test();
    if (found !== undefined && found !== false) return found;
    await sleep(20);
  }
  throw new Error(`waited ${ms} ms for ${what}`);
}

function freePort(): Promise<number> {
  return new Promise((done) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => done(port));
    });
  });
}

export interface Source {
  secret: string;
  webhookUrl: string;
}

/** The shipped program in a process of its own, on a fresh database of the bench's Postgres. */
export class Service {
  private readonly workers: ChildProcess[] = [];

  private constructor(
    readonly port: number,
    readonly databaseUrl: string,
    private readonly child: ChildProcess,
    private readonly key: string,
    private readonly dataDir: string,
    private readonly postmaster: number,
    private readonly environment: Record<string, string>,
  ) {}

  static async start(databaseUrl: string, smtpPort: number, env: Record<string, string> = {}): Promise<Service> {
    const port = await freePort();
    const key = `rit_bench_${randomBytes(24).toString('hex')}`;
    const dataDir = mkdtempSync(path.join(tmpdir(), 'ritorno-bench-'));
    const environment = {
      NODE_ENV: 'test',
      LOG_LEVEL: 'warn',
      PORT: String(port),
      HOST: '127.0.0.1',
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      DATA_DIR: dataDir,
      DATABASE_URL: databaseUrl,
      SMTP_URL: `smtp://127.0.0.1:${smtpPort}`,
      MAIL_FROM: 'Bench <bench@shop.test>',
      ADMIN_API_KEY: key,
      SECRET_KEY: 'bench-secret-key-of-32-bytes-or-more',
      STORE_TIMEZONE: 'Europe/Rome',
      ...env,
    };
    const child = launch(environment);
    const postmaster = await postmasterOf(databaseUrl);
    const service = new Service(port, databaseUrl, child, key, dataDir, postmaster, environment);
    await until('the service', async () => {
      if (child.exitCode !== null) throw new Error(`the service ended with ${child.exitCode}`);
      return (await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined))?.ok;
    });
    return service;
  }

  /** A worker beside it, as a shop runs them that has much to do. */
  async startWorker(): Promise<void> {
    const port = await freePort();
    const worker = launch({ ...this.environment, ROLE: 'worker', PORT: String(port) });
    this.workers.push(worker);
    await until('the worker', async () => {
      if (worker.exitCode !== null) throw new Error(`the worker ended with ${worker.exitCode}`);
      return (await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined))?.ok;
    });
  }

  /** CPU seconds so far of the service and of Postgres with all its backends. */
  cpu(): number {
    return cpuSeconds([this.child, ...this.workers].map(({ pid }) => pid ?? 0).concat(this.postmaster));
  }

  async call<T>(method: string, url: string, body?: unknown): Promise<T> {
    const answer = await fetch(`http://127.0.0.1:${this.port}${url}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url} -> ${answer.status} ${text.slice(0, 500)}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** A page of the service as text, such as `/metrics`. */
  async text(url: string): Promise<string> {
    const answer = await fetch(`http://127.0.0.1:${this.port}${url}`, {
      headers: { authorization: `Bearer ${this.key}` },
    });
    if (!answer.ok) throw new Error(`GET ${url} -> ${answer.status}`);
    return answer.text();
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Reads an answer to its end without keeping it; the number of its bytes. */
  async drain(url: string): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${this.port}${url}`, {
      headers: { authorization: `Bearer ${this.key}` },
    });
    if (!answer.ok || !answer.body) throw new Error(`GET ${url} -> ${answer.status}`);
    let bytes = 0;
    for await (const chunk of answer.body) bytes += (chunk as Uint8Array).length;
    return bytes;
  }

  /** Consented customers `c0...`, in at once and worked off. */
  async customers(count: number): Promise<void> {
    const at = new Date().toISOString();
    for (let from = 0; from < count; from += 1000) {
      await this.call(
        'POST',
        '/api/v1/events',
        Array.from({ length: Math.min(1000, count - from) }, (_, i) => customerEvent(from + i, at)),
      );
    }
    await this.untilCustomers(count);
  }

  async untilCustomers(count: number): Promise<void> {
    await this.withSql(async (sql) => {
      // Looked at seldom: counting is a scan, and it is the service that is to be measured.
      const everySoOften = 200;
      await until('the customers', async () => {
        const { rows } = await sql.query<{ n: number }>('select count(*)::int as n from customers');
        if ((rows[0]?.n ?? 0) >= count) return true;
        await sleep(everySoOften);
        return false;
      });
    });
  }

  /** A connection of the bench's own, to look at what has been done without asking the service. */
  async withSql<T>(fn: (sql: Client) => Promise<T>): Promise<T> {
    const sql = new Client({ connectionString: this.databaseUrl });
    await sql.connect();
    try {
      return await fn(sql);
    } finally {
      await sql.end();
    }
  }

  async stop(): Promise<void> {
    for (const process of [...this.workers, this.child]) {
      const gone = new Promise((done) => process.once('exit', done));
      process.kill('SIGTERM');
      await gone;
    }
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

function launch(environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [path.join(__dirname, '../src/main.js')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { PATH: process.env.PATH, ...environment },
  });
}

export function customerEvent(at: number, occurredAt: string): object {
  return {
    id: `customer-${at}`,
    type: 'customer.created',
    occurredAt,
    data: {
      externalId: `c${at}`,
      email: `c${at}@example.com`,
      firstName: `Name ${at}`,
      locale: 'en',
      consent: { status: 'subscribed', source: 'bench', at: occurredAt },
    },
  };
}

/** A signed request to a generic source (Standard Webhooks). */
export function signed(
  source: Source,
  id: string,
  body: string,
): { path: string; headers: Record<string, string>; body: string } {
  const stamp = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(source.secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${stamp}.${body}`).digest('base64');
  return {
    path: new URL(source.webhookUrl).pathname,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'webhook-id': id,
      'webhook-timestamp': stamp,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  };
}

async function postmasterOf(url: string): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const stat = readFileSync(`/proc/${rows[0]?.pid}/stat`, 'latin1');
  await client.end();
  return Number(stat.split(') ').at(-1)?.split(' ')[1]);
}
