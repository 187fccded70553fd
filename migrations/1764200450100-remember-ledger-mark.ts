import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** By what a restored backup is told from the database that it was taken of: see `src/messages/restored-backup.ts`. */
export class RememberLedgerMark1764200450100 implements MigrationInterface {
  name = 'RememberLedgerMark1764200450100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table ledger_mark (
        one boolean primary key default true check (one),
        instance uuid not null default gen_random_uuid(),
        mark bigint not null default 0,
        place text
      );
      insert into ledger_mark default values;
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
