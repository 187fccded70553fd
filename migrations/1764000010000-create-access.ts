import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** API keys, audit log, run-time settings, and the position of the test clock. */
export class CreateAccess1764000010000 implements MigrationInterface {
  name = 'CreateAccess1764000010000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table api_keys (
        id uuid primary key,
        name text not null,
        role text not null check (role in ('storefront', 'marketer', 'analyst', 'admin')),
        prefix text not null,
        hash bytea not null unique,
        created_at timestamptz not null
      );
      create index api_keys_prefix on api_keys (prefix);

      create table audit_log (
        id uuid primary key,
        at timestamptz not null,
        actor text not null,
        action text not null,
        resource text not null,
        before jsonb,
        after jsonb
      );

      create table settings (
        key text primary key,
        value jsonb not null,
        updated_at timestamptz not null
      );

      create table test_clock (
        "only" boolean primary key default true check ("only"),
        position timestamptz not null
      );
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
