import { type Sql } from '../../platform/database/database';
import { FIRSTS, type LiftScope, populationValues, watchedSql, WINDOW } from './lift-population.sql';
import { lateRefundsSql, OUTCOME_COUNTS } from './outcome-sql';

/** Times after t0, in ms: how many had not come back and were still watched just before, how many came back then. */
export interface LiftTimeRow {
  ms: number;
  riskTreatment: number;
  riskHoldout: number;
  cameTreatment: number;
  cameHoldout: number;
}

/** The first counting order of each person of `watched` after t0, by `until` (an expression over `w`): arm, t0, came. */
function cameBackSql(until: string): string {
  return `select w.arm, w.t0, min(x.placed_at) filter (where ${OUTCOME_COUNTS}) as came
    from watched w
    left join outcomes x on x.enrollment_id = w.id and x.placed_at > w.t0 and x.placed_at <= ${until}
    ${lateRefundsSql('$2')}
    group by w.id, w.arm, w.t0`;
}

/**
 * The whole population, mature or not, as survival curves need it: a row for every time at which somebody came back, and
 * one for each of the times asked for (`grid`, ms). Who has not come back is watched until the window or the report ends.
 * One pass over people and outcomes, then sums over distinct times; the rows are as many as distinct times, not people.
 */
export function liftTimes(scope: LiftScope, grid: readonly number[]): Sql {
  return {
    text: `
      with ${FIRSTS},
      watched as materialized (${watchedSql(scope.start)}),
      came_back as (${cameBackSql(`least(w.t0 + ${WINDOW}, $2)`)}),
      ended as (
        select arm, came is not null as came,
          (extract(epoch from coalesce(came, least(t0 + ${WINDOW}, $2)) - t0) * 1000)::float8 as ms
        from came_back
      ), times as (
        select ms, count(*) filter (where arm = 'treatment') as left_treatment,
          count(*) filter (where arm = 'holdout') as left_holdout,
          count(*) filter (where came and arm = 'treatment') as came_treatment,
          count(*) filter (where came and arm = 'holdout') as came_holdout, false as asked
        from ended group by ms
        union all
        select ms, 0, 0, 0, 0, true from unnest($5::float8[]) as asked (ms)
      ), merged as (
        select ms, sum(left_treatment) as left_treatment, sum(left_holdout) as left_holdout,
          sum(came_treatment) as came_treatment, sum(came_holdout) as came_holdout, bool_or(asked) as asked
        from times group by ms
      ), at_risk as (
        select *, sum(left_treatment) over later as risk_treatment, sum(left_holdout) over later as risk_holdout
        from merged window later as (order by ms desc)
      )
      select ms, risk_treatment::int as "riskTreatment", risk_holdout::int as "riskHoldout",
        came_treatment::int as "cameTreatment", came_holdout::int as "cameHoldout"
      from at_risk where asked or came_treatment + came_holdout > 0 order by ms`,
    values: [...populationValues(scope), grid],
  };
}

/** One arm after so many windows. */
export interface LiftWindowsRow {
  arm: 'treatment' | 'holdout';
  windows: number;
  customers: number;
  repurchasers: number;
  immature: number;
}

/** Who came back within one, two and three windows, each among those whom it is over for. */
export function liftWindows(scope: LiftScope): Sql {
  return {
    text: `
      with ${FIRSTS},
      watched as materialized (${watchedSql(scope.start)}),
      came_back as (${cameBackSql(`least(w.t0 + 3 * ${WINDOW}, $2)`)})
      select arm, windows, count(*) filter (where t0 + windows * ${WINDOW} <= $2)::int as customers,
        count(*) filter (where t0 + windows * ${WINDOW} <= $2 and came <= t0 + windows * ${WINDOW})::int as repurchasers,
        count(*) filter (where t0 + windows * ${WINDOW} > $2)::int as immature
      from came_back cross join (values (1), (2), (3)) as k (windows)
      group by arm, windows order by windows, arm`,
    values: populationValues(scope),
  };
}
