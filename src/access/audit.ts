import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import { newId } from '../kernel/ids';
import { AppConfig } from '../platform/config/config';
import { Database, type Tx } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { actor } from '../platform/http/request-context';
import { maskAddresses } from './domain/mask-addresses';

/** One write: `resource` is `<kind>:<id>`; `before` and `after` never hold secrets, nor what a person is called. */
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
  /** Its place in the chain of hashes; null for the moment until it is chained. */
  position: number | null;
  /** Over the line and the hash of the one before; null likewise. */
  hash: string | null;
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
    private readonly config: AppConfig,
  ) {}

  /**
   * Adds a line; it is chained once it is committed. E-mail addresses are kept as keyed hashes: a line is never changed,
   * so an erasure could not take one out again.
   */
  async record(tx: Tx, entry: AuditEntry): Promise<void> {
    const at = this.clock.now();
    await tx.execute(
      'insert into audit_log (id, at, actor, action, resource, before, after) values ($1, $2, $3, $4, $5, $6, $7)',
      [newId(at), at, actor(), entry.action, entry.resource, this.kept(entry.before), this.kept(entry.after)],
    );
  }

  private kept(value: unknown): string | null {
    if (value === undefined || value === null) return null;
    return JSON.stringify(maskAddresses(value, (address) => this.maskOf(address)));
  }

  private maskOf(address: string): string {
    const hash = createHmac('sha256', this.config.secretKey).update(`audit:${address}`, 'utf8').digest('hex');
    return `address:${hash.slice(0, 24)}`;
  }

  /** The log, newest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<AuditLine>> {
    const [at, id] = cursor === undefined ? [null, null] : decodeCursor(cursor, 2);
    const rows = await this.database.query<AuditRow>(
      `select l.id, l.at, l.actor, l.action, l.resource, l.before, l.after, c.position, encode(c.hash, 'hex') as hash
       from audit_log l left join audit_chain c on c.line_id = l.id
       where $1::timestamptz is null or (l.at, l.id) < ($1::timestamptz, $2::uuid)
       order by l.at desc, l.id desc limit $3`,
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
