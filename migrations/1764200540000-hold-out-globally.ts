import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The global holdout: its periods, and who was drawn into which of its arms. */
export class HoldOutGlobally1764200540000 implements MigrationInterface {
  name = 'HoldOutGlobally1764200540000';

  async up(q: QueryRunner): Promise<void> {
    // drawn_below: the first 8 bytes of the least hash that is not held out, so that sets of people can be drawn in SQL.
    await q.query(`
      create table global_holdout_periods (
        id uuid primary key,
        number int not null unique,
        salt text not null,
        share double precision not null check (share > 0 and share < 1),
        drawn_below bytea not null check (length(drawn_below) = 8),
        rotate_every text,
        started_at timestamptz not null,
        rotates_at timestamptz,
        ended_at timestamptz,
        check (ended_at is null or ended_at >= started_at),
        check ((rotate_every is null) = (rotates_at is null))
      )`);
    await q.query(`create unique index global_holdout_open on global_holdout_periods ((true)) where ended_at is null`);
    // No foreign keys to customers: a row a person and period, written where they are needed for the first time, by the
    // engine's claim too.
    await q.query(`
      create table global_holdout_draws (
        period_id uuid not null references global_holdout_periods (id),
        customer_id uuid not null,
        arm text not null check (arm in ('treatment', 'holdout')),
        drawn_at timestamptz not null,
        trigger_order_id uuid,
        excluded text,
        primary key (period_id, customer_id)
      )`);
    await q.query(`create index global_holdout_draws_customer on global_holdout_draws (customer_id)`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
