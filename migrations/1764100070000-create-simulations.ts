import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Simulations asked for, with what they found: kept for a week, readable by every process. */
export class CreateSimulations1764100070000 implements MigrationInterface {
  name = 'CreateSimulations1764100070000';

  async up(q: QueryRunner): Promise<void> {
    // seen_at is real time, the database's: the process that runs it says so every few seconds. No foreign key: a draft
    // may be deleted, what was found about it stays until it is too old.
    await q.query(`
      create table simulations (
        id uuid primary key,
        campaign_id uuid not null,
        request jsonb not null,
        status text not null check (status in ('waiting', 'running', 'completed', 'failed', 'cancelled')),
        customers_done int not null default 0,
        customers_total int not null default 0,
        result json,
        error text,
        requested_at timestamptz not null,
        started_at timestamptz,
        finished_at timestamptz,
        seen_at timestamptz not null,
        check ((status = 'completed') = (result is not null)),
        check ((status = 'failed') = (error is not null)),
        check ((status in ('waiting', 'running')) = (finished_at is null))
      )`);
    await q.query(`create index simulations_requested_at on simulations (requested_at)`);
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}
