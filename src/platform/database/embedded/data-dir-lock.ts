import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { markOf, type ProcessMark, stillLives } from '../../processes';

/** Our hold on a data directory. */
export interface DataDirLock {
  release(): void;
}

/**
 * Takes `DATA_DIR/ritorno.lock` for this process. A lock whose process is gone (killed, machine restarted, its id used
 * by another) is taken over.
 *
 * @throws Error naming the living process that holds it.
 */
export function holdDataDir(dataDir: string): DataDirLock {
  const file = path.join(dataDir, 'ritorno.lock');
  const mine = JSON.stringify(markOf(process.pid));
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, mine, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      if (linked(draft, file)) return { release: () => release(file, mine) };
      const found = read(file);
      if (found === undefined) continue;
      const holder = parse(found);
      if (holder && stillLives(holder)) {
        throw new Error(
          `${dataDir} is in use by another process (${holder.pid}): stop it first, give this one a DATA_DIR of its own, ` +
            `or let several share a Postgres by DATABASE_URL`,
        );
      }
      setAside(file, found, draft);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  throw new Error(`${file} changes all the time: are several processes being started on ${dataDir}?`);
}

/** `link` is the atomic "create unless it exists" that also works for a file with content. */
function linked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes a dead process's lock. Between reading it and renaming it another process may have taken over: then what we
 * hold in our hands is its fresh lock, and it goes back.
 */
function setAside(file: string, expected: string, draft: string): void {
  const aside = `${draft}.old`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  if (read(aside) !== expected) linked(aside, file);
  rmSync(aside, { force: true });
}

function release(file: string, mine: string): void {
  if (read(file) === mine) rmSync(file, { force: true });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parse(text: string): ProcessMark | undefined {
  try {
    const value = JSON.parse(text) as Partial<ProcessMark>;
    return typeof value.pid === 'number' ? { pid: value.pid, startedAt: value.startedAt } : undefined;
  } catch {
    return undefined;
  }
}
