import { type Sql } from '../../../platform/database/database';
import { PeriodPlaceholders, Values } from './period-placeholders';
import { inSharesSql, type PeriodScope, withGroupsSql } from './period-scope';

/**
 * One row a period and group in which anybody was active. The greatest fifth is found from how many people spent how
 * much, not by sorting people.
 */
export function activityCounts(scope: PeriodScope): Sql {
  const p = new PeriodPlaceholders(scope, new Values());
  const amounts = inSharesSql(
    scope,
    p,
    (orders) => `
        select grp, period, revenue, count(*) as people, sum(orders) as orders, sum(other) as other,
          count(*) filter (where period_before = period - 1) as stayed,
          sum(least(revenue, revenue_before)) filter (where period_before = period - 1) as kept
        from (
          select *, lag(period) over w as period_before, lag(revenue) over w as revenue_before
          from (
            select grp, customer_id, period, count(*) as orders, coalesce(sum(net), 0)::bigint as revenue,
              count(*) filter (where net is null) as other
            from ${orders} o where period >= 1 group by customer_id, period, grp) spent
          window w as (partition by customer_id, grp order by period)) paired
        group by grp, period, revenue`,
  );
  const text = `${withGroupsSql(scope, p)}
    select grp, period, sum(people)::int as active, sum(orders)::int as orders, sum(people * revenue)::float8 as revenue,
      sum(other)::int as "otherCurrency", sum(stayed)::int as "both", sum(stayed * revenue)::float8 as "revenueOfBoth",
      coalesce(sum(kept), 0)::float8 as "revenueKept",
      sum(revenue * greatest(0, least(people, ceil(0.2 * all_people) - (upto - people))))::float8 as "topRevenue"
    from (
      select grp, period, revenue, sum(people) as people, sum(orders) as orders, sum(other) as other, sum(stayed) as stayed,
        sum(kept) as kept, sum(sum(people)) over (partition by grp, period order by revenue desc) as upto,
        sum(sum(people)) over (partition by grp, period) as all_people
      from (${amounts}) amounts group by grp, period, revenue) by_amount
    group by grp, period`;
  return { text, values: p.values.list };
}
