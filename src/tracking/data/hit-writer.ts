import { Injectable } from '@nestjs/common';
import { Consent } from '../../customers/consent';
import { MessageMarks } from '../../messages/message-marks';
import { Database, type Tx } from '../../platform/database/database';
import { linkTarget } from '../domain/link-target';
import { type Hit, type RecordedHit } from '../tracking.types';
import { writeHits, type WrittenHit } from './write-hits.sql';

const UNKNOWN: RecordedHit = { known: false, url: null };

/** Writes hits and what follows from them: the marks on their messages, the unsubscribes. */
@Injectable()
export class HitWriter {
  constructor(
    private readonly database: Database,
    private readonly marks: MessageMarks,
    private readonly consent: Consent,
  ) {}

  /**
   * Writes a batch in one transaction; returns the record's answer to each hit, at its index. Writing a hit again
   * changes nothing.
   */
  async write(hits: readonly Hit[]): Promise<RecordedHit[]> {
    // In one order everywhere, so that two processes that mark the same messages do not lock each other out.
    const ordered = [...hits].sort((a, b) => (a.messageId < b.messageId ? -1 : a.messageId > b.messageId ? 1 : 0));
    const written = await this.database.transaction(async (tx) => {
      const rows = new Map((await tx.query<WrittenHit>(writeHits(ordered))).map((row) => [row.id, row]));
      // Most opens are not the first: they leave the message alone.
      await this.marks.apply(
        tx,
        ordered.filter((hit) => rows.get(hit.id)?.news),
      );
      for (const hit of ordered) if (hit.kind === 'unsubscribe') await this.unsubscribe(tx, hit, rows.get(hit.id));
      return rows;
    });
    return hits.map((hit) => answerTo(written.get(hit.id)));
  }

  private async unsubscribe(tx: Tx, hit: Hit, row: WrittenHit | undefined): Promise<void> {
    if (!row?.customerId) return;
    const { at, messageId, source = 'one_click' } = hit;
    await this.consent.unsubscribe(tx, { customerId: row.customerId, at, source, messageId });
  }
}

function answerTo(row: WrittenHit | undefined): RecordedHit {
  return row ? { known: true, url: row.url === null ? null : linkTarget(row.url, row.utm) } : UNKNOWN;
}
