import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Templates and their immutable versions: the source as written, and what was compiled of it. */
export class CreateTemplates1764000700000 implements MigrationInterface {
  name = 'CreateTemplates1764000700000';

  async up(runner: QueryRunner): Promise<void> {
    // What stands in templates besides id and key is that of the latest version.
    await runner.query(`
      create table templates (
        id uuid primary key,
        key text not null,
        name text not null,
        kind text not null check (kind in ('marketing', 'transactional')),
        default_locale text not null,
        version int not null,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        constraint templates_key_key unique (key)
      )`);
    await runner.query(`
      create table template_versions (
        template_id uuid not null references templates (id),
        version int not null,
        name text not null,
        kind text not null check (kind in ('marketing', 'transactional')),
        default_locale text not null,
        locales jsonb not null,
        compiled jsonb not null,
        variables text[] not null,
        created_at timestamptz not null,
        primary key (template_id, version)
      )`);
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}
