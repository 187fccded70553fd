import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Mails to the seed list are rows of the ledger with an origin of their own. The wider constraints hold for every row
 * that passed the narrower ones, so the rows are not read again (`not valid`) and the table is locked for a moment only.
 */
export class AllowSeedMails1764200420000 implements MigrationInterface {
  name = 'AllowSeedMails1764200420000';

  async up(q: QueryRunner): Promise<void> {
    const rows = (await q.query(
      `select conname from pg_constraint where conrelid = 'messages'::regclass and contype = 'c'
         and (pg_get_constraintdef(oid) like '%confirmation%' or pg_get_constraintdef(oid) like '%shown_customer_id%')`,
    )) as Array<{ conname: string }>;
    for (const { conname } of rows) await q.query(`alter table messages drop constraint "${conname}"`);
    await q.query(`
      alter table messages
        add constraint messages_origin_check
          check (origin in ('enrollment', 'confirmation', 'test', 'seed')) not valid,
        add constraint messages_shown_check
          check (shown_customer_id is null or (origin in ('test', 'seed') and customer_id is null)) not valid`);
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}
