import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The functions that read attributes do nothing but compute. Unless that is said, Postgres takes them for unsafe and runs
 * every statement that calls one in a single process: evaluating a segment over all customers took twice the time.
 */
export class RunAttributesInParallel1764100010100 implements MigrationInterface {
  name = 'RunAttributesInParallel1764100010100';

  async up(runner: QueryRunner): Promise<void> {
    const functions = [
      'attribute_elements(jsonb)',
      'attribute_texts(jsonb)',
      'attribute_number(jsonb)',
      'attribute_numbers(jsonb)',
      'attribute_truths(jsonb)',
      'attribute_present(jsonb)',
      'attribute_contains(jsonb, text)',
      'attribute_instant(jsonb, text)',
    ];
    for (const name of functions) await runner.query(`alter function ${name} parallel safe`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
