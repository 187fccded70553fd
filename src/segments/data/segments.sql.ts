import { type Sql } from '../../platform/database/database';

export interface SegmentRow {
  id: string;
  key: string;
  name: string;
  condition: unknown;
  builtIn: boolean;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

const COLUMNS = `id, key, name, condition, built_in as "builtIn", version, created_at as "createdAt", updated_at as "updatedAt"`;

/** Taken by whoever writes a segment: what it refers to cannot vanish, and no circle can close, in the meantime. */
export const holdSegments: Sql = { text: 'select pg_advisory_xact_lock(7264117051)' };

/** Segments are few and are read as one graph. */
export function allSegments(): Sql {
  return { text: `select ${COLUMNS} from segments order by id` };
}

export function segmentByRef(ref: string): Sql {
  return { text: `select ${COLUMNS} from segments where id::text = lower($1) or key = $1 limit 1`, values: [ref] };
}

/** A page of them, newest first; ids ascend with time, the built-in ones are the oldest. */
export function segmentPage(before: string | null, limit: number): Sql {
  return {
    text: `select ${COLUMNS} from segments where $1::uuid is null or id < $1::uuid order by id desc limit $2`,
    values: [before, limit],
  };
}

/** No row comes back when the key is taken. */
export function insertSegment(row: Pick<SegmentRow, 'id' | 'key' | 'name' | 'condition' | 'createdAt'>): Sql {
  return {
    text: `insert into segments (id, key, name, condition, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)
      on conflict (key) do nothing returning ${COLUMNS}`,
    values: [row.id, row.key, row.name, JSON.stringify(row.condition), row.createdAt],
  };
}

export function updateSegment(row: Pick<SegmentRow, 'id' | 'key' | 'name' | 'condition' | 'updatedAt'>): Sql {
  return {
    text: `update segments set key = $2, name = $3, condition = $4, version = version + 1, updated_at = $5
      where id = $1 returning ${COLUMNS}`,
    values: [row.id, row.key, row.name, JSON.stringify(row.condition), row.updatedAt],
  };
}

export function deleteSegment(id: string): Sql {
  return { text: 'delete from segments where id = $1', values: [id] };
}
