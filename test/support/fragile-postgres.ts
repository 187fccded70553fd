import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runMigrations } from '../../src/platform/database/data-source';
import { startEmbedded } from '../../src/platform/database/embedded/embedded-postgres';
import { administer } from './test-server';

/** A Postgres of the test's own that can be crashed; it is started again on the same port. */
export interface FragilePostgres {
  url: string;
  /** Ends the server at once, without a word to its clients; it recovers from its log when it starts again. */
  crash(): Promise<void>;
  /** Ends all connections but the one that says so; returns how many. */
  terminateBackends(): Promise<number>;
  close(): Promise<void>;
}

export async function startFragilePostgres(): Promise<FragilePostgres> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'ritorno-fragile-'));
  chmodSync(dataDir, 0o755);
  const server = await startEmbedded({ dataDir, log: () => undefined, durable: false });
  await runMigrations(server.url);
  const { url } = server;
  return {
    url,
    crash: async () => {
      const [row] = await onceItAnswers(() =>
        administer(
          url,
          async (client) =>
            (await client.query<{ dir: string }>(`select current_setting('data_directory') as dir`)).rows,
        ),
      );
      const [pid] = readFileSync(path.join(row?.dir ?? '', 'postmaster.pid'), 'utf8').split('\n');
      process.kill(Number(pid), 'SIGQUIT');
    },
    terminateBackends: () =>
      onceItAnswers(() =>
        administer(url, async (client) => {
          const { rowCount } = await client.query(
            `select pg_terminate_backend(pid) from pg_stat_activity
             where datname = current_database() and pid <> pg_backend_pid()`,
          );
          return rowCount ?? 0;
        }),
      ),
    close: async () => {
      await server.stop();
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** What a server says that falls or gets up; and what a connection says that falls with it. */
const FALLING = /shutting down|starting up|recovery mode|not yet accepting|ECONNREFUSED|ECONNRESET|terminated/;

/** Asks again while the server falls and gets up: workers may have come so far in the moment between two harms. */
async function onceItAnswers<T>(question: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await question();
    } catch (error) {
      if (!FALLING.test(String(error))) throw error;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
}
