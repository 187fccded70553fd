import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The send ledger: one row per (origin, origin id, step), and what each mail was made of. */
export class CreateMessages1764001000000 implements MigrationInterface {
  name = 'CreateMessages1764001000000';

  async up(q: QueryRunner): Promise<void> {
    // Both unique keys hold origin_id, an id that ascends with time: the table can be partitioned by range of it.
    await q.query(`
      create table messages (
        id uuid not null,
        origin text not null check (origin in ('enrollment', 'confirmation', 'test')),
        origin_id uuid not null,
        enrollment_id uuid,
        campaign_id uuid,
        customer_id uuid,
        shown_customer_id uuid,
        step text not null,
        status text not null check (status in ('queued', 'claimed', 'sending', 'sent', 'deferred', 'failed', 'bounced',
          'skipped', 'held_out', 'uncertain')),
        reason text,
        basis text not null check (basis in ('consent', 'soft_opt_in', 'transactional')),
        template_id uuid,
        template_version int,
        template_key text,
        locale text,
        recipient text,
        sender jsonb,
        utm jsonb,
        recommend jsonb,
        subject text,
        due_at timestamptz not null,
        queued_at timestamptz not null,
        next_try_at timestamptz,
        expires_at timestamptz not null,
        claim_token uuid,
        lease_until timestamptz,
        sending_at timestamptz,
        sent_at timestamptz,
        attempts int not null default 0,
        losses int not null default 0,
        message_id_header text,
        date_header timestamptz,
        last_reply text,
        opened_at timestamptz,
        clicked_at timestamptz,
        machine_opened_at timestamptz,
        machine_clicked_at timestamptz,
        bounced_at timestamptz,
        complained_at timestamptz,
        unsubscribed_at timestamptz,
        trigger_order_id uuid,
        trigger_event_id uuid,
        primary key (id, origin_id),
        unique (origin_id, origin, step),
        check ((status in ('claimed', 'sending')) = (claim_token is not null and lease_until is not null)),
        check ((status = 'skipped') = (reason is not null)),
        check (origin <> 'enrollment' or (enrollment_id = origin_id and campaign_id is not null)),
        check (shown_customer_id is null or (origin = 'test' and customer_id is null))
      )`);
    // A row is written four times in its life, each time in an index of few rows: room for it on its page.
    await q.query('alter table messages set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)');
    await q.query(`create index messages_customer on messages (customer_id, id)`);
    // Whose data a test mail shows. It is no mail to this person: hits and unsubscribes of it are not theirs.
    await q.query(`create index messages_shown on messages (shown_customer_id) where shown_customer_id is not null`);
    await q.query(`create index messages_campaign on messages (campaign_id, id)`);
    // The claim: what is due. Parked ones (of a paused campaign) have no next try.
    await q.query(`
      create index messages_due on messages (next_try_at)
        where status in ('queued', 'deferred') and next_try_at is not null`);
    await q.query(`
      create index messages_parked on messages (campaign_id)
        where status in ('queued', 'deferred') and next_try_at is null`);
    await q.query(`create index messages_leased on messages (lease_until) where status in ('claimed', 'sending')`);
    // What an operator looks for: few among many.
    await q.query(`
      create index messages_troubled on messages (status, id) where status in ('uncertain', 'failed', 'deferred', 'bounced')`);

    await q.query(`
      create table message_contents (
        message_id uuid primary key,
        variables jsonb not null,
        links text[] not null
      )`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
