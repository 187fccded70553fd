import { armRowsSql } from './arm-counts.sql';
import { type Sql } from '../../platform/database/database';
import {
  drawnSql,
  firstsSql,
  LEFT_OUT,
  type LiftScope,
  outcomesInWindowSql,
  populationValues,
  watchedSql,
  WINDOW,
} from './lift-population.sql';
import { lateRefundsSql, OUTCOME_AMOUNT, OUTCOME_COUNTS, OUTCOME_OVER_REFUNDED } from './outcome-sql';

/** A share of a campaign's people: those with ids below a customer's, or those from it on. */
export interface LiftShare {
  side: 'below' | 'from';
  customerId: string;
}

/**
 * The customer in the middle of a large campaign, by a sample of one page in a hundred; null for a small one, which has no
 * page in the sample.
 */
export function middleOfCampaign(campaignId: string): Sql {
  return {
    text: `select percentile_disc(0.5) within group (order by customer_id) as "customerId"
      from enrollments tablesample system (1) where campaign_id = $1`,
    values: [campaignId],
  };
}

/**
 * Both arms, counted (`ArmRow`). Plan: the campaign's part of enrollments_population in its order, with the outcomes within
 * the window by outcomes_window, summed up by enrollment and hashed; no enrollment is looked up, and no order read but those
 * refunded after `asOf`. Of a large campaign two shares are asked for side by side.
 */
export function liftCounts(scope: LiftScope, share: LiftShare | null): Sql {
  const sums = `
        select x.enrollment_id, count(*) filter (where ${OUTCOME_COUNTS}) as orders,
          count(*) filter (where ${OUTCOME_COUNTS} and ${OUTCOME_AMOUNT} is null) as other_currency,
          coalesce(sum(${OUTCOME_AMOUNT}) filter (where ${OUTCOME_COUNTS}), 0) as revenue,
          sum(${OUTCOME_OVER_REFUNDED}) as over_refunded
        from (${outcomesInWindowSql(scope.start)}) x ${lateRefundsSql('$2')}
        group by x.enrollment_id`;
  const whose = share ? `e.customer_id ${share.side === 'below' ? '<' : '>='} $5::uuid` : 'true';
  return {
    text: `with ${firstsSql(whose)} ${armRowsSql(drawnSql(scope.start, sums), WINDOW)}`,
    values: [...populationValues(scope), ...(share ? [share.customerId] : [])],
  };
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
