import { Injectable } from '@nestjs/common';
import { Database, type Queryable } from '../platform/database/database';
import { decodeCursor, type Page, pageOf, type PageQuery } from '../platform/http/page';
import { Refusal } from '../kernel/errors';
import { isUuid } from '../kernel/ids';
import { type ListedProduct, type ProductView } from './catalog.types';
import { PRODUCT_COLUMNS } from './data/products.sql';
import { REPLENISH_OF_PRODUCT } from './data/replenish.sql';
import { DEFAULT_REPLENISH_DAYS, type ReplenishBasis } from './replenishment';

interface Row extends Omit<ProductView, 'updatedAt'> {
  updatedAt: Date;
}

interface ListedRow extends Row {
  basis: ReplenishBasis | null;
  days: number | null;
  customers: number | null;
  gaps: number | null;
}

const viewOf = (row: Row): ProductView => ({ ...row, updatedAt: row.updatedAt.toISOString() });

function listedOf({ basis, days, customers, gaps, ...row }: ListedRow): ListedProduct {
  const known = { days: days ?? DEFAULT_REPLENISH_DAYS, basis: basis ?? ('default' as const) };
  return { ...viewOf(row), replenish: { ...known, customers: customers ?? 0, gaps: gaps ?? 0 } };
}

/** Reads products. */
@Injectable()
export class ProductsService {
  constructor(private readonly database: Database) {}

  /** Products, the newest first, with the time after which each is typically bought again. */
  async list(externalId: string | undefined, { limit, cursor }: PageQuery): Promise<Page<ListedProduct>> {
    const [after] = cursor === undefined ? [null] : decodeCursor(cursor, 1);
    if (typeof after === 'string' && !isUuid(after)) {
      throw Refusal.invalid([{ path: 'cursor', message: 'is not a cursor of this list; start again without it' }]);
    }
    const rows = await this.database.query<ListedRow>(
      `select ${PRODUCT_COLUMNS}, replenish.scope as basis, replenish.days, replenish.customers, replenish.gaps
       from products p ${REPLENISH_OF_PRODUCT}
       where ($1::text is null or p.external_id = $1) and ($2::uuid is null or p.id < $2::uuid)
       order by p.id desc limit $3`,
      [externalId ?? null, after, limit + 1],
    );
    return pageOf(rows, limit, listedOf, (row) => [row.id]);
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
