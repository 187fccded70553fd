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
 * after a merge of two customers who were in different arms the person is in neither. Plan: enrollments_population alone,
 * in its order; `offset 0` has why somebody is left out worked out once a person, wherever it is asked for.
 *
 * @param whose a condition on the customer of enrollment `e`
 */
export function firstsSql(whose: string): string {
  return `firsts as (
    select e.id, e.customer_id, e.epoch, e.arm, e.arm_reason, e.entered_at, coalesce(e.merged, ${LEFT_OUT}) as excluded
    from (
      select distinct on (e.customer_id) e.id, e.customer_id, e.epoch, e.arm, e.arm_reason, e.entered_at,
        coalesce(max(e.excluded) over person,
          case when bool_or(e.arm = 'treatment') over person and bool_or(e.arm = 'holdout') over person
            then 'merged' end) as merged
      from enrollments e
      where e.campaign_id = $1 and e.entered_at <= $2 and ${whose}
      window person as (partition by e.customer_id order by e.entered_at, e.id
        rows between unbounded preceding and unbounded following)
      order by e.customer_id, e.entered_at, e.id) e offset 0)`;
}

/** {@link firstsSql} of everybody. */
export const FIRSTS = firstsSql('true');

/** From when on the person of enrollment `f` is watched, beside the columns of `f`; a join that may leave out people. */
function startSql(start: LiftStart): { t0: string; join: string } {
  switch (start) {
    case 'entry':
      return { t0: 'f.entered_at', join: '' };
    case 'first_due':
      return {
        t0: 'first_step.due_at',
        join: `join lateral (${firstDueSql('f.id')}) first_step
        on first_step.due_at is not null
          and not (${heldOutGloballySql('f', 'f.entered_at', `first_step.due_at + ${WINDOW}`)})`,
      };
    default:
      return start satisfies never;
  }
}

/** When the first e-mail step of an enrollment was due by `asOf`. */
function firstDueSql(enrollmentId: string): string {
  return `select min(m.due_at) as due_at from messages m
        where m.origin_id = ${enrollmentId} and m.origin = 'enrollment' and m.due_at <= $2`;
}

/**
 * The population of the epoch (of CTE {@link FIRSTS}) with the instant from which each is watched:
 * `id, customer_id, arm, entered_at, t0, mature`.
 */
export function watchedSql(start: LiftStart): string {
  const { t0, join } = startSql(start);
  return `select f.id, f.customer_id, f.arm, f.entered_at, ${t0} as t0, ${t0} + ${WINDOW} <= $2 as mature
    from firsts f ${join}
    where f.epoch = $3 and f.excluded is null`;
}

/**
 * Everybody whose first enrollment (of CTE {@link FIRSTS}) fell in the epoch, as `armRowsSql` takes them; `sums` is a query
 * with what each mature enrollment brought, by `enrollment_id`.
 */
export function drawnSql(start: LiftStart, sums: string): string {
  const { t0, join } = startSql(start);
  return `select f.arm, f.excluded, f.excluded is null as drawn, case when f.excluded is null then ${t0} end as t0,
      case when f.excluded is null then ${t0} + ${WINDOW} <= $2 end as mature,
      brought.orders, brought.other_currency, brought.revenue, brought.over_refunded
    from firsts f ${join && `left ${join}`}
    left join (${sums}) brought on brought.enrollment_id = f.id and f.excluded is null and ${t0} is not null
    where f.epoch = $3`;
}

/**
 * The outcomes of all enrollments of the campaign whose window, from `t0`, has ended. The people are not asked for their
 * outcomes, but the outcomes of the campaign for their people: they are few.
 */
export function outcomesInWindowSql(start: LiftStart): string {
  switch (start) {
    case 'entry':
      // The difference is in an index, so that of a campaign that is watched for a year a month is read.
      return `select x.* from outcomes x
        where x.campaign_id = $1 and x.placed_at - x.entered_at <= ${WINDOW} and x.entered_at + ${WINDOW} <= $2`;
    case 'first_due':
      return `select x.*
        from outcomes x cross join lateral (${firstDueSql('x.enrollment_id')}) first_step
        where x.campaign_id = $1 and x.placed_at > first_step.due_at and x.placed_at <= first_step.due_at + ${WINDOW}
          and first_step.due_at + ${WINDOW} <= $2`;
    default:
      return start satisfies never;
  }
}
