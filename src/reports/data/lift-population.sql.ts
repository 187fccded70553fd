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
 * CTE `firsts`: the first enrollment ever of each person in the campaign by `asOf`, with why the person is left out:
 * after a merge of two customers who were in different arms the person is in neither.
 */
export const FIRSTS = `firsts as (
    select distinct on (e.customer_id) e.id, e.customer_id, e.epoch, e.arm, e.entered_at,
      coalesce(max(e.excluded) over person,
        case when bool_or(e.arm = 'treatment') over person and bool_or(e.arm = 'holdout') over person
          then 'merged' end) as excluded
    from enrollments e
    where e.campaign_id = $1 and e.entered_at <= $2
    window person as (partition by e.customer_id)
    order by e.customer_id, e.entered_at, e.id)`;

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
        on first_step.due_at is not null`,
    },
  }[start];
  return `select f.id, f.customer_id, f.arm, f.entered_at, ${since.t0} as t0, ${since.t0} + ${WINDOW} <= $2 as mature
    from firsts f ${since.join}
    where f.epoch = $3 and f.excluded is null`;
}
