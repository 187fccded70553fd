import { type Sql } from '../../platform/database/database';
import { type RecommendationRequest, type RecommendedProduct } from '../catalog.types';
import { PRICE_TEXT } from './products.sql';

/** What each request starts from, at its index. */
export interface BasisRow {
  request: number;
  /** The products of the order that is looked at. */
  lines: string[] | null;
  /** Everything that the customer has ever bought. */
  bought: string[] | null;
}

/** The lines of each request's order (else of the customer's last counting one), and all that the customer ever bought. */
export function basisOf(requests: readonly RecommendationRequest[]): Sql {
  return {
    text: `
      select r.place::int - 1 as request,
        (select json_agg(distinct l.product_external_id) from order_lines l where l.order_id = coalesce(r.order_id, (
           select o.id from orders o where o.customer_id = r.customer_id and o.counting
           order by o.placed_at desc, o.id desc limit 1))) as lines,
        (select json_agg(distinct l.product_external_id) from orders o join order_lines l on l.order_id = o.id
         where o.customer_id = r.customer_id and o.first_counted_at is not null) as bought
      from unnest($1::uuid[], $2::uuid[]) with ordinality as r (customer_id, order_id, place)`,
    values: [requests.map(({ customerId }) => customerId), requests.map(({ orderId }) => orderId)],
  };
}

export interface PartnersRow {
  externalId: string;
  number: number;
  baskets: number;
  partners: number[];
  shared: number[];
}

/** As JSON: parsing 400,000 numbers takes 15 ms, as Postgres arrays 150 ms. */
export function partnersOf(externalIds: readonly string[]): Sql {
  return {
    text: `
      select product_external_id as "externalId", number, baskets, to_json(partners) as partners, to_json(shared) as shared
      from product_baskets where product_external_id = any($1::text[])`,
    values: [externalIds],
  };
}

export interface ProductRow extends RecommendedProduct {
  number: number;
  baskets: number;
  /** Null: not in the catalogue, so there is nothing to link to. */
  active: boolean | null;
}

const PRODUCT = `b.number, b.baskets, b.product_external_id as "externalId", p.name, p.category,
  ${PRICE_TEXT('p.price')} as price, p.url, p.image_url as "imageUrl", p.active`;

export function productsByNumber(numbers: readonly number[]): Sql {
  return {
    text: `select ${PRODUCT} from product_baskets b left join products p on p.external_id = b.product_external_id
      where b.number = any($1::int[])`,
    values: [numbers],
  };
}

/** The active products in most baskets. */
export function bestsellers(limit: number): Sql {
  return {
    text: `select ${PRODUCT} from product_baskets b join products p on p.external_id = b.product_external_id and p.active
      order by b.baskets desc, b.number limit $1`,
    values: [limit],
  };
}
