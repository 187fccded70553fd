import { countsAsOfSql, netStoreMinorSql, refundedAsOfSql } from '../../orders/order-sql';
import { overRefundedSql } from '../../attribution/outcome-money-sql';
import { armRowsSql } from './arm-counts.sql';
import { type Sql } from '../../platform/database/database';

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

/** CTE `drawn`: everybody who was drawn in the period. `excluded.periodEnded`: their window reaches beyond its end. */
const DRAWN = `drawn as (
        select d.customer_id, d.arm, d.drawn_at, d.trigger_order_id, case
            when d.excluded is not null then d.excluded
            when p.ended_at <= $2 and d.drawn_at + ${WINDOW} > p.ended_at then 'periodEnded' end as excluded
        from global_holdout_draws d join global_holdout_periods p on p.id = d.period_id
        where d.period_id = $1 and d.drawn_at <= $2)`;

/** Both arms of a period (`ArmRow`), watched from the draw. Plan: its draws, one probe of orders (customer_id, placed_at) each. */
export function programCounts({ periodId, asOf, windowMs }: ProgramScope): Sql {
  const people = `
      select w.arm, w.excluded, w.excluded is distinct from 'merged' as drawn,
        case when w.excluded is null then w.drawn_at end as t0,
        case when w.excluded is null then w.drawn_at + ${WINDOW} <= $2 end as mature, bought.*
      from drawn w left join lateral (
        select count(*) as orders, count(*) filter (where o.store_total_minor is null) as other_currency,
          coalesce(sum(${netStoreMinorSql('o', 'refund.refunded_minor')}), 0) as revenue,
          coalesce(sum(${overRefundedSql('o', 'refund.refunded_minor')}), 0) as over_refunded
        from orders o ${refundedAsOfSql('o', '$2')}
        where o.customer_id = w.customer_id and o.placed_at > w.drawn_at and o.placed_at <= w.drawn_at + ${WINDOW}
          and o.origin <> 'renewal' and o.id is distinct from w.trigger_order_id and ${countsAsOfSql('o', '$2')}) bought
        on w.excluded is null and w.drawn_at + ${WINDOW} <= $2`;
  return { text: `with ${DRAWN} ${armRowsSql(people, WINDOW)}`, values: [periodId, asOf, windowMs] };
}
