import { type Client } from 'pg';
import { sleep, until } from './service';

/** As many as the engine takes at once. */
const CLAIM = 500;

/** How long nobody may come to stand before the bench says who is missing, rather than wait in vain. */
const STALLED_MS = 60_000;

/**
 * Holds all enrollments back once the last has entered and waits, so that entering is not measured along. Their wait must
 * be so long that nobody comes due before, however slow the machine. The tables are left as autovacuum leaves them by the
 * time that people come due.
 */
export async function freeze(sql: Client, people: number): Promise<void> {
  await untilAllStand(sql, people);
  await sql.query('update enrollments set due_at = null where due_at is not null');
  await sql.query('truncate enrollment_timers');
  await sql.query('vacuum (analyze) enrollments');
  await sql.query('vacuum (analyze) enrollment_timers');
}

/** All who wait at their first step; whoever is elsewhere has entered and gone on, and never comes back. */
async function untilAllStand(sql: Client, people: number): Promise<void> {
  let standing = -1;
  let since = Date.now();
  while (standing < people) {
    const { rows } = await sql.query<{ n: number }>(
      'select count(*)::int as n from enrollments where position = 1 and due_at > now()',
    );
    const now = rows[0]?.n ?? 0;
    if (now !== standing) since = Date.now();
    standing = now;
    if (Date.now() - since > STALLED_MS) {
      throw new Error(`only ${standing} of ${people} enrollments wait at their first step; ${await whereabouts(sql)}`);
    }
    await sleep(100);
  }
}

async function whereabouts(sql: Client): Promise<string> {
  const { rows } = await sql.query<{ step: string; status: string; due: string; n: number }>(
    `select coalesce(step, 'no step') as step, status, n::int,
       case when due_at is null then 'held back' when due_at > now() then 'to come' else 'due' end as due
     from (select step, status, count(*) as n, min(due_at) as due_at from enrollments
           group by step, status, due_at is null, due_at > now()) e
     order by 1, 2, 4`,
  );
  return (
    rows.map(({ step, status, due, n }) => `${n} at ${step} (${status}, ${due})`).join(', ') || 'nobody has entered'
  );
}

/** All that is held back is due at once, at this very moment; the engine is not told yet. */
export async function release(sql: Client): Promise<void> {
  await sql.query(
    `with due as (
       update enrollments set next_run_at = $1, due_at = $1 where due_at is null and next_run_at is not null
       returning id, due_at)
     insert into enrollment_timers (due_at, enrollment_id) select due_at, id from due`,
    [new Date()],
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
