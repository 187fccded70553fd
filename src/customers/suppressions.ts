import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { normaliseAddress } from '../kernel/address';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { isUuid, newId } from '../kernel/ids';
import { Database, type Tx } from '../platform/database/database';
import { type Page, pageOf, type PageQuery } from '../platform/http/page';
import { decodeTimeCursor } from '../platform/http/time-cursor';
import { IdentityHash } from './identity-hash';

/** An address to which nothing is sent any more. */
export interface NewSuppression {
  /** Normalised. */
  address: string;
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
  scope: string;
  reason: string;
  evidence: unknown;
  at: string;
}

interface Row extends Omit<SuppressionView, 'at'> {
  at: Date;
}

const COLUMNS = 'id, address, scope, reason, evidence, at';
const viewOf = (row: Row): SuppressionView => ({ ...row, at: row.at.toISOString() });

/**
 * Addresses that get no mail whatever their consent: hard bounces, complaints, what operators enter. They hold for
 * whoever has the address and survive erasure as a keyed hash; no import and no shop event lifts one.
 */
@Injectable()
export class Suppressions {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly hash: IdentityHash,
    private readonly audit: AuditLog,
  ) {}

  /** Suppresses addresses in one statement; one that is suppressed already keeps its first reason. */
  async add(tx: Tx, suppressions: readonly NewSuppression[]): Promise<void> {
    if (suppressions.length === 0) return;
    await tx.execute(
      `insert into suppressions as s (id, address_hash, address, reason, evidence, at)
       select id, hash, address, reason, evidence::jsonb, at
       from unnest($1::uuid[], $2::bytea[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
         as r (id, hash, address, reason, evidence, at)
       on conflict (address_hash, scope) do nothing`,
      [
        suppressions.map(({ at }) => newId(at)),
        suppressions.map(({ address }) => this.hash.address(address)),
        suppressions.map(({ address }) => address),
        suppressions.map(({ reason }) => reason),
        suppressions.map(({ evidence }) => (evidence === undefined ? null : JSON.stringify(evidence))),
        suppressions.map(({ at }) => at),
      ],
    );
  }

  /** By hand, by API. @throws Refusal when the address is none, or is suppressed already (409). */
  async create(address: string, reason: string): Promise<SuppressionView> {
    const normalised = normaliseAddress(address);
    if (!normalised) throw Refusal.invalid([{ path: 'address', message: 'is not an e-mail address' }]);
    const at = this.clock.now();
    return this.database.transaction(async (tx) => {
      const [row] = await tx.query<Row>(
        `insert into suppressions (id, address_hash, address, reason, at) values ($1, $2, $3, $4, $5)
         on conflict (address_hash, scope) do nothing returning ${COLUMNS}`,
        [newId(at), this.hash.address(normalised), normalised, reason, at],
      );
      if (!row) throw Refusal.conflict('The address is suppressed already.');
      await this.audit.record(tx, {
        action: 'suppression.create',
        resource: `suppression:${row.id}`,
        after: { reason },
      });
      return viewOf(row);
    });
  }

  /** Lifts one, by its id or its address; that it was there stays on record. @throws Refusal when there is none. */
  async remove(ref: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const address = isUuid(ref) ? undefined : normaliseAddress(ref);
      if (!isUuid(ref) && !address) throw Refusal.notFound('The suppression');
      const [row] = await tx.query<Row>(
        `with gone as (
           delete from suppressions where ${address ? 'address_hash = $1' : 'id = $1'} returning *
         ), kept as (
           insert into lifted_suppressions (id, address_hash, address, scope, reason, evidence, at, lifted_at)
           select id, address_hash, address, scope, reason, evidence, at, $2 from gone
         )
         select ${COLUMNS} from gone`,
        [address ? this.hash.address(address) : ref, this.clock.now()],
      );
      if (!row) throw Refusal.notFound('The suppression');
      await this.audit.record(tx, {
        action: 'suppression.delete',
        resource: `suppression:${row.id}`,
        before: { reason: row.reason, at: row.at },
      });
    });
  }

  /** Newest first. `address` narrows to that one, found by its hash, so an erased one is found too. */
  async list({ limit, cursor }: PageQuery, address?: string): Promise<Page<SuppressionView>> {
    const after = decodeTimeCursor(cursor);
    const normalised = address === undefined ? undefined : normaliseAddress(address);
    if (address !== undefined && !normalised) return { items: [], nextCursor: null };
    const rows = await this.database.query<Row>(
      `select ${COLUMNS} from suppressions
       where ($1::timestamptz is null or (at, id) < ($1::timestamptz, $2::uuid))
         and ($3::bytea is null or address_hash = $3)
       order by at desc, id desc limit $4`,
      [after.at, after.id, normalised ? this.hash.address(normalised) : null, limit + 1],
    );
    return pageOf(rows, limit, viewOf, (row) => [row.at.toISOString(), row.id]);
  }
}
