import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The contacts of a window over all customers, for the count of an audience. */
export class IndexContactsByTime1764100050000 implements MigrationInterface {
  name = 'IndexContactsByTime1764100050000';

  async up(q: QueryRunner): Promise<void> {
    // Rows come in the order of their time, so a block range index finds a week of years by reading that week, and costs
    // the claim that writes them nothing that could be measured (a B-tree would be a third index to keep).
    await q.query(`create index contacts_at on contacts using brin (at) with (pages_per_range = 32)`);
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}
