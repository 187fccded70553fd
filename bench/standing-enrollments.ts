import { type Client } from 'pg';
import { until } from './service';

/** As many as the engine takes at once. */
const CLAIM = 500;

/**
 * Holds all enrollments back until the last has entered and waits, so that entering is not measured along; returns when
 * all are due (ms since the epoch). The tables are left as autovacuum leaves them by the time that people come due.
 */
export async function freeze(sql: Client, people: number): Promise<number> {
  await until('the entries', async () => {
    await sql.query(
      `with held as (
         update enrollments set due_at = null where due_at is not null and next_run_at > $1 returning id)
       delete from enrollment_timers t using held where t.enrollment_id = held.id`,
      [new Date()],
    );
    const { rows } = await sql.query<{ n: number }>(
      'select count(*)::int as n from enrollments where position > 0 and due_at is null',
    );
    return rows[0]?.n === people;
  });
  await sql.query('vacuum (analyze) enrollments');
  await sql.query('vacuum (analyze) enrollment_timers');
  const { rows } = await sql.query<{ last: Date }>('select max(next_run_at) as last from enrollments');
  return rows[0]?.last.getTime() ?? 0;
}

/** All that is held back is due at once; the engine is not told yet. */
export async function release(sql: Client): Promise<void> {
  await sql.query(
    `with due as (
       update enrollments set due_at = next_run_at where due_at is null and next_run_at is not null returning id, due_at)
     insert into enrollment_timers (due_at, enrollment_id) select due_at, id from due`,
  );
}

/** Wakes the engine and waits until it has worked off all; returns the seconds it took. */
export async function drain(sql: Client): Promise<number> {
  const started = Date.now();
  await sql.query(`select pg_notify('ritorno_due', '')`);
  await until('the advances', async () => {
    const { rows } = await sql.query<{ due: boolean }>(
      'select exists (select from enrollment_timers where due_at <= $1) as due',
      [new Date()],
    );
    return rows[0]?.due === false;
  });
  return (Date.now() - started) / 1000;
}

/** The bare limit: as many rows claimed and updated in a narrow table, a claim of the engine's size at a time. */
export async function bareClaims(sql: Client, people: number): Promise<number> {
  await sql.query(
    `create table bare_claims (id uuid primary key default gen_random_uuid(), position int not null, due_at timestamptz)`,
  );
  await sql.query(`insert into bare_claims (position, due_at) select 0, now() from generate_series(1, ${people})`);
  await sql.query('create index on bare_claims (due_at) where due_at is not null');
  await sql.query('analyze bare_claims');
  const started = Date.now();
  for (let done = 0; done < people;) {
    const { rowCount } = await sql.query(
      `with claimed as (
         select id from bare_claims where due_at <= now() order by due_at limit ${CLAIM} for update skip locked
       )
       update bare_claims b set position = position + 1, due_at = now() + interval '1 day' from claimed where claimed.id = b.id`,
    );
    done += rowCount ?? 0;
  }
  return people / ((Date.now() - started) / 1000);
}
