import { type Sql } from '../../platform/database/database';
import { type ImportRow, type RejectedRow } from '../domain/import-rows';
import { type ImportKind } from '../domain/import-columns';

/** An import whose file is in, and that is being worked off. */
export interface RunningImport {
  id: string;
  kind: ImportKind;
  /** Of exposures: the share that was planned to be held out. */
  holdout: number | null;
  createdAt: Date;
}

/** The oldest running import that no other process is at. */
export const CLAIM_IMPORT = `
  select id, kind, holdout, created_at as "createdAt" from imports
  where status = 'running' and received order by id limit 1 for no key update skip locked`;

export const OLDEST_RUNNING = `
  select started_at as "startedAt" from imports where status = 'running' and received order by id limit 1`;

/** Stores a chunk of an upload, unless another upload of the same import has taken over. */
export function storeChunk(importId: string, upload: string, seq: number, rows: readonly ImportRow[]): Sql {
  return {
    text: `
      insert into import_chunks (import_id, seq, rows)
      select id, $3, $4::json from imports where id = $1 and upload = $2 and not received
      returning seq`,
    values: [importId, upload, seq, JSON.stringify(rows)],
  };
}

/** Takes the next chunk out. */
export function takeChunk(importId: string): Sql {
  return {
    text: `
      delete from import_chunks
      where import_id = $1 and seq = (select min(seq) from import_chunks where import_id = $1)
      returning rows`,
    values: [importId],
  };
}

export function storeRejected(importId: string, rejected: readonly RejectedRow[]): Sql {
  return {
    text: `
      insert into import_errors (import_id, row_number, column_name, message, raw)
      select $1::uuid, r.* from unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) as r`,
    values: [
      importId,
      rejected.map((one) => one.row),
      rejected.map((one) => one.column),
      rejected.map((one) => one.message),
      rejected.map((one) => one.raw),
    ],
  };
}

/** Counts a chunk; the import is completed with its last one. */
export function countChunk(importId: string, processed: number, rejected: number, at: Date): Sql {
  return {
    text: `
      update imports i set processed = processed + $2::bigint, rejected = rejected + $3::bigint,
        accepted = accepted + $2::bigint - $3::bigint,
        status = case when more.chunks then 'running' else 'completed' end,
        completed_at = case when more.chunks then null else $4::timestamptz end
      from (select exists (select 1 from import_chunks where import_id = $1) as chunks) more
      where i.id = $1`,
    values: [importId, processed, rejected, at],
  };
}

/** A page of the error file, in the order of the file. */
export function rejectedAfter(importId: string, row: number, id: number, limit: number): Sql {
  return {
    text: `
      select id, row_number as row, column_name as column, message, raw from import_errors
      where import_id = $1 and (row_number, id) > ($2, $3) order by row_number, id limit $4`,
    values: [importId, row, id, limit],
  };
}
