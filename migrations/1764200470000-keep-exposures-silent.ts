import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who was in an experiment run elsewhere did not enter anything here: imports are silent. */
export class KeepExposuresSilent1764200470000 implements MigrationInterface {
  name = 'KeepExposuresSilent1764200470000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      create or replace function webhook_capture_entries() returns trigger language plpgsql as $$
      begin
        if not exists (select from webhook_endpoints) then return null; end if;
        if webhook_wanted('enrollment.entered') then
          insert into webhook_outbox (type, customer_id, at, data)
          select 'enrollment.entered', customer_id, entered_at, jsonb_build_object('enrollmentId', id, 'campaignId',
            campaign_id, 'arm', arm, 'orderId', trigger_order_id)
          from fresh where arm_reason <> 'imported';
        end if;
        return null;
      end $$`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
