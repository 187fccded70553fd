import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Pools of coupon codes, and which code each mail has got. */
export class CreateCoupons1764200320000 implements MigrationInterface {
  name = 'CreateCoupons1764200320000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      create table coupon_pools (
        id uuid primary key,
        key text not null unique,
        name text not null,
        discount jsonb not null,
        expires_after text not null,
        when_exhausted text not null check (when_exhausted in ('skip', 'send_without')),
        warn_below int not null check (warn_below >= 0),
        remind_before text,
        version int not null default 1,
        warned_at timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null
      )`);
    // One row per code, with the one allocation that it has: nothing can give it to two mails, and no mail gets two.
    // Codes are compared without regard to case, by one expression everywhere.
    await q.query(`
      create table coupons (
        id uuid primary key,
        pool_id uuid not null references coupon_pools (id),
        code text not null,
        code_key text not null generated always as (upper(btrim(code))) stored,
        state text not null check (state in ('free', 'allocated', 'redeemed', 'withdrawn')),
        customer_id uuid,
        message_id uuid,
        enrollment_id uuid,
        campaign_id uuid,
        step text,
        allocated_at timestamptz,
        expires_at timestamptz,
        remind_at timestamptz,
        released_at timestamptz,
        redeemed_at timestamptz,
        redeemed_order_id uuid,
        redeemed_by uuid,
        cost_minor bigint,
        constraint coupons_code unique (code_key),
        constraint coupons_message unique (message_id),
        constraint coupons_step unique (enrollment_id, step),
        constraint coupons_given check ((customer_id is null) = (message_id is null)
          and (message_id is null) = (allocated_at is null) and (message_id is null) = (expires_at is null)),
        constraint coupons_free check (state <> 'free' or (message_id is null and redeemed_order_id is null)),
        constraint coupons_allocated check (state <> 'allocated' or message_id is not null),
        constraint coupons_redeemed check ((state = 'redeemed') = (redeemed_at is not null)
          and (redeemed_at is null) = (redeemed_order_id is null) and (redeemed_at is not null or redeemed_by is null)
          and (redeemed_at is not null or cost_minor is null))
      )`);
    await q.query(`alter table coupons set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)`);
    // The next codes to give, in the order in which they came.
    await q.query(`create index coupons_free on coupons (pool_id, id) where state = 'free'`);
    await q.query(`create index coupons_pool on coupons (pool_id, id)`);
    await q.query(`create index coupons_customer on coupons (customer_id) where customer_id is not null`);
    await q.query(`create index coupons_redeemed_by on coupons (redeemed_by) where redeemed_by is not null`);
    await q.query(`create index coupons_order on coupons (redeemed_order_id) where redeemed_order_id is not null`);
    await q.query(`create index coupons_remind on coupons (remind_at) where remind_at is not null`);
    // Which orders name which code of ours. The earliest counting one redeems it, in whatever order they are told.
    await q.query(`
      create table coupon_uses (
        coupon_id uuid not null references coupons (id),
        order_id uuid not null,
        customer_id uuid,
        placed_at timestamptz not null,
        counting boolean not null,
        cost_minor bigint,
        primary key (coupon_id, order_id)
      )`);
    await q.query(`create index coupon_uses_order on coupon_uses (order_id)`);
    await q.query(`create index coupon_uses_customer on coupon_uses (customer_id)`);
    // A queue of orders that name codes, or did, and have changed: whoever works off a change deletes its row.
    await q.query(`
      create table order_code_changes (
        id bigint generated always as identity primary key,
        order_id uuid not null,
        at timestamptz not null
      )`);
    // The code that a mail carries; null for mails without. No default: the table is not written.
    await q.query(`alter table messages add column coupon_id uuid`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
