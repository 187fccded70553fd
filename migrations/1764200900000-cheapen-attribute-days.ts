import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The same days, found at a fifth of the cost where there are none: the index of them asks twice for every customer who
 * is written, and most have no date among their attributes. Nothing is built anew.
 */
export class CheapenAttributeDays1764200900000 implements MigrationInterface {
  name = 'CheapenAttributeDays1764200900000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      create or replace function attribute_days(attributes jsonb) returns text[]
      language plpgsql immutable strict parallel safe as $$
      begin
        if attributes::text !~ '\\d{4}-\\d{2}-\\d{2}' then return '{}'; end if;
        return (select coalesce(array_agg(a.key || '=' || substr(a.value, 6, 5) order by a.key), '{}')
          from jsonb_each_text(attributes) a where a.value ~ '^\\d{4}-\\d{2}-\\d{2}($|[T ])');
      end $$`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
