import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { runMigrations } from '../../src/platform/database/data-source';
import { startEmbedded, type EmbeddedPostgres } from '../../src/platform/database/embedded/embedded-postgres';

/** How the test files (in processes of their own) learn of the server. */
export interface TestServer {
  /** Address of a database to administer from. */
  adminUrl: string;
  /** The migrated database that test files clone. */
  template: string;
}

const VARIABLE = 'RITORNO_TEST_SERVER';

let embedded: EmbeddedPostgres | undefined;
let dir: string | undefined;

/**
 * One server for the whole run: an embedded one in a temporary folder, not durable, or that of TEST_DATABASE_URL
 * (any Postgres from 15 on; its user must be allowed to create databases).
 */
export async function startTestServer(): Promise<void> {
  const adminUrl = process.env.TEST_DATABASE_URL ?? (await startOwn());
  const template = `ritorno_template_${randomBytes(6).toString('hex')}`;
  await administer(adminUrl, (client) => client.query(`create database ${template}`));
  process.env[VARIABLE] = JSON.stringify({ adminUrl, template } satisfies TestServer);
  try {
    await runMigrations(urlOf(adminUrl, template));
  } catch (error) {
    await stopTestServer();
    throw error;
  }
}

/** Stops the run's server and removes what the run has left on it. */
export async function stopTestServer(): Promise<void> {
  if (embedded) {
    await embedded.stop();
    if (dir) rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    embedded = undefined;
  } else {
    const { adminUrl, template } = testServer();
    await administer(adminUrl, (client) => client.query(`drop database if exists ${template} with (force)`));
  }
}

/** The server of this run. */
export function testServer(): TestServer {
  const value = process.env[VARIABLE];
  if (value === undefined) throw new Error('this tier has no test database: see jest.config.cjs');
  return JSON.parse(value) as TestServer;
}

/** The same server's address for another of its databases. */
export function urlOf(url: string, database: string): string {
  const address = new URL(url);
  address.pathname = `/${database}`;
  return address.href;
}

/** Runs one thing on a connection of its own. */
export async function administer<T>(url: string, fn: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await fn(client);
  } finally {
    await client.end();
  }
}

async function startOwn(): Promise<string> {
  dir = mkdtempSync(path.join(tmpdir(), 'ritorno-test-'));
  chmodSync(dir, 0o755);
  const said: string[] = [];
  try {
    embedded = await startEmbedded({
      dataDir: dir,
      log: (message) => said.push(message),
      durable: false,
      settings: { max_connections: '300', shared_buffers: '128MB', autovacuum_naptime: '10s' },
    });
  } catch (error) {
    throw new Error([...said, String(error)].join('\n'), { cause: error });
  }
  return embedded.url;
}
