import { countsAsOfSql, netStoreMinorSql, refundedAsOfSql } from '../../orders/order-sql';
import { overRefundedSql } from '../../attribution/outcome-money-sql';
import { armCountsSql } from './arm-counts.sql';
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
      ${armCountsSql({
        window: WINDOW,
        enrolled: `select count(*)::int from drawn d where d.arm = a.arm and d.excluded is distinct from 'merged'`,
        excluded: 'select excluded, count(*) as n from drawn where excluded is not null group by excluded',
      })}`,
    values: [periodId, asOf, windowMs],
  };
}
