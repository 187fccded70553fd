import { Injectable } from '@nestjs/common';
import { newId } from '../kernel/ids';
import { Database, type Queryable, type Tx } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { Refusal } from '../kernel/errors';
import { Erasure } from '../profiles/erasure';
import { PersonalExport } from '../profiles/personal-export';
import { type Fact } from './domain/fact';

/** What a shop demands by law: hand out a person's data, erase a person, erase all of the shop. */
export type ShopRequestKind = 'data_request' | 'redact' | 'shop_redact';

export interface ShopRequestView {
  id: string;
  source: string;
  kind: ShopRequestKind;
  /** The shop's own number of the request. */
  reference: string | null;
  at: string;
  /** Null: nobody of that name is known here, or all of the shop is meant. */
  customerId: string | null;
}

interface Row extends Omit<ShopRequestView, 'at'> {
  at: Date;
}

const COLUMNS = `id, source, kind, reference, at, customer_id as "customerId"`;

/** Shopify's mandatory webhooks, done when they come and kept for the operator, who answers to the shop for them. */
@Injectable()
export class ShopRequests {
  constructor(
    private readonly database: Database,
    private readonly erasure: Erasure,
    private readonly exports: PersonalExport,
  ) {}

  /**
   * Does what the facts of a batch demand: `customers/redact` erases, `customers/data_request` makes an export,
   * `shop/redact` is recorded for the operator (whose decision it is to drop the installation).
   *
   * @returns whom they were about, by the index of the fact
   */
  async handle(tx: Tx, facts: readonly Fact[], at: Date): Promise<Map<number, string>> {
    const people = new Map<number, string>();
    for (const [index, { envelope, origin, deliveryId }] of facts.entries()) {
      if (envelope.kind !== 'redact' && envelope.kind !== 'data_request' && envelope.kind !== 'shop_redact') continue;
      const named = envelope.kind === 'shop_redact' ? [] : await this.find(tx, envelope.externalId, envelope.email);
      const reference = envelope.kind === 'data_request' ? (envelope.reference ?? null) : null;
      const collected: unknown[] = [];
      for (const customerId of named) {
        if (envelope.kind === 'redact') await this.erasure.erase(tx, customerId, at);
        else collected.push(await this.exports.collect(tx, customerId));
      }
      const [first = null] = named;
      if (first !== null) people.set(index, first);
      await tx.execute(
        `insert into shop_requests (id, source, kind, reference, delivery_id, customer_id, at, export)
         values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [
          newId(at),
          origin.replace(/^source:/, ''),
          envelope.kind,
          reference,
          deliveryId,
          first,
          at,
          envelope.kind === 'data_request' ? JSON.stringify(collected) : null,
        ],
      );
    }
    return people;
  }

  /** Newest first. */
  async list({ limit, cursor }: PageQuery): Promise<Page<ShopRequestView>> {
    const [id] = cursor === undefined ? [undefined] : decodeCursor(cursor, 1);
    const rows = await this.database.query<Row>(
      `select ${COLUMNS} from shop_requests where $1::uuid is null or id < $1::uuid order by id desc limit $2`,
      [id ?? null, limit + 1],
    );
    return pageOf(rows, limit, viewOf, (row) => [row.id]);
  }

  /** One request with what was collected for it. @throws Refusal 404 */
  async get(id: string): Promise<ShopRequestView & { export: unknown }> {
    const [row] = await this.database.query<Row & { export: unknown }>(
      `select ${COLUMNS}, export from shop_requests where id = $1`,
      [id],
    );
    if (!row) throw Refusal.notFound('The request');
    return { ...viewOf(row), export: row.export };
  }

  /** The customer of that id in the shop, else all who have that address. */
  private async find(db: Queryable, externalId: string | undefined, email: string | undefined): Promise<string[]> {
    const byId = await db.query<{ id: string }>(
      `select id from customers where external_id = $1
       union select customer_id from customer_aliases where external_id = $1`,
      [externalId ?? null],
    );
    if (byId.length > 0) return byId.map(({ id }) => id);
    const byAddress = await db.query<{ id: string }>(`select id from customers where email = $1 order by id`, [
      email ?? null,
    ]);
    return byAddress.map(({ id }) => id);
  }
}

function viewOf({ at, ...row }: Row): ShopRequestView {
  return { ...row, at: at.toISOString() };
}
