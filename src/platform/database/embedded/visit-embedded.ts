import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { commandLine, isAlive } from '../../processes';
import { type EmbeddedPostgres, startEmbedded } from './embedded-postgres';
import { DATABASE, USER } from './postgres-server';

/**
 * The embedded database of `dataDir` for somebody who only looks: the running one where the service runs, else started for
 * the visit and stopped by `stop`. Nothing is made where there is none.
 * @throws Error when there is none, or it cannot be read or started.
 */
export async function visitEmbedded(dataDir: string, log: (message: string) => void): Promise<EmbeddedPostgres> {
  const home = homeOf(dataDir);
  const cluster = path.join(home, 'data');
  if (!existsSync(path.join(cluster, 'PG_VERSION'))) throw new Error(`there is no embedded database in ${dataDir}`);
  const port = runningOn(cluster);
  if (port === undefined) return startEmbedded({ dataDir, log });
  const password = readFileSync(path.join(home, 'password'), 'utf8').trim();
  return { url: `postgres://${USER}:${password}@127.0.0.1:${port}/${DATABASE}`, stop: () => Promise.resolve() };
}

/** Where `chooseHome` has put it. */
function homeOf(dataDir: string): string {
  const marker = path.join(dataDir, 'postgres-is-elsewhere');
  if (!existsSync(marker)) return path.join(dataDir, 'postgres');
  return readFileSync(marker, 'utf8').trim().replace(/ \S+$/, '');
}

/** The port of the server that lives on a cluster and takes connections. */
function runningOn(cluster: string): number | undefined {
  const file = path.join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  const [pid, port] = [Number(lines[0]), Number(lines[3])];
  const command = isAlive(pid) ? (commandLine(pid) ?? [cluster]) : [];
  return command.includes(cluster) && lines[7]?.trim() === 'ready' ? port : undefined;
}
