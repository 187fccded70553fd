import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Codes without the indexes over whole pools and by message. */
export class UnburdenCoupons1764200320100 implements MigrationInterface {
  name = 'UnburdenCoupons1764200320100';

  async up(q: QueryRunner): Promise<void> {
    // It has the order in which codes are given, so the planner took it for coupons_free and read past every code that had
    // been given before: three times the time for each allocation. Lists go by the primary key, counts read the table.
    await q.query(`drop index coupons_pool`);
    // A mail names its code; that no mail has two is kept by coupons_step, since a step of an enrollment has one message.
    await q.query(`alter table coupons drop constraint coupons_message`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
