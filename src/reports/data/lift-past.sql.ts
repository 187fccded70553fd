import { countsAsOfSql, netStoreMinorSql } from '../../orders/order-sql';
import { type Sql } from '../../platform/database/database';
import { FIRSTS, type LiftScope, populationValues, watchedSql, WINDOW } from './lift-population.sql';
import { lateRefundsSql, OUTCOME_AMOUNT, OUTCOME_COUNTS } from './outcome-sql';

/** What the mature people of one arm did in the 365 days before, beside what they spent in the window. Minor units. */
export interface LiftPastRow {
  arm: 'treatment' | 'holdout';
  n: number;
  /** x: net revenue in [t0 - 365 d, t0); y: in the window. */
  meanX: number;
  meanY: number;
  sxx: number;
  syy: number;
  sxy: number;
  meanOrders: number;
  /** Sample variance; null below two people. */
  varianceOrders: number | null;
}

/**
 * Past and present of each mature person in sums by arm, by aggregates that lose no digits (Youngs and Cramer). Plan: the
 * population once, outcomes by their key, orders by customer and time; refunds are looked up for orders that have any.
 * Past and present are one chain and not two lists that are joined: such a join was planned as a loop in a loop.
 */
export function liftPast(scope: LiftScope): Sql {
  return {
    text: `
      with ${FIRSTS},
      watched as materialized (select * from (${watchedSql(scope.start)}) all_watched where mature),
      present as (
        select w.id, w.arm, w.customer_id, w.t0,
          coalesce(sum(${OUTCOME_AMOUNT}) filter (where ${OUTCOME_COUNTS}), 0)::float8 as y
        from watched w
        left join outcomes x on x.enrollment_id = w.id and x.placed_at > w.t0 and x.placed_at <= w.t0 + ${WINDOW}
        ${lateRefundsSql('$2')}
        group by w.id, w.arm, w.customer_id, w.t0
      )
      select w.arm, count(*)::int as n, avg(past.x) as "meanX", avg(w.y) as "meanY",
        regr_sxx(w.y, past.x) as sxx, regr_syy(w.y, past.x) as syy, regr_sxy(w.y, past.x) as sxy,
        avg(past.orders) as "meanOrders", var_samp(past.orders) as "varianceOrders"
      from present w cross join lateral (
        select count(*)::float8 as orders,
          coalesce(sum(${netStoreMinorSql('o', 'refund.refunded_minor')}), 0)::float8 as x
        from orders o cross join lateral (
          select coalesce(sum(r.amount_minor), 0)::bigint as refunded_minor from refunds r
          where o.refunded_minor > 0 and r.order_id = o.id and r.at <= $2) refund
        where o.customer_id = w.customer_id and o.placed_at >= w.t0 - interval '8760 hours' and o.placed_at < w.t0
          and o.origin <> 'renewal' and ${countsAsOfSql('o', '$2')}
        offset 0) past
      group by w.arm`,
    values: populationValues(scope),
  };
}
