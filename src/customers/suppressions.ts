import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { normaliseAddress } from '../kernel/address';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { isUuid, newId } from '../kernel/ids';
import { Database, type Tx } from '../platform/database/database';
import { type Page, pageOf, type PageQuery } from '../platform/http/page';
import { decodeTimeCursor } from '../platform/http/time-cursor';
import {
  liftSuppressions,
  listSuppressions,
  SUPPRESSION_COLUMNS,
  type SuppressionFilter,
  type SuppressionRow,
} from './data/suppressions.sql';
import { type SuppressionScope } from './domain/suppression-scope';
import { IdentityHash } from './identity-hash';

export { SUPPRESSION_SCOPES, type SuppressionScope } from './domain/suppression-scope';

/** An address to which nothing, or no marketing mail, is sent any more. */
export interface NewSuppression {
  /** Normalised. */
  address: string;
  /** Absent: `all`. */
  scope?: SuppressionScope;
  /** `manual`, `import`, `hard_bounce`, `complaint`... */
  reason: string;
  /** What it rests on: the bounce's status, the provider's event. */
  evidence?: unknown;
  at: Date;
}

export interface SuppressionView {
  id: string;
  /** Null: the person was erased, only the keyed hash is left. */
  address: string | null;
  scope: SuppressionScope;
  reason: string;
  evidence: unknown;
  at: string;
}

/** What a list is narrowed to; `address` finds an erased one too, by its hash. */
export interface SuppressionWish extends Omit<SuppressionFilter, 'hash'> {
  address?: string | undefined;
}

const PAGE = 1_000;
const viewOf = (row: SuppressionRow): SuppressionView => ({ ...row, at: row.at.toISOString() });

/**
 * Addresses that get no mail (scope `all`) or no marketing mail (`marketing`) whatever their consent: hard bounces,
 * complaints, what operators enter. They hold for whoever has the address and survive erasure as a keyed hash; no import and
 * no shop event lifts one.
 */
@Injectable()
export class Suppressions {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly hash: IdentityHash,
    private readonly audit: AuditLog,
  ) {}

  /** Suppresses addresses in one statement; one that is suppressed already in a scope keeps its first reason there. */
  async add(tx: Tx, suppressions: readonly NewSuppression[]): Promise<void> {
    if (suppressions.length === 0) return;
    await tx.execute(
      `insert into suppressions as s (id, address_hash, address, scope, reason, evidence, at)
       select id, hash, address, scope, reason, evidence::jsonb, at
       from unnest($1::uuid[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
         as r (id, hash, address, reason, evidence, at, scope)
       on conflict (address_hash, scope) do nothing`,
      [
        suppressions.map(({ at }) => newId(at)),
        suppressions.map(({ address }) => this.hash.address(address)),
        suppressions.map(({ address }) => address),
        suppressions.map(({ reason }) => reason),
        suppressions.map(({ evidence }) => (evidence === undefined ? null : JSON.stringify(evidence))),
        suppressions.map(({ at }) => at),
        suppressions.map(({ scope }) => scope ?? 'all'),
      ],
    );
  }

  /** By hand, by API. @throws Refusal when the address is none, or is suppressed already in this scope (409). */
  async create(wanted: {
    address: string;
    scope: SuppressionScope;
    reason: string;
    evidence?: Readonly<Record<string, unknown>> | undefined;
  }): Promise<SuppressionView> {
    const { scope, reason, evidence } = wanted;
    const normalised = normaliseAddress(wanted.address);
    if (!normalised) throw Refusal.invalid([{ path: 'address', message: 'is not an e-mail address' }]);
    const at = this.clock.now();
    const shown = evidence === undefined ? null : JSON.stringify(evidence);
    return this.database.transaction(async (tx) => {
      const [row] = await tx.query<SuppressionRow>(
        `insert into suppressions (id, address_hash, address, scope, reason, evidence, at)
         values ($1, $2, $3, $4, $5, $6::jsonb, $7)
         on conflict (address_hash, scope) do nothing returning ${SUPPRESSION_COLUMNS}`,
        [newId(at), this.hash.address(normalised), normalised, scope, reason, shown, at],
      );
      if (!row) throw Refusal.conflict('The address is suppressed already.');
      await this.audit.record(tx, {
        action: 'suppression.create',
        resource: `suppression:${row.id}`,
        after: { scope, reason },
      });
      return viewOf(row);
    });
  }

  /**
   * Lifts one by its id, or what an address has in a scope (without one: in all); that it was there stays on record.
   * @throws Refusal when there is none.
   */
  async remove(ref: string, scope?: SuppressionScope): Promise<void> {
    const address = isUuid(ref) ? undefined : normaliseAddress(ref);
    if (!isUuid(ref) && !address) throw Refusal.notFound('The suppression');
    const by = address ? { hash: this.hash.address(address), scope: scope ?? null } : { id: ref };
    await this.database.transaction(async (tx) => {
      const rows = await tx.query<SuppressionRow>(liftSuppressions(by, this.clock.now()));
      if (rows.length === 0) throw Refusal.notFound('The suppression');
      for (const row of rows) {
        await this.audit.record(tx, {
          action: 'suppression.delete',
          resource: `suppression:${row.id}`,
          before: { scope: row.scope, reason: row.reason, at: row.at },
        });
      }
    });
  }

  /** Newest first. */
  async list({ limit, cursor }: PageQuery, wish: SuppressionWish = {}): Promise<Page<SuppressionView>> {
    const after = decodeTimeCursor(cursor);
    const filter = this.filterOf(wish);
    if (!filter) return { items: [], nextCursor: null };
    const rows = await this.database.query<SuppressionRow>(listSuppressions(filter, after, limit + 1));
    return pageOf(rows, limit, viewOf, (row) => [row.at.toISOString(), row.id]);
  }

  /** All of a list, a page at a time. */
  async *all(wish: SuppressionWish = {}): AsyncGenerator<SuppressionRow[]> {
    const filter = this.filterOf(wish);
    let after: { at: Date | null; id: string | null } | undefined = { at: null, id: null };
    while (filter && after) {
      const rows: SuppressionRow[] = await this.database.query<SuppressionRow>(listSuppressions(filter, after, PAGE));
      const last: SuppressionRow | undefined = rows.at(-1);
      after = last && rows.length === PAGE ? { at: last.at, id: last.id } : undefined;
      yield rows;
    }
  }

  private filterOf({ address, ...rest }: SuppressionWish): SuppressionFilter | undefined {
    if (address === undefined) return rest;
    const normalised = normaliseAddress(address);
    return normalised ? { ...rest, hash: this.hash.address(normalised) } : undefined;
  }
}
