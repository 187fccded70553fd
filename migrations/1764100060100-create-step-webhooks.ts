import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Calls to others that campaigns make. */
export class CreateStepWebhooks1764100060100 implements MigrationInterface {
  name = 'CreateStepWebhooks1764100060100';

  async up(q: QueryRunner): Promise<void> {
    // The body is fixed when the step runs, so that every try says the same. lease_until is the database's own time.
    await q.query(`
      create table step_webhooks (
        id uuid primary key,
        enrollment_id uuid not null,
        campaign_id uuid not null references campaigns (id),
        customer_id uuid not null,
        step text not null,
        url text not null,
        host text not null,
        body text not null,
        status text not null check (status in ('queued', 'delivered', 'failed')),
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
        constraint step_webhooks_step unique (enrollment_id, step),
        constraint step_webhooks_queued check ((status = 'queued') = (next_try_at is not null))
      )`);
    await q.query(`create index step_webhooks_due on step_webhooks (next_try_at) where status = 'queued'`);
    await q.query(`create index step_webhooks_campaign on step_webhooks (campaign_id, id)`);
    await q.query(`create index step_webhooks_customer on step_webhooks (customer_id)`);
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}
