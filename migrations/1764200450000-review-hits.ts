import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Clicks are judged once more by what stands around them: mails whose hits are to be looked at. A queue; rows come and go. */
export class ReviewHits1764200450000 implements MigrationInterface {
  name = 'ReviewHits1764200450000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table hit_reviews (
        message_id uuid primary key,
        at timestamptz not null
      );
      create index hit_reviews_at on hit_reviews (at);
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
