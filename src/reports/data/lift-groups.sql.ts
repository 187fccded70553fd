import { type Sql } from '../../platform/database/database';
import { FIRSTS, type LiftScope, populationValues, watchedSql, WINDOW } from './lift-population.sql';
import { lateRefundsSql, OUTCOME_COUNTS } from './outcome-sql';

/** Mature people: who came back within the window, by person. */
const CAME_BACK = `came_back as (
    select w.id, w.arm, coalesce(bool_or(${OUTCOME_COUNTS}), false) as came
    from watched w
    left join outcomes x on x.enrollment_id = w.id and x.placed_at > w.t0 and x.placed_at <= w.t0 + ${WINDOW}
    ${lateRefundsSql('$2')}
    group by w.id, w.arm)`;

function matureSql({ start }: LiftScope): string {
  return `watched as materialized (select * from (${watchedSql(start)}) all_watched where mature)`;
}

/** One arm of the people who had a value of an attribute when they entered. */
export interface LiftGroupRow {
  attribute: string;
  value: string;
  arm: 'treatment' | 'holdout';
  customers: number;
  repurchasers: number;
}

/** Values of an attribute that are shown by themselves, the largest; the others together are `other`. */
const MOST_VALUES = 6;

/**
 * Mature people by what was stored of them at entry: nothing is read that could have changed since. `unknown`: entered
 * before it was stored, or imported; `none`: had none. Plan: as the counts, and the enrollments once more by their key.
 */
export function liftGroups(scope: LiftScope): Sql {
  return {
    text: `
      with ${FIRSTS}, ${matureSql(scope)}, ${CAME_BACK},
      attributed as (
        select b.arm, b.came, a.attribute, coalesce(a.value, case when e.attributes = '{}' then 'unknown' else 'none' end)
          as value
        from came_back b join enrollments e on e.id = b.id
        cross join lateral (values ('stage', e.attributes ->> 'stage'), ('locale', e.attributes ->> 'locale'),
          ('firstProduct', e.attributes ->> 'firstProduct'), ('tenure', case
            when (e.attributes ->> 'tenureDays')::int < 30 then 'under 30 days'
            when (e.attributes ->> 'tenureDays')::int < 180 then '30 to 179 days'
            when (e.attributes ->> 'tenureDays')::int < 365 then '180 to 364 days'
            when e.attributes ->> 'tenureDays' is not null then '365 days or more' end)) a (attribute, value)
      ), counted as (
        select attribute, value, arm, count(*) as customers, count(*) filter (where came) as repurchasers
        from attributed group by attribute, value, arm
      ), sized as (
        select *, sum(customers) over (partition by attribute, value) as size from counted
      ), ranked as (
        select *, least(dense_rank() over (partition by attribute order by size desc, value), ${MOST_VALUES} + 1) as place
        from sized
      )
      select attribute, case when place <= ${MOST_VALUES} then value else 'other' end as value, arm,
        sum(customers)::int as customers, sum(repurchasers)::int as repurchasers
      from ranked group by attribute, place, case when place <= ${MOST_VALUES} then value else 'other' end, arm
      order by attribute, place, arm`,
    values: populationValues(scope),
  };
}

/** The people of the treatment whom a split sent one way. */
export interface LiftSplitRow {
  split: string;
  arm: string;
  customers: number;
  repurchasers: number;
}

/** Whether any version of the campaign that ran in the epoch has a split. */
export function campaignSplits({ campaignId, epoch }: LiftScope): Sql {
  return {
    text: `select exists (select from campaign_versions where campaign_id = $1 and epoch = $2
      and program -> 'instructions' @> '[{"op": "split"}]') as "hasSplits"`,
    values: [campaignId, epoch],
  };
}

/**
 * Mature people of the treatment by split and the way that it sent them first: who never reached it is in none. The ways
 * are drawn by hash, so people differ by nothing else. Decisions are looked up by enrollment.
 */
export function liftSplits(scope: LiftScope): Sql {
  return {
    text: `
      with ${FIRSTS}, ${matureSql(scope)}, ${CAME_BACK},
      reached as (
        select distinct on (b.id, d.values ->> 'key') b.id, b.came, d.values ->> 'key' as split, d.outcome as arm
        from came_back b join enrollment_decisions d on d.enrollment_id = b.id and d.kind = 'split' and d.at <= $2
        where b.arm = 'treatment'
        order by b.id, d.values ->> 'key', d.id
      )
      select split, arm, count(*)::int as customers, count(*) filter (where came)::int as repurchasers
      from reached group by split, arm order by split, arm`,
    values: populationValues(scope),
  };
}
