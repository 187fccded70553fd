import { Injectable } from '@nestjs/common';
import { normaliseAddress } from '../kernel/address';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { isUuid } from '../kernel/ids';
import { AppConfig } from '../platform/config/config';
import { Database, type Queryable } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { LapseThresholds } from '../predictions/lapse-thresholds';
import { memberSql, SegmentConditions } from '../segments/segment-conditions';
import { Segments } from '../segments/segments.service';
import { type CustomerRow, customerView, SELECT_CUSTOMERS } from './data/customer-view.sql';
import { type CustomerFilter, type CustomerView } from './profiles.types';

/** Reads customers, composed from all that is known of them. */
@Injectable()
export class CustomersService {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly conditions: SegmentConditions,
    private readonly segments: Segments,
    private readonly thresholds: LapseThresholds,
  ) {}

  /**
   * Customers, the newest first; those that the shop deleted and those that were erased are left out. An `externalId`
   * that was merged away leads to the record it was merged into.
   *
   * @throws Refusal (404) when the segment does not exist
   */
  async list(
    { email, externalId, segment, stage }: CustomerFilter,
    { limit, cursor }: PageQuery,
  ): Promise<Page<CustomerView>> {
    const values: unknown[] = [];
    const param = (value: unknown, cast: string): string => `$${values.push(value)}::${cast}`;
    const where = [memberSql('c')];
    if (email !== undefined) {
      const address = normaliseAddress(email);
      if (address === undefined) return { items: [], nextCursor: null };
      where.push(`c.email = ${param(address, 'text')}`);
    }
    if (externalId !== undefined) {
      const name = param(externalId, 'text');
      where.push(`c.id in (select id from customers where external_id = ${name}
        union all select customer_id from customer_aliases where external_id = ${name})`);
    }
    if (stage !== undefined) where.push(`coalesce(cs.stage, 'prospect') = ${param(stage, 'text')}`);
    if (cursor !== undefined) where.push(`c.id < ${param(idOf(cursor), 'uuid')}`);
    if (segment !== undefined) {
      const members = await this.conditions.compileRef(segment, this.clock.now(), {
        alias: 'c',
        offset: values.length,
      });
      values.push(...members.values);
      where.push(members.text);
    }
    const rows = await this.database.query<CustomerRow>(
      `${SELECT_CUSTOMERS} where ${where.join(' and ')} order by c.id desc limit ${param(limit + 1, 'int')}`,
      values,
    );
    return pageOf(
      rows,
      limit,
      (row) => this.view(row),
      (row) => [row.id],
    );
  }

  /** One customer; the id of a record that was merged away gives what it was merged into. @throws Refusal (404) */
  async get(id: string, db: Queryable = this.database): Promise<CustomerView> {
    const [found] = await this.byIds(db, [await this.resolve(id, db)]);
    if (!found) throw Refusal.notFound('The customer');
    return found;
  }

  /** {@link get} with what only the page of one customer shows. @throws Refusal (404) */
  async profile(id: string): Promise<CustomerView> {
    const found = await this.get(id);
    return { ...found, ownLapse: await this.thresholds.ofCustomer(this.database, found.id, this.clock.now()) };
  }

  /** The id under which a customer is known now. @throws Refusal (404) */
  async resolve(id: string, db: Queryable = this.database): Promise<string> {
    if (!isUuid(id)) throw Refusal.notFound('The customer');
    const [row] = await db.query<{ id: string }>(
      `select id from customers where id = $1
       union all select into_id from customer_merges where from_id = $1`,
      [id],
    );
    if (!row) throw Refusal.notFound('The customer');
    return row.id;
  }

  /** Whom a condition would mean now: how many, how many of them can be mailed, and the newest. @throws Refusal (422) */
  async preview(condition: unknown): Promise<{ count: number; mailable: number; sample: CustomerView[] }> {
    const { count, mailable, sampleIds } = await this.segments.preview(condition);
    return { count, mailable, sample: await this.byIds(this.database, sampleIds) };
  }

  private async byIds(db: Queryable, ids: readonly string[]): Promise<CustomerView[]> {
    const rows = await db.query<CustomerRow>(`${SELECT_CUSTOMERS} where c.id = any($1::uuid[]) order by c.id desc`, [
      ids,
    ]);
    return rows.map((row) => this.view(row));
  }

  private view(row: CustomerRow): CustomerView {
    return customerView(row, this.config.store.currency);
  }
}

function idOf(cursor: string): string {
  const [id = ''] = decodeCursor(cursor, 1);
  if (!isUuid(id)) {
    throw Refusal.invalid([{ path: 'cursor', message: 'is not a cursor of this list; start again without it' }]);
  }
  return id;
}
