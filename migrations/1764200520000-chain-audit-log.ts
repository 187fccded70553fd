import { type MigrationInterface, type QueryRunner } from 'typeorm';

/**
 * The audit log becomes append-only, and its lines are chained by hashes in a table of their own: a line itself is never
 * written again. What waits to be chained stands in a queue that the line's own transaction fills, so that no line can be
 * committed past it. Locks only for the moment in which the triggers are made; lines that stand already follow by the next
 * migration.
 */
export class ChainAuditLog1764200520000 implements MigrationInterface {
  name = 'ChainAuditLog1764200520000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table audit_chain (
        position bigint primary key check (position > 0),
        line_id uuid not null unique,
        hash bytea not null check (length(hash) = 32)
      );
      create table audit_unchained (line_id uuid primary key);

      create function refuse_audit_change() returns trigger language plpgsql as $$
      begin
        raise exception 'the audit log is append-only: % of % is refused', tg_op, tg_table_name
          using errcode = 'restrict_violation';
      end $$;

      create function queue_audit_line() returns trigger language plpgsql as $$
      begin
        insert into audit_unchained (line_id) values (new.id);
        return null;
      end $$;

      create trigger append_only before update or delete or truncate on audit_log
        for each statement execute function refuse_audit_change();
      create trigger append_only before update or delete or truncate on audit_chain
        for each statement execute function refuse_audit_change();
      create trigger queue_line after insert on audit_log
        for each row execute function queue_audit_line();
    `);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}
