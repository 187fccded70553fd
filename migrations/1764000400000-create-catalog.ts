import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Products, and which of them are bought together. */
export class CreateCatalog1764000400000 implements MigrationInterface {
  name = 'CreateCatalog1764000400000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      create table products (
        id uuid primary key,
        external_id text not null,
        name text,
        category text,
        price numeric(14, 4),
        url text,
        image_url text,
        active boolean not null default true,
        versions jsonb not null default '{}',
        recorded_at timestamptz not null,
        updated_at timestamptz not null,
        constraint products_external_id_key unique (external_id)
      )`);

    // Products in counting orders, numbered in the order of their external ids. `partners` are the numbers of the
    // products that share baskets with it, `shared` how many: one row a product, because a row a pair took 30 s to
    // rewrite where this takes one.
    await q.query(`
      create table product_baskets (
        number int primary key,
        product_external_id text not null,
        baskets int not null,
        partners int[] not null,
        shared int[] not null,
        constraint product_baskets_product_key unique (product_external_id)
      )`);
    await q.query(`create index product_baskets_best on product_baskets (baskets desc, number)`);
    // One row: of which revision of the orders the table above is, and when it was made.
    await q.query(`
      create table catalog_state (
        only_row boolean primary key default true check (only_row),
        revision bigint not null,
        baskets int not null,
        computed_at timestamptz
      )`);
    await q.query(`insert into catalog_state (revision, baskets) values (0, 0)`);
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}
