import { mkdir, open, readdir, readFile, rm, type FileHandle } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { markOf, stillLives } from '../../platform/processes';
import { type Hit } from '../tracking.types';

/** hits-<pid>-<start of the process>-<random>.jsonl */
const NAME = /^hits-(\d+)-(\d*)-[0-9a-f]+\.jsonl$/;

/**
 * Where hits wait while the database is away: files of JSON lines under `DATA_DIR/hits`, synced before a hit counts as
 * kept. A file belongs to the process that is in its name; what a dead process has left anybody may replay, since writing a
 * hit twice changes nothing.
 */
export class HitSpill {
  private readonly dir: string;
  private file: FileHandle | undefined;
  private last: Promise<unknown> = Promise.resolve();

  constructor(dataDir: string) {
    this.dir = path.join(dataDir, 'hits');
  }

  /** Appends and syncs; when it returns the hits survive a kill and a power cut. */
  append(hits: readonly Hit[]): Promise<void> {
    return this.inTurn(async () => {
      this.file ??= await this.create();
      await this.file.appendFile(hits.map((hit) => `${JSON.stringify(hit)}\n`).join(''));
      await this.file.datasync();
    });
  }

  /**
   * Files that are ready to be replayed: ours, closed by this call, and those of processes that are gone. Listed in the
   * same turn, so that a file that is begun a moment later is not among them.
   */
  take(): Promise<string[]> {
    return this.inTurn(async () => {
      const current = this.file;
      this.file = undefined;
      await current?.close();
      const names = await readdir(this.dir).catch(() => []);
      return names
        .filter((name) => !isOfAnother(name))
        .sort()
        .map((name) => path.join(this.dir, name));
    });
  }

  /** The hits of a file. A last line that was cut off by a kill was never answered, and is left out. */
  async read(file: string): Promise<Hit[]> {
    const text = await readFile(file, 'utf8').catch(() => '');
    return text.split('\n').flatMap((line) => parse(line) ?? []);
  }

  async remove(file: string): Promise<void> {
    await rm(file, { force: true });
  }

  /** One after the other: a large append is several writes, and lines must not be mixed. */
  private inTurn<T>(fn: () => Promise<T>): Promise<T> {
    const turn = this.last.then(fn, fn);
    this.last = turn.catch(() => undefined);
    return turn;
  }

  private async create(): Promise<FileHandle> {
    await mkdir(this.dir, { recursive: true, mode: 0o700 });
    const { pid, startedAt } = markOf(process.pid);
    const file = path.join(this.dir, `hits-${pid}-${startedAt ?? ''}-${randomBytes(8).toString('hex')}.jsonl`);
    return open(file, 'a', 0o600);
  }
}

/** Whether the file is no spill, or that of another process that still lives and writes to it. */
function isOfAnother(name: string): boolean {
  const [, pid, startedAt] = NAME.exec(name) ?? [];
  if (pid === undefined) return true;
  return Number(pid) !== process.pid && stillLives({ pid: Number(pid), startedAt: startedAt || undefined });
}

function parse(line: string): Hit | undefined {
  try {
    const hit = JSON.parse(line) as Omit<Hit, 'at'> & { at: string };
    return { ...hit, at: new Date(hit.at) };
  } catch {
    return undefined;
  }
}
