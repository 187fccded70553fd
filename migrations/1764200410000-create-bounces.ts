import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What came back of mails. A row a message and class: who tells it again changes nothing. What a provider tells of mails
 * that are not ours to find is known by the provider's id of the event instead.
 */
export class CreateBounces1764200410000 implements MigrationInterface {
  name = 'CreateBounces1764200410000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      create table bounces (
        id uuid primary key,
        message_id uuid,
        customer_id uuid,
        address_hash bytea not null,
        class text not null check (class in ('hard', 'soft', 'message_fault', 'sender_fault', 'complaint')),
        reason text,
        status text,
        said text,
        source text not null,
        proof text not null check (proof in ('return_path', 'link', 'webhook', 'connection', 'message_id')),
        event_key text,
        at timestamptz not null,
        recorded_at timestamptz not null
      )`);
    await q.query(
      `create unique index bounces_message on bounces (message_id, class, (proof = 'message_id')) where message_id is not null`,
    );
    await q.query(`create unique index bounces_event on bounces (event_key) where event_key is not null`);
    await q.query(`create index bounces_customer on bounces (customer_id) where customer_id is not null`);
    await q.query(`create index bounces_recorded on bounces (recorded_at, id)`);
    // Ids that providers and mailboxes have given us, so that a delivery that is replayed is known.
    await q.query(`
      create table mail_deliveries (
        key text primary key,
        at timestamptz not null
      )`);
    await q.query(`create index mail_deliveries_at on mail_deliveries (at)`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
