import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/database';
import { findDeliveryIds, type RawDelivery, storeDeliveries } from './data/store-deliveries.sql';

export interface Receipt {
  /** Of the delivery as first stored. */
  id: string;
  duplicate: boolean;
}

interface Waiting {
  row: RawDelivery;
  resolve: (receipt: Receipt) => void;
  reject: (error: unknown) => void;
}

/** Bounds of one statement. */
const MOST_ROWS = 1_000;
const MOST_CHARACTERS = 8 * 1024 * 1024;

/**
 * Where deliveries are made durable before they are acknowledged. Deliveries that arrive while a statement is under
 * way share the next one: under load hundreds of webhooks cost one commit, a single one waits for nobody.
 */
@Injectable()
export class DeliveryInbox {
  private queue: Waiting[] = [];
  private flushing = false;

  constructor(private readonly database: Database) {}

  /** Stores one delivery, together with whatever else waits; resolves once it is committed. */
  store(row: RawDelivery): Promise<Receipt> {
    return new Promise((resolve, reject) => {
      this.queue.push({ row, resolve, reject });
      if (this.flushing) return;
      this.flushing = true;
      // After the sockets that are readable now were read: their deliveries come along.
      setImmediate(() => void this.flush());
    });
  }

  /** Stores a set in one statement. Receipts stand at the indexes of the rows. */
  async storeAll(rows: readonly RawDelivery[]): Promise<Receipt[]> {
    const sorted = [...rows].sort((a, b) => compare(a.scope, b.scope) || compare(a.identity, b.identity));
    const stored = await this.database.query<{ id: string }>(storeDeliveries(sorted));
    const fresh = new Set(stored.map((row) => row.id));
    const repeats = rows.filter((row) => !fresh.has(row.id));
    const first = repeats.length === 0 ? new Map<string, string>() : await this.firstIds(repeats);
    return rows.map((row) =>
      fresh.has(row.id) ? { id: row.id, duplicate: false } : { id: first.get(keyOf(row)) ?? row.id, duplicate: true },
    );
  }

  private async firstIds(rows: readonly RawDelivery[]): Promise<Map<string, string>> {
    const found = await this.database.query<{ scope: string; identity: string; id: string }>(
      findDeliveryIds(
        rows.map((row) => row.scope),
        rows.map((row) => row.identity),
      ),
    );
    return new Map(found.map((row) => [keyOf(row), row.id]));
  }

  private async flush(): Promise<void> {
    while (this.queue.length > 0) {
      const batch = this.take();
      try {
        const receipts = await this.storeAll(batch.map(({ row }) => row));
        batch.forEach(({ row, resolve }, i) => resolve(receipts[i] ?? { id: row.id, duplicate: false }));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.flushing = false;
  }

  private take(): Waiting[] {
    let characters = 0;
    let count = 0;
    for (const { row } of this.queue) {
      characters += row.body.length;
      if (count > 0 && (count >= MOST_ROWS || characters > MOST_CHARACTERS)) break;
      count++;
    }
    return this.queue.splice(0, count);
  }
}

const keyOf = (row: { scope: string; identity: string }): string => `${row.scope} ${row.identity}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
