import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Redeemed coupons and movements of points come out as events, as everything else does (see CaptureEvents). */
export class CaptureIncentives1764200340200 implements MigrationInterface {
  name = 'CaptureIncentives1764200340200';

  async up(q: QueryRunner): Promise<void> {
    // The customer is whom the code was given to; a code that was given to nobody is its redeemer's.
    await q.query(`
      create function webhook_capture_coupons() returns trigger language plpgsql as $$
      begin
        if not exists (select from webhook_endpoints) then return null; end if;
        if webhook_wanted('coupon.redeemed') then
          insert into webhook_outbox (type, customer_id, at, data)
          values ('coupon.redeemed', coalesce(new.customer_id, new.redeemed_by), new.redeemed_at, jsonb_build_object(
            'code', new.code, 'pool', (select key from coupon_pools where id = new.pool_id),
            'messageId', new.message_id, 'campaignId', new.campaign_id, 'redeemedBy', new.redeemed_by,
            'orderId', new.redeemed_order_id,
            'orderExternalId', (select external_id from orders where id = new.redeemed_order_id)));
        end if;
        return null;
      end $$`);
    await q.query(`
      create trigger webhook_redeemed after update of state on coupons
        for each row when (old.state <> 'redeemed' and new.state = 'redeemed')
        execute function webhook_capture_coupons()`);
    await q.query(`
      create function webhook_capture_points() returns trigger language plpgsql as $$
      begin
        if not exists (select from webhook_endpoints) then return null; end if;
        if webhook_wanted('points.changed') then
          insert into webhook_outbox (type, customer_id, at, data)
          select 'points.changed', customer_id, recorded_at, jsonb_build_object('delta', delta, 'kind', kind,
            'because', reference, 'expiresAt', to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
          from fresh order by id;
        end if;
        return null;
      end $$`);
    await q.query(`
      create trigger webhook_booked after insert on point_entries referencing new table as fresh
        for each statement execute function webhook_capture_points()`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
