import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** What came back from mails: every hit, raw, with the verdict on it and the rule that gave it. */
export class CreateHits1764001100000 implements MigrationInterface {
  name = 'CreateHits1764001100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table hits (
        id uuid primary key,
        message_id uuid not null,
        customer_id uuid,
        kind text not null check (kind in ('open', 'click', 'unsubscribe')),
        link_index int,
        url text,
        at timestamptz not null,
        machine boolean not null,
        rule text,
        rule_version int not null,
        user_agent text,
        method text not null,
        check (machine = (rule is not null)),
        check ((kind = 'click') = (link_index is not null))
      );
      create index hits_message on hits (message_id, at);
      create index hits_customer on hits (customer_id, at);
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
