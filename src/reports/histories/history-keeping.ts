import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../../platform/database/database';
import {
  dropKept,
  historiesOf,
  keep,
  KEPT_STARTS,
  keptFrom,
  manyChanges,
  takeOffChanges,
  waitingCustomers,
} from './data/order-histories.sql';
import { customerAt, cutBody, replaceCustomers, sliceCustomers, sortedIds } from './domain/history-body';

/** From so many changes on they are put in: until then a report reads the orders of these customers as they are. */
const MANY_CHANGES = 5_000;
/**
 * Customers whose changes are put in in one transaction (their orders take some megabytes), and customers in one row: the
 * changes of a few cost little to put in, and all rows together little to read.
 */
const SIZES = { batch: 20_000, row: 4_096 };
/** Refunds of any time are in what is kept; who had one after a report's `asOf` is read as they are. */
const ALL_REFUNDS = new Date('9999-12-31T00:00:00Z');
/** Key of the advisory lock that lets one process put changes in at a time. */
const KEEPING_LOCK = 7_264_009;

/** Keeps `order_histories` up with the orders. */
@Injectable()
export class HistoryKeeping {
  constructor(private readonly database: Database) {}

  /** Whether so many customers have changed that it is worth while. */
  async isDue(): Promise<boolean> {
    const [row] = await this.database.query<{ many: boolean }>(manyChanges(MANY_CHANGES));
    return row?.many === true;
  }

  /** Puts the changes of a batch of customers in; how many there were, 0 too when another process is at it. */
  async run(sizes = SIZES): Promise<number> {
    return this.database.transaction(async (tx) => {
      // What is read, what is put in and which changes are taken off are of one moment: later changes stay noted.
      await tx.execute('set transaction isolation level repeatable read');
      const [lock] = await tx.query<{ taken: boolean }>('select pg_try_advisory_xact_lock($1) as taken', [
        KEEPING_LOCK,
      ]);
      if (!lock?.taken) return 0;
      const ids = (await tx.query<{ id: string }>(waitingCustomers(sizes.batch))).map(({ id }) => id);
      if (ids.length === 0) return 0;
      const [fresh] = await tx.query<{ body: Buffer | null }>(historiesOf(ids, ALL_REFUNDS));
      await this.putIn(tx, ids, fresh?.body ?? Buffer.alloc(0), sizes.row);
      await tx.execute(takeOffChanges(ids));
      return ids.length;
    });
  }

  private async putIn(tx: Tx, ids: readonly string[], fresh: Buffer, aRow: number): Promise<void> {
    const starts = (await tx.query<{ id: string }>(KEPT_STARTS)).map(({ id }) => id);
    for (const part of partsOf(ids, starts)) {
      const own = sliceCustomers(fresh, part.ids);
      let old: Buffer = Buffer.alloc(0);
      if (part.from !== null) {
        old = (await tx.query<{ body: Buffer }>(keptFrom(part.from)))[0]?.body ?? old;
        await tx.execute(dropKept(part.from));
      }
      for (const { customers, body } of cutBody(replaceCustomers(old, sortedIds(part.ids), own), aRow)) {
        await tx.execute(keep(customerAt(body, 0), customers, body));
      }
    }
  }
}

/** Which part each of the ids belongs to; both lists ascending. Those before the first part belong to it. */
function partsOf(ids: readonly string[], starts: readonly string[]): Array<{ from: string | null; ids: string[] }> {
  const parts: Array<{ from: string | null; ids: string[] }> = [];
  let at = 0;
  for (const id of ids) {
    while (at + 1 < starts.length && (starts[at + 1] ?? '') <= id) at++;
    const from = starts[at] ?? null;
    const last = parts.at(-1);
    if (last && last.from === from) last.ids.push(id);
    else parts.push({ from, ids: [id] });
  }
  return parts;
}
