import { heldOutByHashSql } from '../../enrollments/holdout-draw-sql';
import type { LiftStart } from '../domain/report-window';

/** Which people a lift is about, and how long each is watched. */
export interface LiftScope {
  campaignId: string;
  epoch: number;
  windowMs: number;
  start: LiftStart;
  asOf: Date;
}

/**
 * What every statement on the population takes first: $1 campaign, $2 asOf, $3 epoch, $4 window in ms. Further values
 * follow from $5.
 */
export function populationValues({ campaignId, asOf, epoch, windowMs }: LiftScope): unknown[] {
  return [campaignId, asOf, epoch, windowMs];
}

/** The window as an interval ($4). */
export const WINDOW = 'make_interval(secs => $4::float8 / 1000)';

/**
 * Whether the person of enrollment `e` belongs to the global holdout of a period that began, by `asOf`, after one instant
 * and not after another. Who belongs to one that had begun before they came never entered. It goes by the hash of the
 * id, never by whom a mail was withheld from: that depends on what people did, which would bias the arms.
 */
function heldOutGloballySql(e: string, after: string, until: string): string {
  // Never null, so that the hash is not asked for where nothing began: `and` goes on behind a null.
  return `(select coalesce(max(started_at), '-infinity') from global_holdout_periods where started_at <= $2) > ${after}
    and ${e}.arm_reason <> 'imported' and exists (
      select from global_holdout_periods p where p.started_at > ${after} and p.started_at <= least(${until}, $2)
        and ${heldOutByHashSql('p.salt', `${e}.customer_id`, 'p.drawn_below')})`;
}

/** Why the person of enrollment `e` is left out, beside `merged`: a member of the global holdout is in no campaign's lift. */
export const LEFT_OUT = `case when ${heldOutGloballySql('e', 'e.entered_at', `e.entered_at + ${WINDOW}`)}
    then 'globalHoldout' end`;

/**
 * CTE `firsts`: the first enrollment ever of each person in the campaign by `asOf`, with why the person is left out:
 * after a merge of two customers who were in different arms the person is in neither.
 */
export const FIRSTS = `firsts as (
    select e.id, e.customer_id, e.epoch, e.arm, e.arm_reason, e.entered_at, coalesce(e.merged, ${LEFT_OUT}) as excluded
    from (
      select distinct on (e.customer_id) e.id, e.customer_id, e.epoch, e.arm, e.arm_reason, e.entered_at,
        coalesce(max(e.excluded) over person,
          case when bool_or(e.arm = 'treatment') over person and bool_or(e.arm = 'holdout') over person
            then 'merged' end) as merged
      from enrollments e
      where e.campaign_id = $1 and e.entered_at <= $2
      window person as (partition by e.customer_id)
      order by e.customer_id, e.entered_at, e.id) e)`;

/**
 * The population of the epoch (of CTE {@link FIRSTS}) with the instant from which each is watched:
 * `id, customer_id, arm, entered_at, t0, mature`.
 */
export function watchedSql(start: LiftStart): string {
  const since = {
    entry: { t0: 'f.entered_at', join: '' },
    first_due: {
      t0: 'first_step.due_at',
      join: `join lateral (
        select min(m.due_at) as due_at from messages m
        where m.origin_id = f.id and m.origin = 'enrollment' and m.due_at <= $2) first_step
        on first_step.due_at is not null
          and not (${heldOutGloballySql('f', 'f.entered_at', `first_step.due_at + ${WINDOW}`)})`,
    },
  }[start];
  return `select f.id, f.customer_id, f.arm, f.entered_at, ${since.t0} as t0, ${since.t0} + ${WINDOW} <= $2 as mature
    from firsts f ${since.join}
    where f.epoch = $3 and f.excluded is null`;
}
