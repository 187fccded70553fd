import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Double opt-in: who was asked to confirm, by which mail, and the proof of who did. */
export class AskToConfirm1764200430100 implements MigrationInterface {
  name = 'AskToConfirm1764200430100';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      create table consent_requests (
        id uuid primary key,
        customer_id uuid not null references customers (id),
        email text not null,
        asked_at timestamptz not null,
        message_id uuid,
        confirmed_at timestamptz,
        ip text,
        text text,
        text_version int
      )`);
    await q.query('create index consent_requests_customer on consent_requests (customer_id, asked_at)');
    await q.query('create index consent_requests_email on consent_requests (email, asked_at)');
    await q.query(
      'create index consent_requests_message on consent_requests (message_id) where message_id is not null',
    );
    // What the worker has still to send.
    await q.query('create index consent_requests_waiting on consent_requests (asked_at) where message_id is null');
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
