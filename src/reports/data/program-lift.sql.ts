import { countsAsOfSql, netStoreMinorSql, refundedAsOfSql } from '../../orders/order-sql';
import { overRefundedSql } from '../../attribution/outcome-money-sql';
import { type Sql } from '../../platform/database/database';
import type { LiftArmRow } from './lift.sql';

/** A period of the global holdout as a report sees it. */
export interface ReportedPeriod {
  id: string;
  number: number;
  share: number;
  startedAt: Date;
  endedAt: Date | null;
}

/** The periods that had begun by `asOf`, the latest first. */
export function reportedPeriods(asOf: Date, limit: number): Sql {
  return {
    text: `select id, number, share, started_at as "startedAt", case when ended_at <= $1 then ended_at end as "endedAt"
      from global_holdout_periods where started_at <= $1 order by number desc limit $2`,
    values: [asOf, limit],
  };
}

/** Which people a programme lift is about, and how long each is watched. */
export interface ProgramScope {
  periodId: string;
  windowMs: number;
  asOf: Date;
}

const WINDOW = 'make_interval(secs => $3::float8 / 1000)';

/** Counts of one arm as for a campaign. `excluded.periodEnded`: their window reaches beyond the end of the period. */
export type ProgramArmRow = LiftArmRow;

/**
 * The counts of both arms of a period: everybody who was drawn, watched from the draw. Plan: the draws of the period, then
 * one probe of orders (customer_id, placed_at) a person.
 */
export function programCounts({ periodId, windowMs, asOf }: ProgramScope): Sql {
  return {
    text: `
      with drawn as (
        select d.customer_id, d.arm, d.drawn_at as t0, d.trigger_order_id, case
            when d.excluded is not null then d.excluded
            when p.ended_at <= $2 and d.drawn_at + ${WINDOW} > p.ended_at then 'periodEnded' end as excluded,
          d.drawn_at + ${WINDOW} <= $2 as mature
        from global_holdout_draws d join global_holdout_periods p on p.id = d.period_id
        where d.period_id = $1 and d.drawn_at <= $2
      ), watched as materialized (select * from drawn where excluded is null),
      brought as (
        select w.arm, w.mature, w.t0, bought.* from watched w cross join lateral (
          select count(*) as orders, count(*) filter (where o.store_total_minor is null) as other_currency,
            coalesce(sum(${netStoreMinorSql('o', 'refund.refunded_minor')}), 0) as revenue,
            coalesce(sum(${overRefundedSql('o', 'refund.refunded_minor')}), 0) as over_refunded
          from orders o ${refundedAsOfSql('o', '$2')}
          where w.mature and o.customer_id = w.customer_id and o.placed_at > w.t0 and o.placed_at <= w.t0 + ${WINDOW}
            and o.origin <> 'renewal' and o.id is distinct from w.trigger_order_id and ${countsAsOfSql('o', '$2')}) bought
      ), counts as (
        select arm, count(*) filter (where mature) as customers, count(*) filter (where not mature) as immature,
          count(*) filter (where orders > 0) as repurchasers, sum(orders)::bigint as orders,
          sum(other_currency)::bigint as other_currency,
          array_agg(revenue::float8) filter (where revenue > 0) as spent,
          sum(over_refunded)::bigint as over_refunded, max(t0) as last_start
        from brought group by arm
      ), edges as (
        select t0, t0 - lag(t0) over (order by t0) > ${WINDOW} as opens from watched
      ), islands as (
        select min(t0) as start, least(max(t0) + ${WINDOW}, $2) as stop
        from (select t0, count(*) filter (where opens) over (order by t0) as island from edges) numbered
        group by island
      )
      select a.arm, coalesce(c.customers, 0)::int as customers, coalesce(c.immature, 0)::int as immature,
        coalesce(c.repurchasers, 0)::int as repurchasers, coalesce(c.orders, 0)::bigint as orders,
        coalesce(c.other_currency, 0)::bigint as "otherCurrency", coalesce(c.spent, '{}'::float8[]) as spent,
        coalesce(c.over_refunded, 0)::bigint as "overRefunded", c.last_start as "lastStart",
        (select count(*)::int from drawn d where d.arm = a.arm and d.excluded is distinct from 'merged') as enrolled,
        (select coalesce(json_agg(json_build_object('from', start, 'to', stop) order by start), '[]') from islands) as spans,
        (select coalesce(json_object_agg(excluded, n), '{}') from (
          select excluded, count(*) as n from drawn where excluded is not null group by excluded) out) as excluded
      from (values ('treatment'), ('holdout')) a (arm) left join counts c on c.arm = a.arm`,
    values: [periodId, asOf, windowMs],
  };
}
