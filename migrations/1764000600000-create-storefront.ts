import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How shop events come in: sources and their secrets, raw deliveries, imports, what shops demand of us. */
export class CreateStorefront1764000600000 implements MigrationInterface {
  name = 'CreateStorefront1764000600000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      create table sources (
        id uuid primary key,
        key text not null,
        kind text not null check (kind in ('generic', 'shopify', 'woocommerce')),
        name text not null,
        created_at timestamptz not null,
        constraint sources_key_key unique (key)
      )`);
    await q.query(`
      create table source_secrets (
        id uuid primary key,
        source_id uuid not null references sources (id) on delete cascade,
        secret text not null,
        created_at timestamptz not null,
        expires_at timestamptz
      )`);
    await q.query(`create index source_secrets_source on source_secrets (source_id)`);

    // Stays when its source is deleted, therefore the key beside the id. source_id is null for the bulk door.
    await q.query(`
      create table deliveries (
        id uuid primary key,
        source_id uuid,
        source text not null,
        kind text not null check (kind in ('generic', 'shopify', 'woocommerce')),
        channel text not null check (channel in ('webhook', 'bulk')),
        delivery_id text not null,
        type text not null,
        received_at timestamptz not null,
        version_at timestamptz not null,
        headers jsonb not null default '{}',
        body text not null,
        status text not null default 'stored' check (status in ('stored', 'processed', 'failed', 'ignored')),
        errors jsonb not null default '[]',
        attempts int not null default 0,
        processed_at timestamptz,
        customer_id uuid
      )`);
    // Waiting ones are worked off in the order of their versions, whatever their order of arrival.
    await q.query(`
      create index deliveries_stored on deliveries (version_at, delivery_id collate "C", id) where status = 'stored'`);
    await q.query(`create index deliveries_failed on deliveries (id) where status = 'failed'`);
    await q.query(`create index deliveries_customer on deliveries (customer_id) where customer_id is not null`);

    // Remembers what was delivered. Narrow, and never partitioned: deliveries may be, and then could not be unique.
    // scope is the source, or the nil UUID for the bulk door.
    await q.query(`
      create table delivery_ids (
        scope uuid not null,
        delivery_id text not null,
        id uuid not null,
        primary key (scope, delivery_id)
      )`);

    // On which days (of the store's calendar) a source delivered: silence of a source is read from here.
    await q.query(`
      create table source_days (
        source_id uuid not null,
        day date not null,
        source text not null,
        deliveries int not null,
        last_at timestamptz not null,
        primary key (source_id, day)
      )`);

    await q.query(`
      create table imports (
        id uuid primary key,
        kind text not null check (kind in ('customers', 'orders', 'products', 'suppressions', 'exposures')),
        format text not null check (format in ('csv', 'ndjson')),
        holdout double precision,
        status text not null check (status in ('waiting', 'running', 'completed', 'failed')),
        upload uuid,
        received boolean not null default false,
        rows bigint not null default 0,
        processed bigint not null default 0,
        accepted bigint not null default 0,
        rejected bigint not null default 0,
        error text,
        created_at timestamptz not null,
        started_at timestamptz,
        completed_at timestamptz
      )`);
    await q.query(`create index imports_due on imports (id) where status = 'running' and received`);
    // json, not jsonb: the cells stay in the order of the file, for the error file.
    await q.query(`
      create table import_chunks (
        import_id uuid not null references imports (id) on delete cascade,
        seq int not null,
        rows json not null,
        primary key (import_id, seq)
      )`);
    await q.query(`
      create table import_errors (
        id bigint generated always as identity primary key,
        import_id uuid not null references imports (id) on delete cascade,
        row_number bigint not null,
        column_name text not null,
        message text not null,
        raw text not null
      )`);
    await q.query(`create index import_errors_import on import_errors (import_id, row_number, id)`);

    // What a shop demands by law: data of a person to be handed out or erased, or all data of the shop.
    await q.query(`
      create table shop_requests (
        id uuid primary key,
        source text not null,
        kind text not null check (kind in ('data_request', 'redact', 'shop_redact')),
        reference text,
        delivery_id uuid not null,
        customer_id uuid,
        at timestamptz not null,
        export jsonb
      )`);
    await q.query(`create index shop_requests_customer on shop_requests (customer_id) where customer_id is not null`);
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}
