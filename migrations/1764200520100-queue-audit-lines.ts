import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Lines from before the chain wait to be chained too, oldest first. Nothing is locked: the log is only read. */
export class QueueAuditLines1764200520100 implements MigrationInterface {
  name = 'QueueAuditLines1764200520100';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      insert into audit_unchained (line_id)
      select id from audit_log l where not exists (select 1 from audit_chain c where c.line_id = l.id)
      on conflict do nothing
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
