import { Injectable } from '@nestjs/common';
import { Consent } from '../../customers/consent';
import { linkTarget } from '../../messages/link-target';
import { AppConfig } from '../../platform/config/config';
import { Database, sqlState, type Tx } from '../../platform/database/database';
import { HitWatches } from '../hit-watch';
import { type Hit, type RecordedHit } from '../tracking.types';
import { writeHits, type WrittenHit } from './write-hits.sql';

const DEADLOCK = '40P01';
const UNKNOWN: RecordedHit = { known: false, url: null };

/** Writes hits and what follows from them: the marks on their messages, the unsubscribes. */
@Injectable()
export class HitWriter {
  constructor(
    private readonly database: Database,
    private readonly consent: Consent,
    private readonly config: AppConfig,
    private readonly watches: HitWatches,
  ) {}

  /**
   * Writes a batch in one transaction; returns the record's answer to each hit, at its index. Writing a hit again
   * changes nothing.
   */
  async write(hits: readonly Hit[]): Promise<RecordedHit[]> {
    // In one order everywhere, so that two processes that mark the same messages seldom lock each other out.
    const ordered = [...hits].sort((a, b) => (a.messageId < b.messageId ? -1 : a.messageId > b.messageId ? 1 : 0));
    const rows = ordered.some((hit) => hit.kind === 'unsubscribe')
      ? await this.database.transaction((tx) => this.writeAndUnsubscribe(tx, ordered))
      : await this.writeAtOnce(ordered);
    const written = new Map(rows.map((row) => [row.id, row]));
    return hits.map((hit) => answerTo(written.get(hit.id)));
  }

  /** As {@link write}, of hits that had to wait: what has been reckoned without them meanwhile is reckoned again. */
  async writeLate(hits: readonly Hit[]): Promise<void> {
    await this.write(hits);
    await this.watches.tell(
      this.database,
      hits.map(({ id }) => id),
    );
  }

  /** One statement is its own transaction: one trip to the database in place of three. */
  private async writeAtOnce(hits: readonly Hit[]): Promise<WrittenHit[]> {
    try {
      return await this.database.query<WrittenHit>(writeHits(hits, this.config.store.url));
    } catch (error) {
      if (sqlState(error) !== DEADLOCK) throw error;
      return this.database.transaction((tx) => tx.query<WrittenHit>(writeHits(hits, this.config.store.url)));
    }
  }

  private async writeAndUnsubscribe(tx: Tx, hits: readonly Hit[]): Promise<WrittenHit[]> {
    const rows = await tx.query<WrittenHit>(writeHits(hits, this.config.store.url));
    const known = new Map(rows.map((row) => [row.id, row]));
    for (const hit of hits) if (hit.kind === 'unsubscribe') await this.unsubscribe(tx, hit, known.get(hit.id));
    return rows;
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
