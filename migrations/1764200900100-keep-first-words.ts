import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What an event says of a customer who is new to us is one row instead of one a field. `customer_history` becomes what
 * readers see: each statement about each field, wherever it is kept. Nothing that is stored is rewritten.
 */
export class KeepFirstWords1764200900100 implements MigrationInterface {
  name = 'KeepFirstWords1764200900100';

  async up(q: QueryRunner): Promise<void> {
    await q.query('alter table customer_history rename to customer_statements');
    await q.query(`
      create table customer_first_words (
        customer_id uuid primary key,
        at timestamptz not null,
        recorded_at timestamptz not null,
        event_id text not null,
        said jsonb not null
      )`);
    // Of one version the first word is the oldest statement, therefore its id.
    await q.query(`
      create view customer_history as
        select id, customer_id, at, recorded_at, field, value, event_id from customer_statements
        union all
        select 0::bigint, f.customer_id, f.at, f.recorded_at, w.field, w.value, f.event_id
        from customer_first_words f cross join lateral jsonb_each(f.said) w (field, value)`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
