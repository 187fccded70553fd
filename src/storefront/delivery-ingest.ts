import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { localDate } from '../kernel/local-time';
import { AppConfig } from '../platform/config/config';
import { Database, sqlState, type Tx } from '../platform/database/database';
import { AppLogger } from '../platform/logging/logger';
import {
  markDeliveries,
  nextDeliveries,
  noteSourceDays,
  NEXT_STORED,
  type StoredDelivery,
  TRY_LOCK_INGEST,
  type WorkedOff,
} from './data/ingest.sql';
import { blameOf } from './domain/poison';
import { type Fact } from './domain/fact';
import { type Outcome, translateDelivery } from './domain/translate-delivery';
import { type Applied, FactApplier } from './fact-applier';

/** A batch is worked off in slices of so many rows: more would save no statements. */
const SLICE_ROWS = 1000;
/** A batch ends here: one commit, one look at the locks, one round of waking those downstream for that many. */
const MOST_ROWS = 3 * SLICE_ROWS;
/**
 * A batch that has taken so long takes on no further slice. Imports, erasure and edits of customers wait for its locks:
 * for about this long at most, whatever the deliveries are and however slow the machine. They wait in line (Postgres
 * hands an advisory lock to who came first), so the next batch comes behind them and nobody starves.
 */
const LONGEST_MS = 1000;
/** Rows translated before Node looks up: what Postgres has answered meanwhile comes first. */
const ROWS_AT_A_TIME = 50;

/** Rows of one slice, translated. */
interface Slice {
  rows: readonly StoredDelivery[];
  outcomes: readonly Outcome[];
}

/**
 * Works stored deliveries off, in batches, all in one order. A delivery that fails by its form is kept with its errors;
 * one that breaks the batch is found by halving it, and is kept as failed alone: the others are not held up.
 */
@Injectable()
export class DeliveryIngest {
  /** How many a batch may have: all, unless something has broken one just now. */
  private size = MOST_ROWS;

  constructor(
    private readonly database: Database,
    private readonly config: AppConfig,
    private readonly applier: FactApplier,
    private readonly logger: AppLogger,
  ) {}

  /** When the next waiting delivery came; null when none waits. */
  async nextWaiting(): Promise<Date | null> {
    const [row] = await this.database.query<{ receivedAt: Date }>(NEXT_STORED);
    return row?.receivedAt ?? null;
  }

  /** Works off up to `limit` deliveries; 0 when none waits or another process is at it. */
  async workOff(now: Date, limit: number): Promise<number> {
    for (;;) {
      const size = Math.min(limit, this.size);
      try {
        const done = await this.batch(now, size);
        // Not all at once: where one is broken others like it tend to follow.
        this.size = Math.min(2 * this.size, MOST_ROWS);
        return done;
      } catch (error) {
        if (!(await this.isPoison(error))) throw error;
        if (size === 1) return await this.quarantine(now, error);
        this.size = Math.ceil(size / 2);
      }
    }
  }

  /**
   * One transaction, slice by slice: while Postgres writes one, Node reads and translates the next. All under the locks
   * that the first has taken, so that nothing that was read grows stale.
   */
  private async batch(now: Date, size: number): Promise<number> {
    return this.database.transaction(async (tx) => {
      const [lock] = await tx.query<{ locked: boolean }>(TRY_LOCK_INGEST);
      if (!lock?.locked) return 0;
      const started = performance.now();
      let done = 0;
      let slice = await this.nextSlice(tx, null, size);
      while (slice.rows.length > 0) {
        done += slice.rows.length;
        const inTime = performance.now() - started < LONGEST_MS;
        const coming = inTime ? this.nextSlice(tx, slice.rows.at(-1) ?? null, size - done) : NO_SLICE;
        // Should this slice fail, nobody asks for the next.
        coming.catch(() => undefined);
        await this.applySlice(tx, slice, now);
        slice = await coming;
      }
      return done;
    });
  }

  private async nextSlice(tx: Tx, after: StoredDelivery | null, most: number): Promise<Slice> {
    const limit = Math.min(most, SLICE_ROWS);
    if (limit === 0) return NO_SLICE;
    const rows = await tx.query<StoredDelivery>(nextDeliveries(limit, after));
    const outcomes: Outcome[] = [];
    for (const [i, row] of rows.entries()) {
      if (i > 0 && i % ROWS_AT_A_TIME === 0) await setImmediate();
      outcomes.push(this.translate(row));
    }
    return { rows, outcomes };
  }

  private async applySlice(tx: Tx, { rows, outcomes }: Slice, now: Date): Promise<void> {
    const facts = rows.flatMap((row, i) => factsOf(row, outcomes[i]));
    const subjects = subjectsOf(facts, await this.applier.apply(tx, facts, now));
    const done = rows.map((row, i) => workedOff(row, outcomes[i], subjects.get(row.id)));
    tx.post(markDeliveries(done, now));
    this.noteDays(tx, rows);
  }

  /** An error without a code is a lost connection or a fault of ours: if the database answers, it is ours. */
  private async isPoison(error: unknown): Promise<boolean> {
    const blame = blameOf(sqlState(error), error);
    if (blame !== 'unknown') return blame === 'value';
    return this.database.query('select 1').then(
      () => true,
      () => false,
    );
  }

  private translate(row: StoredDelivery): Outcome {
    return translateDelivery(row.kind, row.body, {
      topic: row.type,
      triggeredAt: row.headers['x-shopify-triggered-at'],
      receivedAt: row.receivedAt,
      shopDomain: row.headers['x-shopify-shop-domain'],
      storeCurrency: this.config.store.currency,
    });
  }

  /** The one delivery that cannot be worked off: kept as failed, to be looked at and replayed. */
  private async quarantine(now: Date, error: unknown): Promise<number> {
    return this.database.transaction(async (tx) => {
      const [lock] = await tx.query<{ locked: boolean }>(TRY_LOCK_INGEST);
      const [row] = lock?.locked ? await tx.query<StoredDelivery>(nextDeliveries(1, null)) : [];
      if (!row) return 0;
      this.logger.failure('a delivery cannot be worked off; it is kept as failed', error, { delivery: row.id });
      const errors = [{ path: '', message: 'could not be worked off: a fault of ours, which the log has' }];
      await tx.execute(
        markDeliveries([{ id: row.id, status: 'failed', errors, customerId: null, erased: false }], now),
      );
      return 1;
    });
  }

  private noteDays(tx: Tx, rows: readonly StoredDelivery[]): void {
    const days = new Map<string, { sourceId: string; source: string; day: string; count: number; lastAt: Date }>();
    for (const { sourceId, source, receivedAt } of rows) {
      if (sourceId === null) continue;
      const day = localDate(receivedAt, this.config.store.timezone);
      const known = days.get(`${sourceId} ${day}`);
      const lastAt = known && known.lastAt > receivedAt ? known.lastAt : receivedAt;
      days.set(`${sourceId} ${day}`, { sourceId, source, day, count: (known?.count ?? 0) + 1, lastAt });
    }
    if (days.size > 0) tx.post(noteSourceDays([...days.values()]));
  }
}

const NO_SLICE: Promise<Slice> = Promise.resolve({ rows: [], outcomes: [] });

function factsOf(row: StoredDelivery, outcome: Outcome | undefined): Fact[] {
  if (outcome?.outcome !== 'apply') return [];
  const origin = row.sourceId === null ? 'bulk' : `source:${row.source}`;
  // One event of Shopify comes under several topics with one id: the topic tells its deliveries apart.
  const eventId = row.kind === 'shopify' ? `${row.deliveryId} ${row.type}` : row.deliveryId;
  return outcome.envelopes.map((envelope) => ({ envelope, origin, eventId, deliveryId: row.id, silent: false }));
}

/** Whom each delivery is about: the first of its facts that names somebody. */
function subjectsOf(facts: readonly Fact[], applied: readonly Applied[]): Map<string, Applied> {
  const subjects = new Map<string, Applied>();
  facts.forEach(({ deliveryId }, i) => {
    const about = applied[i];
    if (deliveryId !== null && about && !subjects.get(deliveryId)?.customerId) subjects.set(deliveryId, about);
  });
  return subjects;
}

function workedOff(row: StoredDelivery, outcome: Outcome | undefined, about: Applied | undefined): WorkedOff {
  const base = { id: row.id, customerId: about?.customerId ?? null, erased: about?.erased ?? false };
  switch (outcome?.outcome) {
    case 'apply':
      return { ...base, status: 'processed', errors: [] };
    case 'ignored':
      return { ...base, status: 'ignored', errors: [{ path: '', message: outcome.reason }] };
    case 'failed':
      return { ...base, status: 'failed', errors: outcome.faults };
    case undefined:
      throw new TypeError('a delivery without an outcome');
    default:
      return outcome satisfies never;
  }
}
