import { type Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../access/audit';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { newId } from '../kernel/ids';
import { Database, type Tx } from '../platform/database/database';
import { type CsvCell, csvStream } from '../platform/http/csv';
import { notifyDue } from '../platform/jobs/notify';
import { rejectedAfter, storeChunk } from './data/imports.sql';
import { type ImportFormat, type ImportKind } from './domain/import-columns';
import { type RejectedRow } from './domain/import-rows';
import { readChunks } from './read-upload';

export type ImportStatus = 'waiting' | 'running' | 'completed' | 'failed';

export interface ImportView {
  id: string;
  kind: ImportKind;
  format: ImportFormat;
  status: ImportStatus;
  /** Rows in the file; null until it has arrived. */
  rows: number | null;
  processed: number;
  accepted: number;
  rejected: number;
  /** The rows that were left out: `row, column, message, raw`. */
  errorsUrl: string;
  createdAt: string;
  completedAt: string | null;
}

interface ImportRecord {
  id: string;
  kind: ImportKind;
  format: ImportFormat;
  status: ImportStatus;
  received: boolean;
  rows: number;
  processed: number;
  accepted: number;
  rejected: number;
  createdAt: Date;
  completedAt: Date | null;
}

const COLUMNS = `id, kind, format, status, received, rows, processed, accepted, rejected, created_at as "createdAt",
  completed_at as "completedAt"`;
const ERROR_PAGE = 1_000;

/**
 * Imports of files. The upload is parsed as it streams and kept in chunks, so that a file of any length needs little
 * memory; it is worked off once it has arrived whole, silently.
 */
@Injectable()
export class ImportsService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly audit: AuditLog,
  ) {}

  /** Opens an import; its content is to follow. @throws Refusal 422 for a `holdout` of anything but exposures */
  async create(kind: ImportKind, format: ImportFormat, holdout: number | undefined): Promise<ImportView> {
    if (holdout !== undefined && kind !== 'exposures')
      throw Refusal.invalid([{ path: 'holdout', message: 'belongs to exposures alone' }]);
    const at = this.clock.now();
    const id = newId(at);
    return this.database.transaction(async (tx) => {
      await tx.execute(
        `insert into imports (id, kind, format, status, created_at, holdout) values ($1, $2, $3, 'waiting', $4, $5)`,
        [id, kind, format, at, holdout ?? null],
      );
      await this.audit.record(tx, {
        action: 'import.create',
        resource: `import:${id}`,
        after: { kind, format, ...(holdout === undefined ? {} : { holdout }) },
      });
      return viewOf(await find(tx, id));
    });
  }

  /** @throws Refusal 404 */
  async get(id: string): Promise<ImportView> {
    return viewOf(await find(this.database, id));
  }

  /**
   * Takes the content. Resolves once the whole file is stored; it is worked off afterwards. A broken upload leaves
   * nothing behind and may be sent again.
   *
   * @throws Refusal 404, 409 when the content is there already, 422 for a bad header line or an empty file
   */
  async upload(id: string, content: Readable): Promise<ImportView> {
    const upload = newId(this.clock.now());
    const record = await this.begin(id, upload);
    let rows = 0;
    let seq = 0;
    for await (const chunk of readChunks(record.kind, record.format, content)) {
      const kept = await this.database.query(storeChunk(id, upload, seq++, chunk));
      if (kept.length === 0) throw Refusal.conflict('Another upload of this import has taken over.');
      rows += chunk.length;
    }
    return this.finish(id, upload, rows);
  }

  /** The error file, streamed. Rows are numbered from 1, the header line not counted. @throws Refusal 404 */
  async errors(id: string): Promise<Readable> {
    await find(this.database, id);
    return csvStream(['row', 'column', 'message', 'raw'], this.errorPages(id));
  }

  private async *errorPages(id: string): AsyncGenerator<CsvCell[][]> {
    let after: [number, number] = [-1, 0];
    for (;;) {
      const page = await this.database.query<RejectedRow & { id: number }>(rejectedAfter(id, ...after, ERROR_PAGE));
      yield page.map(({ row, column, message, raw }) => [row, column, message, raw]);
      const last = page.at(-1);
      if (!last || page.length < ERROR_PAGE) return;
      after = [last.row, last.id];
    }
  }

  private async begin(id: string, upload: string): Promise<ImportRecord> {
    return this.database.transaction(async (tx) => {
      const record = await find(tx, id, 'for no key update');
      if (record.status !== 'waiting' || record.received)
        throw Refusal.conflict('The content of this import is there already.');
      await tx.execute('delete from import_chunks where import_id = $1', [id]);
      await tx.execute('update imports set upload = $2 where id = $1', [id, upload]);
      return record;
    });
  }

  private async finish(id: string, upload: string, rows: number): Promise<ImportView> {
    const at = this.clock.now();
    return this.database.transaction(async (tx) => {
      const mine = await tx.execute(
        `update imports set received = true, rows = $3::bigint, started_at = $4::timestamptz,
           status = case when $3::bigint > 0 then 'running' else 'completed' end,
           completed_at = case when $3::bigint > 0 then null else $4::timestamptz end
         where id = $1 and upload = $2 and not received`,
        [id, upload, rows, at],
      );
      if (mine === 0) throw Refusal.conflict('Another upload of this import has taken over.');
      await this.audit.record(tx, { action: 'import.upload', resource: `import:${id}`, after: { rows } });
      await notifyDue(tx);
      return viewOf(await find(tx, id));
    });
  }
}

async function find(db: Pick<Tx, 'query'>, id: string, lock = ''): Promise<ImportRecord> {
  const [record] = await db.query<ImportRecord>(`select ${COLUMNS} from imports where id = $1 ${lock}`, [id]);
  if (!record) throw Refusal.notFound('The import');
  return record;
}

function viewOf({ received, rows, createdAt, completedAt, ...record }: ImportRecord): ImportView {
  return {
    ...record,
    rows: received ? rows : null,
    errorsUrl: `/api/v1/imports/${record.id}/errors`,
    createdAt: createdAt.toISOString(),
    completedAt: completedAt?.toISOString() ?? null,
  };
}
