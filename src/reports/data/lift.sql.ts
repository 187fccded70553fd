import { broughtSql, peopleCountsSql } from './arm-counts.sql';
import { type Sql } from '../../platform/database/database';
import {
  drawnSql,
  FIRSTS,
  LEFT_OUT,
  type LiftScope,
  outcomesInWindowSql,
  populationValues,
  stillInSql,
  watchedSql,
  WINDOW,
} from './lift-population.sql';
import { lateRefundsSql, OUTCOME_AMOUNT, OUTCOME_COUNTS, OUTCOME_OVER_REFUNDED } from './outcome-sql';

/**
 * Everybody who was drawn, counted (`PeopleRow`). Plan: the campaign's part of enrollments_population in its order; nothing
 * is sorted, no enrollment looked up.
 */
export function liftPeopleCounts(scope: LiftScope): Sql {
  return {
    text: `with ${FIRSTS} ${peopleCountsSql(drawnSql(scope.start), WINDOW)}`,
    values: populationValues(scope),
  };
}

/**
 * What the mature people brought (`BroughtRow`). Plan: the outcomes within the window by outcomes_window, summed up by
 * enrollment and hashed, held against the first enrollments of {@link liftPeopleCounts}; no order is read but those
 * refunded after `asOf`. Asked beside that statement, and not in one with it: both walk the people once, which takes
 * longer than all the rest.
 */
export function liftBrought(scope: LiftScope): Sql {
  const people = `
      select f.arm, sums.* from firsts f join (
        select x.enrollment_id, x.t0, count(*) filter (where ${OUTCOME_COUNTS}) as orders,
          count(*) filter (where ${OUTCOME_COUNTS} and ${OUTCOME_AMOUNT} is null) as other_currency,
          coalesce(sum(${OUTCOME_AMOUNT}) filter (where ${OUTCOME_COUNTS}), 0) as revenue,
          sum(${OUTCOME_OVER_REFUNDED}) as over_refunded
        from (${outcomesInWindowSql(scope.start)}) x ${lateRefundsSql('$2')}
        group by x.enrollment_id, x.t0) sums on sums.enrollment_id = f.id
      where f.epoch = $3 and f.excluded is null and ${stillInSql(scope.start, 'sums.t0')}`;
  return { text: `with ${FIRSTS} ${broughtSql(people)}`, values: populationValues(scope) };
}

/** A person of the population; money in minor units. */
export interface LiftPersonRow {
  customerId: string;
  enrollmentId: string;
  arm: 'treatment' | 'holdout';
  enteredAt: Date;
  startedAt: Date;
  mature: boolean;
  orders: number;
  revenue: number;
  otherCurrency: number;
}

/**
 * The population person by person, newest first by the enrollment's id, `limit` rows below `beforeId`. Walks
 * (campaign_id, id) backwards and looks up by (customer_id, entered_at) whether an enrollment is the person's first and
 * whether the person was in both arms; `offset 0` keeps that a look-up per row, so that a page stops when it is full.
 */
export function liftPeople(scope: LiftScope, beforeId: string | null, limit: number): Sql {
  return {
    text: `
      with firsts as (
        select e.id, e.customer_id, e.epoch, e.arm, e.arm_reason, e.entered_at, ${LEFT_OUT} as excluded
        from enrollments e
        where e.campaign_id = $1 and e.entered_at <= $2 and e.epoch = $3 and ($5::uuid is null or e.id < $5::uuid)
          and not exists (
            select from enrollments other where other.customer_id = e.customer_id and other.campaign_id is not distinct from $1
              and other.entered_at <= $2 and (
                (other.entered_at, other.id) < (e.entered_at, e.id) or other.arm <> e.arm or other.excluded is not null)
            offset 0)
      ),
      page as materialized (select * from (${watchedSql(scope.start)}) watched order by id desc limit $6)
      select p.customer_id as "customerId", p.id as "enrollmentId", p.arm, p.entered_at as "enteredAt",
        p.t0 as "startedAt", p.mature, sums.orders, sums.revenue, sums.other_currency as "otherCurrency"
      from page p cross join lateral (
        select count(*) filter (where ${OUTCOME_COUNTS})::int as orders,
          count(*) filter (where ${OUTCOME_COUNTS} and ${OUTCOME_AMOUNT} is null)::int as other_currency,
          coalesce(sum(${OUTCOME_AMOUNT}) filter (where ${OUTCOME_COUNTS}), 0)::bigint as revenue
        from outcomes x ${lateRefundsSql('$2')}
        where x.enrollment_id = p.id and x.placed_at > p.t0 and x.placed_at <= least(p.t0 + ${WINDOW}, $2)) sums
      order by p.id desc`,
    values: [...populationValues(scope), beforeId, limit],
  };
}
