import { type Sql } from '../../platform/database/database';
import { type SuppressionScope } from '../domain/suppression-scope';

/** What a list of suppressions is narrowed to. */
export interface SuppressionFilter {
  /** Keyed hash: one whose person was erased is found too. */
  hash?: Buffer | undefined;
  scope?: SuppressionScope | undefined;
  reason?: string | undefined;
  /** From this instant on, and before that one. */
  since?: Date | undefined;
  until?: Date | undefined;
}

export interface SuppressionRow {
  id: string;
  address: string | null;
  scope: SuppressionScope;
  reason: string;
  evidence: unknown;
  at: Date;
}

export const SUPPRESSION_COLUMNS = 'id, address, scope, reason, evidence, at';

/** A page, newest first. Plan: suppressions_at backwards, or suppressions_address_key by hash. */
export function listSuppressions(
  filter: SuppressionFilter,
  after: { at: Date | null; id: string | null },
  limit: number,
): Sql {
  const { hash = null, scope = null, reason = null, since = null, until = null } = filter;
  return {
    text: `
      select ${SUPPRESSION_COLUMNS} from suppressions
      where ($1::timestamptz is null or (at, id) < ($1::timestamptz, $2::uuid))
        and ($3::bytea is null or address_hash = $3) and ($4::text is null or scope = $4)
        and ($5::text is null or reason = $5)
        and ($6::timestamptz is null or at >= $6) and ($7::timestamptz is null or at < $7)
      order by at desc, id desc limit $8`,
    values: [after.at, after.id, hash, scope, reason, since, until, limit],
  };
}

/** Takes off the list what an id, or an address in one scope or in all, names; that it stood there is kept. */
export function liftSuppressions(by: { id: string } | { hash: Buffer; scope: string | null }, now: Date): Sql {
  const [where, values] =
    'id' in by
      ? ['id = $2', [now, by.id]]
      : ['address_hash = $2 and ($3::text is null or scope = $3)', [now, by.hash, by.scope]];
  return {
    text: `
      with gone as (
        delete from suppressions where ${where} returning *
      ), kept as (
        insert into lifted_suppressions (id, address_hash, address, scope, reason, evidence, at, lifted_at)
        select id, address_hash, address, scope, reason, evidence, at, $1 from gone
      )
      select ${SUPPRESSION_COLUMNS} from gone`,
    values,
  };
}
