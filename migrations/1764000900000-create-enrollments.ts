import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who is where in which campaign: enrollments, refusals, the contact ledger. */
export class CreateEnrollments1764000900000 implements MigrationInterface {
  name = 'CreateEnrollments1764000900000';

  async up(q: QueryRunner): Promise<void> {
    // next_run_at is the plan; due_at is what the engine reads: null while frozen or ended, later than the plan where a
    // resume spreads what is overdue. Ids are UUID v7, so the table can be partitioned by month of entry.
    await q.query(`
      create table enrollments (
        id uuid primary key,
        customer_id uuid not null references customers (id),
        campaign_id uuid not null references campaigns (id),
        version int not null,
        epoch int not null,
        arm text not null check (arm in ('treatment', 'holdout')),
        arm_reason text not null,
        entry_key text not null default '',
        status text not null check (status in ('active', 'completed', 'exited')),
        position int not null,
        step text,
        next_run_at timestamptz,
        due_at timestamptz,
        entered_at timestamptz not null,
        ended_at timestamptz,
        exit_reason text,
        trigger_event_id uuid,
        trigger_order_id uuid,
        context jsonb not null default '{}',
        attributes jsonb not null default '{}',
        goal_at timestamptz,
        excluded text,
        constraint enrollments_ended check (
          (status = 'active') = (ended_at is null) and (status = 'active' or (next_run_at is null and due_at is null))
        ),
        constraint enrollments_exit check ((status = 'exited') = (exit_reason is not null))
      )`);
    await q.query(`
      create unique index enrollments_active on enrollments (campaign_id, customer_id, entry_key)
        where status = 'active'`);
    await q.query(`create index enrollments_due on enrollments (due_at) where due_at is not null`);
    await q.query(`create index enrollments_customer on enrollments (customer_id, entered_at)`);
    await q.query(`create index enrollments_campaign on enrollments (campaign_id, id)`);

    await q.query(`
      create table enrollment_refusals (
        id uuid primary key,
        customer_id uuid not null references customers (id),
        campaign_id uuid not null references campaigns (id),
        at timestamptz not null,
        reason text not null,
        detail jsonb not null default '{}',
        event_id uuid
      )`);
    await q.query(`create index enrollment_refusals_customer on enrollment_refusals (customer_id, campaign_id, at)`);
    await q.query(`create index enrollment_refusals_campaign on enrollment_refusals (campaign_id, at)`);

    // The contact ledger that caps count. No foreign keys: it is written in the claim, once per mail, and two key checks
    // a row are a tenth of the claim's time.
    await q.query(`
      create table contacts (
        id bigint generated always as identity primary key,
        customer_id uuid not null,
        at timestamptz not null,
        campaign_id uuid not null,
        enrollment_id uuid not null,
        step text not null,
        state text not null check (state in ('reserved', 'used', 'released'))
      )`);
    await q.query(`create index contacts_customer on contacts (customer_id, at)`);
    await q.query(`create unique index contacts_step on contacts (enrollment_id, step)`);

    // Segments whose present members a campaign still has to take in (activate with includeCurrent), by pages.
    await q.query(`
      create table enrollment_intakes (
        id uuid primary key,
        campaign_id uuid not null references campaigns (id),
        requested_at timestamptz not null,
        after_customer_id uuid,
        finished_at timestamptz
      )`);
    await q.query(
      `create index enrollment_intakes_open on enrollment_intakes (requested_at) where finished_at is null`,
    );
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}
