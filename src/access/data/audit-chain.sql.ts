import { type Sql } from '../../platform/database/database';
import { type ChainedLine } from '../domain/audit-hash';

/** One process links at a time; the others find the lock taken and leave it to that one. */
export const TRY_AUDIT_CHAIN: Sql = { text: 'select pg_try_advisory_xact_lock(7264117520) as taken' };

const LINE = `l.id, to_char(l.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at, l.actor, l.action, l.resource,
  l.before::text as before, l.after::text as after`;

/** Since when a line waits; by its id, which begins with its time. */
export const oldestUnchained: Sql = {
  text: `select l.at from audit_unchained q join audit_log l on l.id = q.line_id order by q.line_id limit 1`,
};

export const unchainedLines = (limit: number): Sql => ({
  text: `select ${LINE} from audit_unchained q join audit_log l on l.id = q.line_id order by q.line_id limit $1`,
  values: [limit],
});

/** The last link; no row while there is none. */
export const auditHead: Sql = {
  text: `select position, encode(hash, 'hex') as hash from audit_chain order by position desc limit 1`,
};

export const unchainedCount: Sql = { text: 'select count(*)::int as waiting from audit_unchained' };

/** Adds links from `first` on, and takes their lines out of the queue. */
export const addLinks = (first: number, lines: ReadonlyArray<{ id: string; hash: string }>): Sql => ({
  text: `with linked as (
      insert into audit_chain (position, line_id, hash)
      select $1::bigint + r.n - 1, r.id, decode(r.hash, 'hex')
      from unnest($2::uuid[], $3::text[]) with ordinality as r (id, hash, n)
      returning line_id)
    delete from audit_unchained q using linked where q.line_id = linked.line_id`,
  values: [first, lines.map(({ id }) => id), lines.map(({ hash }) => hash)],
});

/** A link with its line, whose columns are null where the line is gone. */
export type LinkRow = { position: number; hash: string; lineId: string } & (ChainedLine | { id: null });

export const wholeChain: Sql = {
  text: `select c.position, encode(c.hash, 'hex') as hash, c.line_id as "lineId", ${LINE}
    from audit_chain c left join audit_log l on l.id = c.line_id order by c.position`,
};

/** Lines that somebody wrote past the chain, and lines that waited and are gone. */
export const strays: Sql = {
  text: `select l.id, false as gone from audit_log l
      where not exists (select 1 from audit_chain c where c.line_id = l.id)
        and not exists (select 1 from audit_unchained q where q.line_id = l.id)
    union all
    select q.line_id, true from audit_unchained q where not exists (select 1 from audit_log l where l.id = q.line_id)
    order by 1 limit 1000`,
};
