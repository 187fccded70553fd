import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Why people left, by their own word: one answer a person. */
export class AskWhyPeopleLeave1764200490000 implements MigrationInterface {
  name = 'AskWhyPeopleLeave1764200490000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      create table exit_answers (
        id uuid primary key,
        customer_id uuid not null unique references customers (id),
        -- The mail by whose link they left.
        message_id uuid not null,
        campaign_id uuid,
        step text,
        reason text not null check (reason in ('too_many', 'not_relevant', 'never_signed_up', 'bought_elsewhere', 'other')),
        words text,
        locale text not null,
        at timestamptz not null
      )`);
    await q.query('create index exit_answers_at on exit_answers (at)');
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
