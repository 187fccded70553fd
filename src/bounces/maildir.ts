import { mkdir, open, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { LARGEST_NOTICE } from './domain/largest-notice';

/** A mail that waits in a Maildir. */
export interface WaitingMail {
  /** File name in `new`; unique for good, by the rules of Maildir. */
  name: string;
  /** Null: larger than what is read. */
  raw: Buffer | null;
}

/** Where mails lie that could not be read: a folder of the Maildir, as mail programs show it. */
const ASIDE = '.Unreadable';

/**
 * A Maildir as mail servers deliver to it: mails come to `new`, are read from there, and go to `cur` as seen when they
 * are dealt with. Nothing is deleted.
 */
export class Maildir {
  constructor(private readonly folder: string) {}

  /** Names of the mails that wait, oldest first (names begin with the time), `limit` at most. Empty without a folder. */
  async waiting(limit: number): Promise<string[]> {
    const names = await readdir(path.join(this.folder, 'new')).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw error;
    });
    return names
      .filter((name) => !name.startsWith('.'))
      .sort()
      .slice(0, limit);
  }

  /** Undefined when another process has taken it in the meantime. */
  async read(name: string): Promise<WaitingMail | undefined> {
    try {
      const file = await open(path.join(this.folder, 'new', name), 'r');
      try {
        const { size } = await file.stat();
        return { name, raw: size > LARGEST_NOTICE ? null : await file.readFile() };
      } finally {
        await file.close();
      }
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Dealt with: seen. */
  done(name: string): Promise<void> {
    return this.move(name, 'cur', `${plain(name)}:2,S`);
  }

  /** Not to be read: kept for a person to look at. */
  async setAside(name: string): Promise<void> {
    for (const part of ['cur', 'new', 'tmp']) await mkdir(path.join(this.folder, ASIDE, part), { recursive: true });
    await this.move(name, path.join(ASIDE, 'cur'), `${plain(name)}:2,`);
  }

  private async move(name: string, folder: string, as: string): Promise<void> {
    await mkdir(path.join(this.folder, folder), { recursive: true });
    await rename(path.join(this.folder, 'new', name), path.join(this.folder, folder, as)).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  }
}

/** Without the flags of a client that has looked at it. */
const plain = (name: string): string => name.replace(/:2,[A-Za-z]*$/, '');

function isMissing(error: unknown): boolean {
  return (error as { code?: string }).code === 'ENOENT';
}
