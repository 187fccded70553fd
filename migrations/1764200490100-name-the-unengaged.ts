import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The built-in segment of those who no longer look. A shop that has a segment of its own by that key keeps it, with its
 * own meaning.
 */
export class NameTheUnengaged1764200490100 implements MigrationInterface {
  name = 'NameTheUnengaged1764200490100';

  async up(q: QueryRunner): Promise<void> {
    await q.query(
      `insert into segments (id, key, name, condition, built_in, created_at, updated_at)
       values ('00000000-0000-7000-8000-000000000006', 'unengaged',
         'Unengaged: ten mails or more, and no click, order or site event in 180 days', $1::jsonb, true, 'epoch', 'epoch')
       on conflict (key) do nothing`,
      [JSON.stringify(CONDITION)],
    );
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}

const CONDITION = {
  all: [
    { field: 'orders.lastAt', op: 'notWithinLast', value: 'P180D' },
    { not: { message: 'clicked', within: 'P180D' } },
    { not: { event: '*', within: 'P180D' } },
    { message: 'sent', atLeast: 10 },
  ],
};
