import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { Refusal } from '../kernel/errors';
import { isUuid } from '../kernel/ids';
import { type ProductView } from './catalog.types';
import { PRODUCT_COLUMNS } from './data/products.sql';

interface Row extends Omit<ProductView, 'updatedAt'> {
  updatedAt: Date;
}

const viewOf = (row: Row): ProductView => ({ ...row, updatedAt: row.updatedAt.toISOString() });

/** Reads products. */
@Injectable()
export class ProductsService {
  constructor(private readonly database: Database) {}

  /** Products, the newest first. */
  async list(externalId: string | undefined, { limit, cursor }: PageQuery): Promise<Page<ProductView>> {
    const [after] = cursor === undefined ? [null] : decodeCursor(cursor, 1);
    if (typeof after === 'string' && !isUuid(after)) {
      throw Refusal.invalid([{ path: 'cursor', message: 'is not a cursor of this list; start again without it' }]);
    }
    const rows = await this.database.query<Row>(
      `select ${PRODUCT_COLUMNS} from products p
       where ($1::text is null or p.external_id = $1) and ($2::uuid is null or p.id < $2::uuid)
       order by p.id desc limit $3`,
      [externalId ?? null, after, limit + 1],
    );
    return pageOf(rows, limit, viewOf, (row) => [row.id]);
  }

  /** Products by their external ids, in one statement: addresses and pictures for the lines of an order in a mail. */
  async load(db: Queryable, externalIds: readonly string[]): Promise<Map<string, ProductView>> {
    if (externalIds.length === 0) return new Map();
    const rows = await db.query<Row>(
      `select ${PRODUCT_COLUMNS} from products p where p.external_id = any($1::text[])`,
      [externalIds],
    );
    return new Map(rows.map((row) => [row.externalId, viewOf(row)]));
  }
}
