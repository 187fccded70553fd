import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The append-only logs about customers no longer check that the customer exists: they are only ever written for one
 * that the same transaction has just read or made, and the check (a look-up and a row lock per row) was half of what a
 * row of history cost.
 */
export class UnburdenLogs1764100990000 implements MigrationInterface {
  name = 'UnburdenLogs1764100990000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['customer_events', 'customer_history', 'customer_stages', 'stage_transitions']) {
      await runner.query(`alter table ${table} drop constraint ${table}_customer_id_fkey`);
    }
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
