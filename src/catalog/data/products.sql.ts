import { type Sql } from '../../platform/database/database';
import { type ProductState } from '../domain/product-state';

/** Locked in the order of the ids, so that two batches at once cannot wait for each other in a circle. */
export function loadProducts(externalIds: readonly string[]): Sql {
  return {
    text: `
      select id, external_id as "externalId", name, category, price, url, image_url as "imageUrl", active, versions
      from products where external_id = any($1::text[]) order by id for no key update`,
    values: [externalIds],
  };
}

/** Writes whole products, new and changed. */
export function saveProducts(products: readonly ProductState[], at: Date): Sql {
  return {
    text: `
      insert into products (id, external_id, name, category, price, url, image_url, active, versions, recorded_at, updated_at)
      select r.id, r.external_id, r.name, r.category, r.price, r.url, r.image_url, r.active, r.versions::jsonb, $10, $10
      from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::numeric[], $6::text[], $7::text[], $8::boolean[], $9::text[])
        as r (id, external_id, name, category, price, url, image_url, active, versions)
      on conflict (id) do update set name = excluded.name, category = excluded.category, price = excluded.price,
        url = excluded.url, image_url = excluded.image_url, active = excluded.active, versions = excluded.versions,
        updated_at = excluded.updated_at`,
    values: [
      products.map((product) => product.id),
      products.map((product) => product.externalId),
      products.map((product) => product.name),
      products.map((product) => product.category),
      products.map((product) => product.price),
      products.map((product) => product.url),
      products.map((product) => product.imageUrl),
      products.map((product) => product.active),
      products.map((product) => JSON.stringify(product.versions)),
      at,
    ],
  };
}

/** A price as a shop writes it: at least two decimals, four only where they say something. */
export const PRICE_TEXT = (column: string): string =>
  `case when ${column} is null then null else regexp_replace(${column}::text, '(\\.\\d\\d)(\\d*?)0*$', '\\1\\2') end`;

export const PRODUCT_COLUMNS = `p.id, p.external_id as "externalId", p.name, p.category, ${PRICE_TEXT('p.price')} as price,
  p.url, p.image_url as "imageUrl", p.active, p.updated_at as "updatedAt"`;
