import { createHash, randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { give, type Account } from './account';
import type { Binaries } from './binaries';
import { runTool } from './run-tool';

/** Where the cluster stands and with which binaries it is run. */
export interface Home {
  /** Folder that belongs to the server's user. */
  dir: string;
  /** PGDATA. */
  cluster: string;
  binaries: Binaries;
}

const ELSEWHERE = '/var/lib/ritorno';

/**
 * `DATA_DIR/postgres`, unless we are root and the server's user cannot get there (a home of mode 0700): then
 * `/var/lib/ritorno/<hash of DATA_DIR>`, which is said. Binaries that it cannot reach are copied.
 */
export async function chooseHome(
  dataDir: string,
  binaries: Binaries,
  account: Account | undefined,
  log: (message: string) => void,
): Promise<Home> {
  if (!account) return homeIn(mine(path.join(dataDir, 'postgres'), undefined), binaries);
  const dir = await reachableDir(dataDir, account, log);
  const runs = await succeeds(path.join(binaries.bin, 'postgres'), ['--version'], account);
  return homeIn(dir, runs ? binaries : copied(binaries, account, log));
}

function homeIn(dir: string, binaries: Binaries): Home {
  return { dir, cluster: path.join(dir, 'data'), binaries };
}

async function reachableDir(dataDir: string, account: Account, log: (message: string) => void): Promise<string> {
  const marker = path.join(dataDir, 'postgres-is-elsewhere');
  const near = path.join(dataDir, 'postgres');
  if (!existsSync(marker)) {
    mine(near, account);
    if (await succeeds('/bin/sh', ['-c', 'test -w "$0" && test -x "$0"', near], account)) return near;
    rmSync(near, { recursive: true, force: true });
  }
  const far = path.join(ELSEWHERE, createHash('sha256').update(dataDir).digest('hex').slice(0, 16));
  const place = readIfThere(marker);
  if (place === undefined || readIfThere(path.join(far, 'place')) !== place) {
    // Data without its marker belongs to a DATA_DIR that was since removed. One generation of it is kept.
    if (existsSync(far)) {
      rmSync(`${far}.previous`, { recursive: true, force: true });
      renameSync(far, `${far}.previous`);
      log(`set aside ${far}.previous, the database of a removed ${dataDir}`);
    }
    mkdirSync(ELSEWHERE, { recursive: true, mode: 0o755 });
    mine(far, account);
    const id = `${far} ${randomUUID()}\n`;
    writeFileSync(path.join(far, 'place'), id);
    writeFileSync(marker, id);
  }
  log(`the user ${account.name} cannot reach ${dataDir}: the database is kept in ${far}`);
  return far;
}

/** A copy for each version, made aside and renamed: several services may need it at once. */
function copied(binaries: Binaries, account: Account, log: (message: string) => void): Binaries {
  const root = path.join(ELSEWHERE, `postgres-${binaries.version}`);
  if (!existsSync(root)) {
    const draft = `${root}.${process.pid}`;
    mkdirSync(ELSEWHERE, { recursive: true, mode: 0o755 });
    cpSync(binaries.root, draft, { recursive: true, verbatimSymlinks: true });
    try {
      renameSync(draft, root);
    } catch {
      rmSync(draft, { recursive: true, force: true });
    }
    log(`the user ${account.name} cannot reach ${binaries.root}: the binaries were copied to ${root}`);
  }
  return { ...binaries, root, bin: path.join(root, 'bin') };
}

function mine(dir: string, account: Account | undefined): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  give(dir, account);
  return dir;
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

async function succeeds(file: string, args: string[], account: Account): Promise<boolean> {
  return runTool(file, args, account, '/').then(
    () => true,
    () => false,
  );
}
