import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { newId } from '../kernel/ids';
import { fromMinor } from '../kernel/money';
import { AppConfig } from '../platform/config/config';
import { Database, type Queryable, type Tx } from '../platform/database/database';
import { requireMatch } from '../platform/http/etag';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { CouponStock } from './coupon-stock';
import {
  type CodesWish,
  type CouponStatus,
  type CouponView,
  type PoolCounts,
  type PoolTerms,
  type PoolView,
} from './coupons.types';
import {
  type CountsRow,
  deletePool,
  insertPool,
  poolByRef,
  poolCounts,
  poolPage,
  type PoolRow,
  updatePool,
  usedCode,
} from './data/coupon-pools.sql';
import { lockPool } from './data/allocate.sql';
import { couponPage, type CouponRow } from './data/coupons.sql';
import { readTerms, type SentTerms } from './domain/read-pool';
import { PoolUses } from './pool-use';

const NO_CODES: PoolCounts = {
  total: 0,
  free: 0,
  allocated: 0,
  redeemed: 0,
  expired: 0,
  withdrawn: 0,
  redeemedByOthers: 0,
};

/** Coupon pools for people: what they are worth, their codes, and how these stand. */
@Injectable()
export class CouponPools {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly stock: CouponStock,
    private readonly uses: PoolUses,
    private readonly audit: AuditLog,
  ) {}

  /** Newest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<PoolView>> {
    const before = cursor === undefined ? null : (decodeCursor(cursor, 1)[0] ?? null);
    const rows = await this.database.query<PoolRow>(poolPage(before, limit + 1));
    const counts = await this.counts(this.database, rows);
    return pageOf(
      rows,
      limit,
      (row) => this.view(row, counts.get(row.id)),
      (row) => [row.id],
    );
  }

  /** @throws Refusal 404. */
  async get(ref: string): Promise<PoolView> {
    return this.shown(this.database, await find(this.database, ref));
  }

  /** Makes a pool with its first codes. @throws Refusal 422 with the path of every fault (`codes[3]`), 409: the key is taken. */
  async create(sent: SentTerms & CodesWish): Promise<PoolView> {
    const terms = this.terms(sent);
    const codes = this.stock.read(sent);
    return this.database.transaction(async (tx) => {
      const at = this.clock.now();
      const [row] = await tx.query<PoolRow>(insertPool(newId(at), terms, at));
      if (!row) throw taken(terms.key);
      const added = await this.stock.add(tx, row.id, codes, at);
      const resource = `coupon-pool:${row.id}`;
      await this.audit.record(tx, { action: 'coupon-pool.create', resource, after: { ...terms, codes: added } });
      return this.shown(tx, row);
    });
  }

  /**
   * Replaces the terms. Codes that were given keep their expiry; what they are worth in mails to come is what the pool says.
   * @throws Refusal 404, 409 (a key that is taken; another key while it is in use), 412, 422.
   */
  async replace(ref: string, sent: SentTerms, ifMatch?: string): Promise<PoolView> {
    const terms = this.terms(sent);
    return this.database.transaction(async (tx) => {
      const before = await find(tx, ref, true);
      requireMatch(ifMatch, before.version);
      if (terms.key !== before.key) {
        await this.mustBeUnused(tx, before);
        if ((await tx.query(poolByRef(terms.key))).length > 0) throw taken(terms.key);
      }
      const [row] = await tx.query<PoolRow>(updatePool(before.id, terms, this.clock.now()));
      if (!row) throw Refusal.notFound(`The coupon pool ${ref}`);
      const resource = `coupon-pool:${row.id}`;
      await this.audit.record(tx, { action: 'coupon-pool.update', resource, before: termsOf(before), after: terms });
      return this.shown(tx, row);
    });
  }

  /** Deletes a pool whose codes nobody ever got. @throws Refusal 404, 409 while it is in use or once it was, 412. */
  async remove(ref: string, ifMatch?: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const before = await find(tx, ref, true);
      requireMatch(ifMatch, before.version);
      await this.mustBeUnused(tx, before);
      await tx.execute(lockPool(before.id, true));
      if ((await tx.query(usedCode(before.id))).length > 0)
        throw Refusal.conflict(
          `Codes of the coupon pool ${before.key} were given to customers or used; it stays for the reports.`,
        );
      for (const statement of deletePool(before.id)) await tx.execute(statement);
      const resource = `coupon-pool:${before.id}`;
      await this.audit.record(tx, { action: 'coupon-pool.delete', resource, before: termsOf(before) });
    });
  }

  /** Adds codes. @throws Refusal 404, 422 with the path of every fault. */
  async addCodes(ref: string, wish: CodesWish): Promise<PoolView> {
    const codes = this.stock.read(wish);
    return this.database.transaction(async (tx) => {
      const row = await find(tx, ref, true);
      const added = await this.stock.add(tx, row.id, codes, this.clock.now());
      const resource = `coupon-pool:${row.id}`;
      await this.audit.record(tx, { action: 'coupon-pool.add-codes', resource, after: { codes: added } });
      return this.shown(tx, row);
    });
  }

  /** The codes of a pool, oldest first. @throws Refusal 404. */
  async coupons(ref: string, query: PageQuery & { status?: CouponStatus }): Promise<Page<CouponView>> {
    const { id } = await find(this.database, ref);
    const after = query.cursor === undefined ? null : (decodeCursor(query.cursor, 1)[0] ?? null);
    const page = couponPage(id, this.clock.now(), query.status ?? null, after, query.limit + 1);
    const rows = await this.database.query<CouponRow>(page);
    return pageOf(
      rows,
      query.limit,
      (row) => couponView(row, this.config.store.currency),
      (row) => [row.id],
    );
  }

  private terms(sent: SentTerms): PoolTerms {
    const read = readTerms(sent, this.config.store.currency);
    if (!read.ok) throw Refusal.invalid(read.faults);
    return read.terms;
  }

  private async mustBeUnused(tx: Tx, pool: PoolRow): Promise<void> {
    const uses = await this.uses.usesOf(tx, pool);
    if (uses.length > 0) throw Refusal.conflict(`The coupon pool ${pool.key} is in use: ${uses.join(', ')}.`);
  }

  private async shown(db: Queryable, row: PoolRow): Promise<PoolView> {
    return this.view(row, (await this.counts(db, [row])).get(row.id));
  }

  private async counts(db: Queryable, rows: readonly PoolRow[]): Promise<Map<string, CountsRow>> {
    const ids = rows.map(({ id }) => id);
    const found = ids.length === 0 ? [] : await db.query<CountsRow>(poolCounts(ids, this.clock.now()));
    return new Map(found.map((row) => [row.poolId, row]));
  }

  private view(row: PoolRow, found: CountsRow | undefined): PoolView {
    const { poolId: _, costMinor, ...counts } = found ?? { ...NO_CODES, poolId: row.id, costMinor: 0 };
    const { currency } = this.config.store;
    return {
      id: row.id,
      ...termsOf(row),
      counts,
      cost: fromMinor(costMinor, currency),
      currency,
      warnings: warningsOf(row, counts),
      version: row.version,
      createdAt: row.createdAt.toISOString(),
      updatedAt: row.updatedAt.toISOString(),
    };
  }
}

function warningsOf({ warnBelow, whenExhausted }: PoolRow, { free }: PoolCounts): string[] {
  const then = whenExhausted === 'skip' ? 'are skipped (no_coupon)' : 'go out without a coupon';
  if (free === 0) return [`No code is left: mails that want one ${then}.`];
  return free < warnBelow ? [`Codes left: ${free}; after that mails ${then}.`] : [];
}

async function find(db: Queryable, ref: string, lock = false): Promise<PoolRow> {
  const [row] = await db.query<PoolRow>(poolByRef(ref, lock));
  if (!row) throw Refusal.notFound(`The coupon pool ${ref}`);
  return row;
}

function taken(key: string): Refusal {
  return Refusal.conflict(`The key ${key} is taken.`);
}

function termsOf(row: PoolRow): PoolTerms {
  const { key, name, discount, expiresAfter, whenExhausted, warnBelow, remindBefore } = row;
  return { key, name, discount, expiresAfter, whenExhausted, warnBelow, remindBefore };
}

function couponView(row: CouponRow, currency: string): CouponView {
  const { allocatedAt, expiresAt, releasedAt, redeemedAt, costMinor, ...rest } = row;
  return {
    ...rest,
    allocatedAt: allocatedAt?.toISOString() ?? null,
    expiresAt: expiresAt?.toISOString() ?? null,
    releasedAt: releasedAt?.toISOString() ?? null,
    redeemedAt: redeemedAt?.toISOString() ?? null,
    redeemedByOther: redeemedAt !== null && (row.redeemedBy === null || row.redeemedBy !== row.customerId),
    cost: costMinor === null ? null : fromMinor(costMinor, currency),
  };
}
