import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What people decide themselves beside leaving: topics, a pause, fewer mails, whether they are tracked. The row of the
 * person holds it, so that whatever reads whether somebody may be mailed finds it at hand. All columns are new and
 * nullable: nothing is rewritten.
 */
export class KeepWishes1764200430000 implements MigrationInterface {
  name = 'KeepWishes1764200430000';

  async up(q: QueryRunner): Promise<void> {
    await q.query('alter table customers add column wishes jsonb');
    // What the mail is about, as its campaign said when it was made.
    await q.query('alter table messages add column topic text');
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
