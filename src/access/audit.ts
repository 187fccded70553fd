import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import { newId } from '../kernel/ids';
import { Database, type Tx } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { actor } from '../platform/http/request-context';

/** One write: `resource` is `<kind>:<id>`; `before` and `after` never hold secrets. */
export interface AuditEntry {
  action: string;
  resource: string;
  before?: unknown;
  after?: unknown;
}

export interface AuditLine {
  id: string;
  at: string;
  actor: string;
  action: string;
  resource: string;
  before: unknown;
  after: unknown;
}

interface AuditRow extends Omit<AuditLine, 'at'> {
  at: Date;
}

/** Who changed what, when. Written in the transaction of the change, so that neither stands without the other. */
@Injectable()
export class AuditLog {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async record(tx: Tx, entry: AuditEntry): Promise<void> {
    const at = this.clock.now();
    await tx.execute(
      'insert into audit_log (id, at, actor, action, resource, before, after) values ($1, $2, $3, $4, $5, $6, $7)',
      [newId(at), at, actor(), entry.action, entry.resource, json(entry.before), json(entry.after)],
    );
  }

  /** The log, newest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<AuditLine>> {
    const [at, id] = cursor === undefined ? [null, null] : decodeCursor(cursor, 2);
    const rows = await this.database.query<AuditRow>(
      `select id, at, actor, action, resource, before, after from audit_log
       where $1::timestamptz is null or (at, id) < ($1::timestamptz, $2::uuid)
       order by at desc, id desc limit $3`,
      [at, id, limit + 1],
    );
    return pageOf(
      rows,
      limit,
      (row) => ({ ...row, at: row.at.toISOString() }),
      (row) => [row.at.toISOString(), row.id],
    );
  }
}

function json(value: unknown): string | null {
  return value === undefined || value === null ? null : JSON.stringify(value);
}
