import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Pace: limits of destination groups that pushed back, what warm-up caps have counted, and lanes for the mails that either
 * holds back. Two partial indexes are built over what waits; writes to the ledger wait for that, about a second per million
 * rows of it.
 */
export class CreateDestinationGroups1764200440100 implements MigrationInterface {
  name = 'CreateDestinationGroups1764200440100';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      create table destination_groups (
        name text primary key,
        concurrency int not null check (concurrency >= 1),
        per_minute int not null check (per_minute >= 1),
        raise_by int not null,
        tokens double precision not null,
        tokens_at timestamptz not null,
        closed_until timestamptz not null,
        push_backs int not null,
        pushed_back_at timestamptz not null,
        clean int not null,
        clean_rate int not null,
        last_reply text
      )`);
    await q.query(`
      create table sending_days (
        domain text not null,
        day date not null,
        taken int not null,
        primary key (domain, day)
      )`);
    // What holds a mail back (sending domain/destination group), and the day for whose cap it has been counted.
    await q.query(`alter table messages add column lane text, add column counted_on date`);
    await q.query(`drop index messages_due`);
    await q.query(`
      create index messages_due on messages (next_try_at)
        where status in ('queued', 'deferred') and next_try_at is not null and lane is null`);
    await q.query(`
      create index messages_lanes on messages (lane, next_try_at)
        where status in ('queued', 'deferred') and next_try_at is not null and lane is not null`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
