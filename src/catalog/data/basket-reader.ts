import { setImmediate } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { countsAsOfSql, refundedAsOfSql } from '../../orders/order-sql';
import { type Sql } from '../../platform/database/database';
import { BasketIndex, type Partners } from '../domain/basket-index';

/** Orders a page: 5,000 with 20 lines each are some 2 MB of JSON. */
const PAGE = 5_000;
/** Pairs counted between two turns of the event loop, about 5 ms. */
const WORK_PER_TURN = 300_000;

interface Row {
  id: string;
  products: string[] | null;
}

/** What can read: the database, a transaction, a replica. */
export interface SqlReader {
  query<Row>(sql: Sql): Promise<Row[]>;
}

/** Reads the baskets: the distinct products of each counting order. */
@Injectable()
export class BasketReader {
  /**
   * All baskets, as they count now or (`asOf`) by facts whose own time is no later; page by page, so that memory does
   * not follow the number of orders. Inactive and unknown products are in it.
   */
  async read(db: SqlReader, asOf?: Date): Promise<BasketIndex> {
    const baskets: string[][] = [];
    for (let after: string | null = null; ;) {
      const rows: Row[] = await db.query<Row>(basketPage(after, asOf));
      for (const { products } of rows) baskets.push(products ?? []);
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) return new BasketIndex(baskets);
      after = last.id;
    }
  }
}

function basketPage(after: string | null, asOf: Date | undefined): Sql {
  const products = `(select json_agg(distinct l.product_external_id) from order_lines l where l.order_id = o.id) as products`;
  const from = asOf ? `orders o ${refundedAsOfSql('o', '$3')}` : 'orders o';
  const counting = asOf ? countsAsOfSql('o', '$3') : 'o.counting';
  return {
    text: `select o.id, ${products} from ${from}
      where ${counting} and ($1::uuid is null or o.id > $1::uuid) order by o.id limit $2`,
    values: [after, PAGE, ...(asOf ? [asOf] : [])],
  };
}

/** Walks over all pairs and lets the event loop turn in between. */
export async function forEachPartners(
  index: BasketIndex,
  floor: number,
  visit: (partners: Partners) => void | Promise<void>,
): Promise<void> {
  let work = 0;
  for (const partners of index.pairs(floor)) {
    await visit(partners);
    work += partners.work;
    if (work < WORK_PER_TURN) continue;
    work = 0;
    await setImmediate();
  }
}
