import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Which orders followed which enrollment, and which message is credited with which order. */
export class CreateAttribution1764001200000 implements MigrationInterface {
  name = 'CreateAttribution1764001200000';

  async up(q: QueryRunner): Promise<void> {
    // Every order (renewals apart) within 365 days after an enrollment, counting or not: `counting` and the amounts say
    // what is known now, so that a later cancel needs no row deleted and a report as of an earlier instant can still see
    // the order. amount_minor is net revenue in store money; null: the shop gave none. last_refund_at tells reports as of
    // an instant before it to look at the refunds themselves. Partition-ready: the key leads with the enrollment's id.
    await q.query(`
      create table outcomes (
        enrollment_id uuid not null,
        order_id uuid not null,
        campaign_id uuid not null,
        entered_at timestamptz not null,
        placed_at timestamptz not null,
        counting boolean not null,
        amount_minor bigint,
        over_refunded_minor bigint not null default 0,
        last_refund_at timestamptz,
        primary key (enrollment_id, order_id),
        check (placed_at > entered_at)
      )`);
    await q.query(`create index outcomes_order on outcomes (order_id)`);
    await q.query(`create index outcomes_campaign on outcomes (campaign_id, placed_at)`);

    // Orders to look at (again) at a time of our own, beside what the orders module announces.
    await q.query(`
      create table outcome_queue (
        order_id uuid primary key,
        due_at timestamptz not null
      )`);
    await q.query(`create index outcome_queue_due on outcome_queue (due_at)`);

    // Append-only: the credit of a message for an order is the sum of its rows. Amounts in minor units of store money.
    await q.query(`
      create table credits (
        id bigint generated always as identity primary key,
        order_id uuid not null,
        message_id uuid not null,
        campaign_id uuid not null,
        model text not null check (model in ('last_click', 'last_touch')),
        kind text not null check (kind in ('credit', 'reversal')),
        amount_minor bigint not null,
        at timestamptz not null,
        check ((kind = 'reversal') = (amount_minor < 0))
      )`);
    await q.query(`create index credits_order on credits (order_id)`);
    await q.query(`create index credits_campaign on credits (campaign_id, at)`);
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}
