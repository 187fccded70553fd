import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * An attribute that is one number, or a text written as one: as `attribute_numbers` reads each element of a list. A
 * single expression, which Postgres puts in place of the call instead of running a function for each row.
 */
export class CompareAttributeNumbers1764100010000 implements MigrationInterface {
  name = 'CompareAttributeNumbers1764100010000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function attribute_number(value jsonb) returns double precision language sql immutable as $$
        select case
          when jsonb_typeof(value) = 'number' then case
            when abs(value::numeric) < '1e-300' then 0
            when abs(value::numeric) < '1e300' then value::double precision end
          when jsonb_typeof(value) = 'string' and value #>> '{}' ~ '^-?[0-9]{1,15}(\\.[0-9]{1,15})?$'
            then (value #>> '{}')::double precision
          end
      $$`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
