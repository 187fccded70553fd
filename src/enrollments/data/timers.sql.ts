import { instantArray, plainArray, textArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';

/**
 * When the engine looks at an enrollment next. A narrow table beside the wide one: whoever sets `enrollments.due_at` to an
 * instant adds a timer for it, and whoever takes it back removes the timer. One that was forgotten there is stale (its
 * time is not the enrollment's) and does nothing.
 */
export interface Timer {
  id: string;
  dueAt: Date;
}

/** Adds timers for enrollments whose `due_at` is set in the same transaction. */
export function setTimers(timers: readonly Timer[]): Sql {
  return {
    text: `insert into enrollment_timers (due_at, enrollment_id)
      select u.due_at, u.id from unnest($1::uuid[], $2::timestamptz[]) as u (id, due_at)`,
    values: [plainArray(timers.map(({ id }) => id)), instantArray(timers.map(({ dueAt }) => dueAt))],
  };
}

/**
 * The timers of a claim give way to the next ones. `places` are the ctids that the claim has read: they still stand,
 * because a timer is never updated and what another transaction has removed since cannot be reused while the claim runs.
 */
export function moveTimers(places: readonly string[], next: readonly Timer[]): Sql {
  return {
    name: 'enrollments.move-timers',
    text: `with gone as (delete from enrollment_timers where ctid = any($1::tid[]))
      insert into enrollment_timers (due_at, enrollment_id)
      select u.due_at, u.id from unnest($2::uuid[], $3::timestamptz[]) as u (id, due_at)`,
    values: [textArray(places), plainArray(next.map(({ id }) => id)), instantArray(next.map(({ dueAt }) => dueAt))],
  };
}

/** What the enrollment of a timer says; a sub-select, so that no plan reads all enrollments for a few timers. */
const ITS_DUE_AT = '(select e.due_at from enrollments e where e.id = t.enrollment_id)';

/** Throws away stale timers that have come up. */
export function dropStaleTimers(now: Date): Sql {
  return {
    text: `delete from enrollment_timers t where t.due_at <= $1 and ${ITS_DUE_AT} is distinct from t.due_at`,
    values: [now],
  };
}

/** The nearest timer that still holds. Plan: index scan on enrollment_timers_due, one look at enrollments_pkey. */
export const NEXT_TIMER: Sql = {
  text: `select t.due_at from enrollment_timers t where ${ITS_DUE_AT} = t.due_at order by t.due_at limit 1`,
};

/** SQL that removes the timers of the rows `old (id, due_at)`; to be put into a statement that takes `due_at` back. */
export const REMOVE_TIMERS_OF_OLD = `delete from enrollment_timers t using old
  where t.due_at = old.due_at and t.enrollment_id = old.id`;
