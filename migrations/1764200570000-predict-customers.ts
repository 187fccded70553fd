import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is expected of each customer (`predicted.alive`, `predicted.value`), worked out every night once it is asked for. */
export class PredictCustomers1764200570000 implements MigrationInterface {
  name = 'PredictCustomers1764200570000';

  async up(q: QueryRunner): Promise<void> {
    // One row, from when a condition first asks. day: through which day the pass under way looks (or the last one did);
    // after: the last customer that it has done.
    await q.query(`
      create table prediction_state (
        only_row boolean primary key default true check (only_row),
        asked_at timestamptz not null,
        next_at timestamptz not null,
        models jsonb,
        reason text,
        fitted_at timestamptz,
        day date,
        after uuid,
        completed_at timestamptz,
        check (models is null or fitted_at is not null)
      )`);
    // No foreign keys: written by the thousand, and read by those who have the customer already.
    await q.query(`
      create table customer_predictions (
        customer_id uuid primary key,
        alive double precision not null check (alive between 0 and 1),
        value_minor bigint
      )`);
    // What it was and from when on; nulls where nothing is expected any more (all orders were taken back).
    await q.query(`
      create table prediction_changes (
        id bigint generated always as identity primary key,
        customer_id uuid not null,
        at timestamptz not null,
        alive double precision,
        value_minor bigint
      )`);
    await q.query('create index prediction_changes_customer on prediction_changes (customer_id, at, id)');
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}
