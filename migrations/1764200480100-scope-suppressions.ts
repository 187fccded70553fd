import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Suppressions of marketing mail alone beside those of all mail, and the order in which the list and its export are read. */
export class ScopeSuppressions1764200480100 implements MigrationInterface {
  name = 'ScopeSuppressions1764200480100';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`alter table suppressions add constraint suppressions_scope check (scope in ('all', 'marketing'))`);
    await q.query(`create index suppressions_at on suppressions (at, id)`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
