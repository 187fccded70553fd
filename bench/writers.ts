import { type Client } from 'pg';
import { sleep } from './service';
import { CUSTOMERS } from './shop-rows';

/** What a writer waits for a lock at most before the row fails. */
const LONGEST_LOCK = '250ms';

/** Locks on a table that writers have; whatever is stronger would stop them. */
const HARMLESS = ['AccessShareLock', 'RowShareLock', 'RowExclusiveLock'];

/**
 * Changes customers all over the base and has them order, a transaction at a time, until `done`. Fails when a writer
 * waits for a lock, or when a lock is held on `customers` or `orders` that would make writers wait.
 *
 * @returns how many transactions went through meanwhile
 */
export async function writeUntil(sql: Client, done: () => boolean): Promise<number> {
  await sql.query(`set lock_timeout = '${LONGEST_LOCK}'`);
  let written = 0;
  for (; !done(); written++) {
    await sql.query('begin');
    const { rows } = await sql.query<{ id: string }>(
      `update customers set last_name = 'Written' where id = (
         select id from customers where id >= ('0195a000-0000-7000-8000-' || lpad(to_hex($1::int), 12, '0'))::uuid
         order by id limit 1) returning id`,
      [1 + Math.floor(((written * 7919) % 1000) * (CUSTOMERS / 1000))],
    );
    await sql.query(
      `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, currency,
         total_minor, store_total_minor, counting, first_counted_at, recorded_at)
       select id, id::text, $1, at, at, 'bench', 'pending', 'EUR', 1000, 1000, false, null, at
       from (select gen_random_uuid() as id, clock_timestamp() as at) new`,
      [rows[0]?.id],
    );
    await sql.query('commit');
    const held = await sql.query<{ mode: string }>(
      `select l.mode from pg_locks l where l.relation in ('customers'::regclass, 'orders'::regclass)
         and l.database = (select oid from pg_database where datname = current_database()) and l.mode <> all($1::text[])
         and not exists (select from pg_stat_activity a where a.pid = l.pid and a.backend_type = 'autovacuum worker')`,
      [HARMLESS],
    );
    if (held.rows.length > 0) throw new Error(`writers would wait for ${held.rows.map(({ mode }) => mode).join(', ')}`);
    await sleep(20);
  }
  return written;
}
