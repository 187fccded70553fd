import type { MigrationInterface, QueryRunner } from 'typeorm';

/** After how many days a product is typically bought again, worked out every night. */
export class KeepReplenishTimes1764200590000 implements MigrationInterface {
  name = 'KeepReplenishTimes1764200590000';

  async up(q: QueryRunner): Promise<void> {
    // A row as long as the days stay the same; until is null in the one that is in force. key: the product's external id,
    // the name of a category, or '' for the shop as a whole. What a simulation reads of the past are the ended ones.
    await q.query(`
      create table replenish_times (
        id bigint generated always as identity primary key,
        scope text not null check (scope in ('product', 'category', 'shop')),
        key text not null,
        days int not null check (days > 0),
        customers int not null,
        gaps int not null,
        since timestamptz not null,
        until timestamptz
      )`);
    await q.query('create unique index replenish_times_now on replenish_times (scope, key) where until is null');
    // One row: of which revision of the orders the times are, when they were worked out first, and when last.
    await q.query(`
      create table replenish_state (
        only_row boolean primary key default true check (only_row),
        revision bigint not null,
        first_computed_at timestamptz,
        computed_at timestamptz
      )`);
    await q.query('insert into replenish_state (revision) values (0)');
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}
