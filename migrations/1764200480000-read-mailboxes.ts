import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Who reads a mailbox now, and how it goes: one worker at a time holds the lease, and what one of them found out about a
 * server that does not answer holds for all. Times are the database's own, for mailboxes live in the world.
 */
export class ReadMailboxes1764200480000 implements MigrationInterface {
  name = 'ReadMailboxes1764200480000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      create table mailbox_reads (
        mailbox text primary key,
        next_at timestamptz not null,
        lease_token uuid,
        lease_until timestamptz,
        failures int not null default 0,
        failing_since timestamptz,
        last_error text,
        last_read_at timestamptz,
        processed bigint not null default 0,
        failed bigint not null default 0
      )`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
