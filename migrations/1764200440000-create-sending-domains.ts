import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The circuit breaker: sending domains that mail is held back for, with the reason and what to do about it. */
export class CreateSendingDomains1764200440000 implements MigrationInterface {
  name = 'CreateSendingDomains1764200440000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      create table sending_domains (
        domain text primary key check (domain = lower(domain)),
        paused_at timestamptz,
        reason text,
        advice text,
        evidence jsonb,
        resumes_at timestamptz,
        resumed_at timestamptz,
        pauses int not null default 0,
        check (paused_at is null or (reason is not null and advice is not null))
      )`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
