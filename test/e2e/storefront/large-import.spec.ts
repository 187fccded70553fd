import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buildProgram, type BuiltProgram } from '../../support/built-program';
import { createTestDatabase, type TestDatabase } from '../../support/database';

const ROWS = 201_000;
const LINES = 3;
const CUSTOMERS = 20_000;
const LIMIT_MIB = 512;
const KEY = 'rit_test_admin_key_of_more_than_32_characters';
const HEADER =
  'orderExternalId,customerExternalId,email,placedAt,currency,total,productExternalId,quantity,unitPrice\n';

interface Job {
  id: string;
  status: string;
  processed: number;
  accepted: number;
  rejected: number;
}

/** The file, made as it is sent: the test itself holds none of it either. */
function* file(): Generator<string> {
  yield HEADER;
  for (let row = 0; row < ROWS; row++) {
    const order = Math.floor(row / LINES);
    const customer = (order * 7919) % CUSTOMERS;
    const day = String(1 + (order % 28)).padStart(2, '0');
    yield `big-${order},c${customer},c${customer}@example.com,2026-01-${day}T10:00:00Z,EUR,30.00,p${row % 500},1,10.00\n`;
  }
}

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => done(port));
    });
  });

/** Largest resident size that the process ever had, in MiB. */
function peakMiB(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(line) / 1024;
}

describe('an import of 201,000 order rows', () => {
  let program: BuiltProgram;
  let database: TestDatabase;
  let service: ChildProcess;
  let dataDir: string;
  let base: string;

  beforeAll(async () => {
    program = buildProgram();
    database = await createTestDatabase();
    dataDir = mkdtempSync(path.join(tmpdir(), 'ritorno-import-'));
    const port = await freePort();
    base = `http://127.0.0.1:${port}`;
    service = spawn(process.execPath, [program.main], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'test',
        LOG_LEVEL: 'warn',
        PORT: String(port),
        HOST: '127.0.0.1',
        DATA_DIR: dataDir,
        DATABASE_URL: database.url,
        ADMIN_API_KEY: KEY,
        SECRET_KEY: 'test-secret-key-of-32-bytes-or-more!',
        MAIL_FROM: 'Bottega <ciao@bottega.test>',
        STORE_CURRENCY: 'EUR',
        SMTP_URL: 'smtp://127.0.0.1:9',
      },
    });
    await until(async () => (await fetch(`${base}/health/ready`).catch(() => undefined))?.ok === true, 100_000);
  });

  afterAll(async () => {
    const gone = new Promise((done) => service.once('exit', done));
    service.kill('SIGTERM');
    await gone;
    await database.close();
    program.dispose();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function call(method: string, at: string, body?: object): Promise<Job> {
    const answer = await fetch(base + at, {
      method,
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return (await answer.json()) as Job;
  }

  it(`keeps the process under ${LIMIT_MIB} MiB, and every row is in`, async () => {
    const { id } = await call('POST', '/api/v1/imports', { kind: 'orders', format: 'csv' });
    expect(await upload(`${base}/api/v1/imports/${id}/content`)).toBe(200);
    let job = await call('GET', `/api/v1/imports/${id}`);
    const done = async (): Promise<boolean> => {
      job = await call('GET', `/api/v1/imports/${id}`);
      return job.status !== 'running';
    };
    await until(done, 900_000);
    expect(job).toMatchObject({ status: 'completed', processed: ROWS, accepted: ROWS, rejected: 0 });
    expect(peakMiB(service.pid ?? 0)).toBeLessThan(LIMIT_MIB);
    const [count] = await database.database.query<{ orders: number; customers: number; lines: number }>(
      `select (select count(*)::int from orders) as orders, (select count(*)::int from customers) as customers,
         (select count(*)::int from order_lines) as lines`,
    );
    expect(count).toEqual({ orders: ROWS / LINES, customers: CUSTOMERS, lines: ROWS });
  }, 1_000_000);
});

/** Streams the file up, as fast as it is taken. */
function upload(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${KEY}`, 'content-type': 'text/csv' };
    const request = http.request(url, { method: 'PUT', headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    request.on('error', reject);
    Readable.from(file(), { objectMode: false }).pipe(request);
  });
}

async function until(test: () => Promise<boolean>, ms: number): Promise<void> {
  const end = Date.now() + ms;
  while (!(await test())) {
    if (Date.now() > end) throw new Error(`waited ${ms} ms in vain`);
    await new Promise((done) => setTimeout(done, 200));
  }
}
