import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The ledger of credits holds all five models. */
export class CreditByFiveModels1764200540100 implements MigrationInterface {
  name = 'CreditByFiveModels1764200540100';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`alter table credits drop constraint credits_model_check`);
    // Validated apart: the ledger is read through without keeping writers out.
    await q.query(`
      alter table credits add constraint credits_model_check
        check (model in ('last_click', 'last_touch', 'first_touch', 'linear', 'time_decay')) not valid`);
    await q.query(`alter table credits validate constraint credits_model_check`);
    // What is credited by two models gets the other three as the orders are looked at again, a batch at a time. Due when
    // it was credited: whatever clock the service lives on, that has passed.
    await q.query(`
      insert into outcome_queue (order_id, due_at) select order_id, max(at) from credits group by order_id
      on conflict (order_id) do nothing`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
