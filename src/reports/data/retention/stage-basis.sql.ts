import { type Sql } from '../../../platform/database/database';
import { lifecycleInForceSql } from '../../../segments/stage-sql';
import { PeriodPlaceholders, Values } from './period-placeholders';
import { inSharesSql, type PeriodScope, withGroupsSql } from './period-scope';
import { lastDays } from './returns.sql';

/**
 * Stages at the bounds of periods, by the thresholds in force then. Of a customer only the last day with an order of each
 * period matters: it decides from this period's end until the next period with an order ends. Counted by these days
 * first, so that only some thousand rows are held against the bounds.
 */
export function stageBasisCounts(scope: PeriodScope): Sql {
  const p = new PeriodPlaceholders(scope, new Values());
  const lasts = p.values.add(lastDays(scope), 'date[]');
  const last = (of: string) => `least((${p.bounds})[${of}] - interval '1 microsecond', ${p.asOf})`;
  const bound = `bounds as materialized (
        select i as period, ((${p.bounds})[i] at time zone ${p.zone})::date - 1 as day_before, (${lasts})[i] as day_after,
          before.effective_days as quiet_before, after.effective_days as quiet_after
        from generate_series(1, cardinality(${p.bounds}) - 1) i
        cross join lateral (${lifecycleInForceSql(last('i'))}) before
        cross join lateral (${lifecycleInForceSql(last('i + 1'))}) after)`;
  const ends = inSharesSql(
    scope,
    p,
    (orders) => `
        select e.grp, e.period, e.next_period, e.day, e.gone, count(*) as customers,
          count(*) filter (where b.day_before - e.previous_day <= b.quiet_before and b.day_after - e.day <= b.quiet_after)
            as stayed
        from (
          select grp, period, day, lead(period) over w as next_period, lag(day) over w as previous_day,
            width_bucket(least(gone.deleted_at, gone.erased_at), ${p.bounds}) as gone
          from (
            select grp, customer_id, period, (max(placed_at) at time zone ${p.zone})::date as day
            from ${orders} o group by customer_id, period, grp) own
          left join customers gone on gone.id = own.customer_id and (gone.deleted_at is not null or gone.erased_at is not null)
          window w as (partition by customer_id, grp order by period)) e
        left join bounds b on b.period = e.period
        group by e.grp, e.period, e.next_period, e.day, e.gone`,
  );
  const live = 'b.day_before - e.day <= b.quiet_before and coalesce(e.gone >= b.period, true)';
  const liveAfter = 'b.day_after - e.day <= b.quiet_after and coalesce(e.gone > b.period, true)';
  const before = 'e.period < b.period';
  const silent = 'coalesce(e.next_period > b.period, true)';
  const text = `${withGroupsSql(scope, p, [bound, `ends as materialized (${ends})`])}
    select e.grp, b.period, coalesce(sum(e.customers) filter (where ${before} and ${live}), 0)::int as before,
      coalesce(sum(e.customers) filter (where ${silent} and ${liveAfter}), 0)::int as active,
      coalesce(sum(case when ${before} then e.customers else e.stayed end)
        filter (where ${silent} and ${liveAfter} and (e.period = b.period or ${live})), 0)::int as "both"
    from bounds b join ends e on e.period <= b.period and coalesce(e.next_period >= b.period, true)
    group by e.grp, b.period`;
  return { text, values: p.values.list };
}
