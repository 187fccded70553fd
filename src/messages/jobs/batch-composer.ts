import { Injectable } from '@nestjs/common';
import { Database } from '../../platform/database/database';
import { AppLogger } from '../../platform/logging/logger';
import { type ClaimedRow } from '../data/claim-messages.sql';
import { waitAfterRefusal } from '../domain/retry-schedule';
import { type ComposedMail, type NotComposed, notRendered } from '../mail-assembly';
import { MailComposer } from '../mail-composer';

/** A mail that brings down whatever batch it is in is set aside at this failure. */
const TRIES = 3;

/** It could not be composed, nor is it known yet that it never can be. */
export interface Postponed {
  ok: false;
  id: string;
  nextTryAt: Date;
  detail: string;
}

type Made = ComposedMail | NotComposed;

/** What halving a batch has brought. */
interface Sorted {
  made: Made[];
  failed: Array<{ row: ClaimedRow; error: unknown }>;
}

/**
 * Composes batches that may hold a poison: a mail whose data or template makes the whole batch fail, again and again. The
 * batch is halved until the mail stands alone; the others go out. It is tried again later, and set aside with the error the
 * third time. A mail is to blame only where others could be made since it first failed: where nothing can be made at all,
 * everything is put off, until its usefulness ends, and nothing is set aside.
 *
 * How often a mail has failed is remembered by the process; another one, or the next, begins anew with the few tries.
 */
@Injectable()
export class BatchComposer {
  private readonly failures = new Map<string, { tries: number; madeBefore: number }>();
  /** Mails that this process has made. */
  private made = 0;

  constructor(
    private readonly composer: MailComposer,
    private readonly database: Database,
    private readonly logger: AppLogger,
  ) {}

  /** See `MailComposer.compose`. Rejects when the database cannot be asked: then the whole batch is as it was. */
  async compose(rows: readonly ClaimedRow[], now: Date): Promise<Array<Made | Postponed>> {
    const madeBefore = this.made;
    const { made, failed } = await this.sort(rows);
    this.made += made.length;
    for (const { id } of made) this.failures.delete(id);
    return [...made, ...failed.map(({ row, error }) => this.judge(row, error, madeBefore, now))];
  }

  private async sort(rows: readonly ClaimedRow[]): Promise<Sorted> {
    try {
      return sorted(rows, await this.composer.compose(rows));
    } catch (error) {
      await this.database.query('select 1');
      const [row] = rows;
      if (row && rows.length === 1) return { made: [], failed: [{ row, error }] };
      const middle = rows.length >> 1;
      const [first, second] = [await this.sort(rows.slice(0, middle)), await this.sort(rows.slice(middle))];
      return { made: [...first.made, ...second.made], failed: [...first.failed, ...second.failed] };
    }
  }

  private judge(row: ClaimedRow, error: unknown, madeBefore: number, now: Date): NotComposed | Postponed {
    const failure = this.failures.get(row.id) ?? { tries: 0, madeBefore };
    const tries = ++failure.tries;
    const setAside = tries >= TRIES && this.made > failure.madeBefore;
    const detail = `the mail could not be made: ${error instanceof Error ? error.message : String(error)}`;
    this.logger.failure('a mail could not be made', error, { message: row.id, tries, setAside });
    if (setAside) {
      this.failures.delete(row.id);
      return notRendered(row.id, detail);
    }
    this.failures.set(row.id, failure);
    return { ok: false, id: row.id, nextTryAt: new Date(now.getTime() + waitAfterRefusal(row.id, tries)), detail };
  }
}

/** Mails that were left alone because others of their template held a thread come again, as often as one that failed. */
function sorted(rows: readonly ClaimedRow[], made: readonly Made[]): Sorted {
  const untried = new Map(made.flatMap((one) => (!one.ok && one.untried ? [[one.id, one.detail]] : [])));
  const failed = rows.filter(({ id }) => untried.has(id));
  return {
    made: made.filter(({ id }) => !untried.has(id)),
    failed: failed.map((row) => ({ row, error: new Error(untried.get(row.id) ?? 'it was not tried') })),
  };
}
