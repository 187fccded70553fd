import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who is told of our events, what is still to be told, and how each telling fared. */
export class CreateWebhookEndpoints1764200340000 implements MigrationInterface {
  name = 'CreateWebhookEndpoints1764200340000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      create table webhook_endpoints (
        id uuid primary key,
        name text,
        description text,
        url text not null,
        events text[] not null check (cardinality(events) > 0),
        enabled boolean not null default true,
        disabled_at timestamptz,
        disabled_reason text,
        failing_since timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        check (enabled = (disabled_at is null) and enabled = (disabled_reason is null))
      )`);
    await q.query(`
      create table webhook_secrets (
        id uuid primary key,
        endpoint_id uuid not null references webhook_endpoints (id) on delete cascade,
        secret text not null,
        created_at timestamptz not null,
        expires_at timestamptz
      )`);
    await q.query(`create index webhook_secrets_endpoint on webhook_secrets (endpoint_id)`);

    // A queue, not a log: rows are removed when they are fanned out, so no reader has to know in which order
    // transactions committed. "at" is null where the row that changed does not say when.
    await q.query(`
      create table webhook_outbox (
        seq bigint generated always as identity primary key,
        id uuid not null default gen_random_uuid(),
        type text not null,
        customer_id uuid,
        at timestamptz,
        data jsonb not null
      )`);
    await q.query(`create index webhook_outbox_customer on webhook_outbox (customer_id)`);

    // What was told, once for all endpoints. The body is fixed, so that every try says the same; null: the person was
    // erased.
    await q.query(`
      create table webhook_events (
        id uuid primary key,
        type text not null,
        customer_id uuid,
        body text,
        created_at timestamptz not null
      )`);
    await q.query(`create index webhook_events_customer on webhook_events (customer_id)`);
    await q.query(`create index webhook_events_created on webhook_events (created_at)`);

    // No foreign keys: both sides are pruned by their age, and endpoints go without waiting for their log. lease_until is
    // the database's own time.
    await q.query(`
      create table webhook_deliveries (
        id uuid primary key,
        endpoint_id uuid not null,
        event_id uuid not null,
        type text not null,
        status text not null check (status in ('queued', 'delivered', 'failed', 'missed')),
        attempts int not null default 0,
        created_at timestamptz not null,
        next_try_at timestamptz,
        claim_token uuid,
        lease_until timestamptz,
        last_at timestamptz,
        last_status int,
        last_answer text,
        last_error text,
        finished_at timestamptz,
        constraint webhook_deliveries_queued check ((status = 'queued') = (next_try_at is not null))
      )`);
    await q.query(`create unique index webhook_deliveries_event on webhook_deliveries (event_id, endpoint_id)`);
    await q.query(`create index webhook_deliveries_due on webhook_deliveries (next_try_at) where status = 'queued'`);
    await q.query(`
      create index webhook_deliveries_endpoint_due on webhook_deliveries (endpoint_id, next_try_at, id)
        where status = 'queued'`);
    await q.query(`create index webhook_deliveries_endpoint on webhook_deliveries (endpoint_id, id)`);
    await q.query(`
      create index webhook_deliveries_undelivered on webhook_deliveries (endpoint_id, created_at)
        where status in ('failed', 'missed')`);
    await q.query(`create index webhook_deliveries_created on webhook_deliveries (created_at)`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
