import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { isUuid, newId } from '../kernel/ids';
import { AppConfig } from '../platform/config/config';
import { Database, type Queryable, type Tx } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import * as sql from './data/loyalty.sql';
import { entriesPage, type EntryRow, entryOfRequest, presentCustomer } from './data/points.sql';
import { expiryOf } from './domain/earn-points';
import { LoyaltyAccounts, ruleBook } from './loyalty-accounts';
import { type PointBalanceView, type PointChange, type PointEntryView } from './loyalty.types';

/** What came of a change by the shop. */
export interface PointChangeResult extends PointBalanceView {
  entry: PointEntryView;
  /** The same request had been worked off before; nothing was done again. */
  repeated: boolean;
}

/** Points of a customer: the balance, the ledger, and what the shop puts in or takes out itself. */
@Injectable()
export class Points {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly accounts: LoyaltyAccounts,
    private readonly audit: AuditLog,
  ) {}

  /** The balance and a page of the ledger, the newest first. @throws Refusal (404) */
  async view(id: string, { limit, cursor }: PageQuery): Promise<PointBalanceView & { entries: Page<PointEntryView> }> {
    const customerId = await this.resolve(this.database, id);
    const after = cursor === undefined ? null : placeOf(cursor);
    const rows = await this.database.query<EntryRow>(entriesPage(customerId, after, limit + 1));
    const entries = pageOf(rows, limit, entryView, ({ at, id: entryId }) => [at.toISOString(), entryId]);
    return { ...(await this.balance(this.database, customerId)), entries };
  }

  /**
   * Puts points in or takes them out, once for each `id` of the shop.
   *
   * @throws Refusal: 404; 409 when fewer points are there than are taken, or `id` was used for something else
   */
  async change(id: string, { delta, reason, id: request, kind }: PointChange): Promise<PointChangeResult> {
    return this.database.transaction(async (tx) => {
      const customerId = await this.resolve(tx, id);
      await tx.query(sql.HOLD_LOYALTY);
      const now = this.clock.now();
      const entry: EntryRow = {
        id: newId(now),
        customerId,
        delta,
        kind: kind ?? (delta > 0 ? 'fed' : 'spent'),
        reference: `request:${request}`,
        at: now,
        expiresAt: delta > 0 ? await this.expiry(tx, now) : null,
        note: reason,
      };
      const [known] = await tx.query<EntryRow>(entryOfRequest(entry.reference));
      if (known) return { ...(await this.repeat(tx, known, entry)), repeated: true };
      const touch = new Map([[customerId, { cause: 'event', starts: true } as const]]);
      // What has expired by now cannot be spent, though the background work may not have come to it.
      await this.accounts.reckonAll(tx, touch, now);
      const { balance } = await this.balance(tx, customerId);
      if (delta < 0 && balance + delta < 0) {
        throw Refusal.conflict(`The customer has ${balance} points: ${-delta} cannot be taken.`);
      }
      await tx.execute(sql.appendEntries([{ ...entry, kind: entry.kind }], now));
      await this.accounts.reckonAll(tx, touch, now);
      await this.audit.record(tx, {
        action: 'points.change',
        resource: `customer:${customerId}`,
        after: { delta, kind: entry.kind, id: request },
      });
      return { entry: entryView(entry), ...(await this.balance(tx, customerId)), repeated: false };
    });
  }

  private async repeat(tx: Tx, known: EntryRow, asked: EntryRow): Promise<Omit<PointChangeResult, 'repeated'>> {
    if (known.customerId !== asked.customerId || known.delta !== asked.delta || known.kind !== asked.kind) {
      throw Refusal.conflict('This id was used before, for another customer or another change.');
    }
    return { entry: entryView(known), ...(await this.balance(tx, known.customerId)) };
  }

  private async expiry(tx: Tx, now: Date): Promise<Date | null> {
    return expiryOf(now, (await ruleBook(tx)).at(now).points, this.config.store.timezone);
  }

  private async balance(db: Queryable, customerId: string): Promise<PointBalanceView> {
    const [row] = await db.query<sql.AccountRow>(sql.accountsOf([customerId]));
    const { nextExpiryAt, nextExpiryPoints } = row ?? {};
    return {
      balance: row?.points ?? 0,
      owed: row?.owed ?? 0,
      tier: row?.tier ?? null,
      nextExpiry: nextExpiryAt ? { at: nextExpiryAt.toISOString(), points: nextExpiryPoints ?? 0 } : null,
    };
  }

  private async resolve(db: Queryable, id: string): Promise<string> {
    const [row] = isUuid(id) ? await db.query<{ id: string }>(presentCustomer(id)) : [];
    if (!row) throw Refusal.notFound('The customer');
    return row.id;
  }
}

function placeOf(cursor: string): [string, string] {
  const [at = '', id = ''] = decodeCursor(cursor, 2);
  if (!isUuid(id) || Number.isNaN(Date.parse(at))) {
    throw Refusal.invalid([{ path: 'cursor', message: 'is not a cursor of this list; start again without it' }]);
  }
  return [at, id];
}

function entryView({ id, delta, kind, reference, at, expiresAt, note }: EntryRow): PointEntryView {
  return { id, delta, kind, reference, at: at.toISOString(), expiresAt: expiresAt?.toISOString() ?? null, note };
}
