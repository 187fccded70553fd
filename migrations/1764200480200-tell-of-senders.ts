import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Pauses of sending domains are told to webhook endpoints, as other facts are: by a trigger, which rests until there is an
 * endpoint. Bounces are found by the address too, which an erasure has to do.
 */
export class TellOfSenders1764200480200 implements MigrationInterface {
  name = 'TellOfSenders1764200480200';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`create index bounces_address on bounces (address_hash)`);
    await q.query(`
      create function webhook_capture_sending_domains() returns trigger language plpgsql as $$
      begin
        if not exists (select from webhook_endpoints) then return null; end if;
        if new.paused_at is not null and (tg_op = 'INSERT' or new.paused_at is distinct from old.paused_at)
          and webhook_wanted('sending_domain.paused') then
          insert into webhook_outbox (type, at, data)
          values ('sending_domain.paused', new.paused_at, jsonb_build_object('domain', new.domain, 'reason', new.reason,
            'advice', new.advice, 'resumesAt', to_char(new.resumes_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')));
        elsif tg_op = 'UPDATE' and new.paused_at is null and old.paused_at is not null
          and webhook_wanted('sending_domain.resumed') then
          insert into webhook_outbox (type, at, data)
          values ('sending_domain.resumed', new.resumed_at, jsonb_build_object('domain', new.domain, 'reason', old.reason));
        end if;
        return null;
      end $$`);
    await q.query(`
      create trigger webhook_sender_changed after insert or update of paused_at on sending_domains
        for each row execute function webhook_capture_sending_domains()`);
    await q.query(`
      do $$
      begin
        if not exists (select from webhook_endpoints) then
          alter table sending_domains disable trigger webhook_sender_changed;
        end if;
      end $$`);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
