import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * What the lift of a large campaign reads: its people in their order, and the outcomes within a window from their entry,
 * both from an index alone. Built beside those who write, outside of a transaction; one that a kill left unfinished is made
 * again.
 */
export class CoverLift1764200600000 implements MigrationInterface {
  name = 'CoverLift1764200600000';
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('drop index concurrently if exists enrollments_population');
    await runner.query(`
      create index concurrently enrollments_population on enrollments (campaign_id, customer_id, entered_at, id)
        include (epoch, arm, arm_reason, excluded)`);
    await runner.query('drop index concurrently if exists outcomes_window');
    await runner.query(`
      create index concurrently outcomes_window on outcomes (campaign_id, (placed_at - entered_at))
        include (enrollment_id, order_id, entered_at, placed_at, counting, amount_minor, over_refunded_minor,
          last_refund_at)`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
