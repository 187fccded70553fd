import { Injectable } from '@nestjs/common';
import { type Snapshot } from '../../platform/database/snapshot';
import { ReportsDatabase } from '../data/reports-database';
import {
  changedCustomers,
  customerAfter,
  historiesBetween,
  historiesOf,
  KEPT,
  packedGroups,
} from './data/order-histories.sql';
import { Beside, HistoryReader, type OrderHistory, sortedIds } from './domain/history-body';
import { type Grouping } from '../data/retention/groups.sql';
import { PeriodPlaceholders, Values } from '../data/retention/period-placeholders';
import { type PeriodScope } from '../data/retention/period-scope';

/** Told of customers one after the other, ascending by id: `body` holds the id at `offset`. */
export type HistoryVisit = (history: OrderHistory, body: Buffer, offset: number) => void;

/** Which groups each customer is in, asked for customers in ascending order: places among the names. */
export interface Groups {
  names: string[];
  /** Ascending by customer: 16 bytes of id, 4 of a place. */
  members: Buffer;
  /** A new walk, from the first customer. */
  walk(): (body: Buffer, offset: number) => Iterable<number>;
}

/** Of more customers than this with changes nothing that is kept is read. */
const CHANGED_AT_MOST = 20_000;
/** Customers whose orders are read as they are in one statement: some ten megabytes. */
const LIVE_PAGE = 20_000;
const GROUP_BYTES = 20;

/**
 * The counting orders of all customers, for reports that look at every order of the shop: most as they are kept in
 * `order_histories`, those of customers with later changes as they are. Both are of one snapshot, so the answer is always
 * that of the orders themselves.
 */
@Injectable()
export class OrderHistories {
  constructor(private readonly database: ReportsDatabase) {}

  /**
   * Tells of the orders of every customer who has any that count, by the facts known now whose own time is <= `asOf`;
   * orders placed later are told, too.
   *
   * @param prepare is asked once, in the snapshot of the orders. What it gives is called for each walk over customers in
   *   ascending order; everybody is in one of the walks
   */
  async scan(asOf: Date, prepare: (snapshot: Snapshot) => Promise<() => HistoryVisit>): Promise<void> {
    await this.database.snapshot(async (snapshot) => {
      const begin = await prepare(snapshot);
      const changed = await snapshot.query<{ id: string }>(changedCustomers(asOf, CHANGED_AT_MOST + 1));
      if (changed.length > CHANGED_AT_MOST) return this.asTheyAre(snapshot, asOf, begin());
      const ids = changed.map(({ id }) => id);
      await this.kept(snapshot, ids, begin());
      const [live] = await snapshot.query<{ body: Buffer | null }>(historiesOf(ids, asOf));
      if (live?.body) visitAll(live.body, begin());
    });
  }

  /** Who is in which group, as a report breaks its figures down. */
  async groups(snapshot: Snapshot, scope: PeriodScope, grouping: Grouping): Promise<Groups> {
    const values = new Values();
    const who = grouping(new PeriodPlaceholders(scope, values));
    const [row] = await snapshot.query<{ names: string[]; members: Buffer | null }>(packedGroups(who, values.list));
    const members = row?.members ?? Buffer.alloc(0);
    return {
      names: row?.names ?? [],
      members,
      walk: () => {
        const beside = new Beside(members, GROUP_BYTES);
        return (body, offset) => (beside.find(body, offset) ? placesIn(members, beside) : []);
      },
    };
  }

  private async kept(snapshot: Snapshot, changed: readonly string[], visit: HistoryVisit): Promise<void> {
    const beside = new Beside(sortedIds(changed));
    const reader = new HistoryReader();
    for await (const body of snapshot.copyOut({ text: KEPT })) {
      reader.each(body, (history, offset) => {
        if (!beside.find(body, offset)) visit(history, body, offset);
      });
    }
  }

  private async asTheyAre(snapshot: Snapshot, asOf: Date, visit: HistoryVisit): Promise<void> {
    let after: string | null = null;
    do {
      const [end]: Array<{ id: string }> = await snapshot.query<{ id: string }>(customerAfter(after, LIVE_PAGE));
      const upto: string | null = end?.id ?? null;
      const [page] = await snapshot.query<{ body: Buffer | null }>(historiesBetween(after, upto, asOf));
      if (page?.body) visitAll(page.body, visit);
      after = upto;
    } while (after !== null);
  }
}

function visitAll(body: Buffer, visit: HistoryVisit): void {
  new HistoryReader().each(body, (history, offset) => visit(history, body, offset));
}

function* placesIn(members: Buffer, { start, end }: { start: number; end: number }): Iterable<number> {
  for (let at = start; at < end; at += GROUP_BYTES) yield members.readUInt32BE(at + GROUP_BYTES - 4);
}
