import { link, mkdir, open, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../platform/config/config';
import { readHeaders, readMail, type ReadMail } from './domain/read-mail';

/** Mails kept; the oldest go first. */
const KEPT = 5_000;
const PRUNE_EVERY = 100;
const DIGITS = 9;
/** Headers of our mails end well before this. */
const HEAD_OCTETS = 8_192;

/** A line of the list. */
export interface MailLine {
  /** Ascending from 1 in order of arrival; names the mail. */
  sequence: number;
  to: string;
  subject: string;
  /** The Date of the mail. */
  date: string;
}

/** The mails of the development inbox: a file each in `DATA_DIR/inbox`, at most 5,000. */
@Injectable()
export class MailStore {
  private readonly folder: string;
  private readonly lines = new Map<number, MailLine>();
  private last = 0;

  constructor(config: AppConfig) {
    this.folder = path.join(config.dataDir, 'inbox');
  }

  async prepare(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    this.last = (await this.sequences()).at(-1) ?? 0;
  }

  /** Stores a mail and returns its number. A file appears whole or not at all, and never replaces another. */
  async add(octets: Buffer): Promise<number> {
    const made = path.join(this.folder, `${randomUUID()}.new`);
    await writeFile(made, octets, { mode: 0o600 });
    for (;;) {
      const sequence = ++this.last;
      try {
        await link(made, this.fileOf(sequence));
        await unlink(made);
        if (sequence % PRUNE_EVERY === 0) await this.prune();
        return sequence;
      } catch (error) {
        // Another process that shares the folder was faster.
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
    }
  }

  /** Lines, newest first, older than `before`, whose recipient or subject holds `search`. */
  async list(limit: number, before: number, search: string): Promise<MailLine[]> {
    const wanted = search.toLowerCase();
    const found: MailLine[] = [];
    for (const sequence of (await this.sequences()).reverse()) {
      if (sequence >= before) continue;
      if (found.length === limit) break;
      const line = await this.line(sequence);
      if (line && `${line.to} ${line.subject}`.toLowerCase().includes(wanted)) found.push(line);
    }
    return found;
  }

  /** Whole mails in order of arrival, after a number. */
  async after(sequence: number, limit: number): Promise<Array<ReadMail & { sequence: number }>> {
    const wanted = (await this.sequences()).filter((one) => one > sequence).slice(0, limit);
    const mails = await Promise.all(wanted.map(async (one) => ({ sequence: one, octets: await this.source(one) })));
    return mails.flatMap(({ sequence: one, octets }) =>
      octets === undefined ? [] : [{ sequence: one, ...readMail(octets) }],
    );
  }

  async count(): Promise<number> {
    return (await this.sequences()).length;
  }

  async read(sequence: number): Promise<ReadMail | undefined> {
    const octets = await this.source(sequence);
    return octets === undefined ? undefined : readMail(octets);
  }

  /** The mail as it came, one character an octet; undefined when it is not there (any more). */
  async source(sequence: number): Promise<string | undefined> {
    try {
      return await readFile(this.fileOf(sequence), 'latin1');
    } catch {
      return undefined;
    }
  }

  private async line(sequence: number): Promise<MailLine | undefined> {
    const known = this.lines.get(sequence);
    if (known) return known;
    const file = await open(this.fileOf(sequence)).catch(() => undefined);
    if (!file) return undefined;
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_OCTETS), 0, HEAD_OCTETS, 0);
      const headers = readHeaders(buffer.toString('latin1', 0, bytesRead));
      const line = {
        sequence,
        to: headers['to'] ?? '',
        subject: headers['subject'] ?? '',
        date: headers['date'] ?? '',
      };
      this.lines.set(sequence, line);
      return line;
    } finally {
      await file.close();
    }
  }

  private async prune(): Promise<void> {
    const sequences = await this.sequences();
    for (const sequence of sequences.slice(0, Math.max(0, sequences.length - KEPT))) {
      await rm(this.fileOf(sequence), { force: true });
      this.lines.delete(sequence);
    }
  }

  private async sequences(): Promise<number[]> {
    const names = await readdir(this.folder);
    return names
      .filter((name) => name.endsWith('.eml'))
      .map((name) => Number(name.slice(0, DIGITS)))
      .sort((a, b) => a - b);
  }

  private fileOf(sequence: number): string {
    return path.join(this.folder, `${String(sequence).padStart(DIGITS, '0')}.eml`);
  }
}
