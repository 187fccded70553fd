import { type Sql } from '../../../platform/database/database';
import { PeriodPlaceholders, Values } from './period-placeholders';
import { inSharesSql, type PeriodScope, withGroupsSql } from './period-scope';

/**
 * People by the period of their first counting order and each period in which they ordered. Everybody is counted once a
 * period by a grouping of their orders; who they are told apart by is asked before it.
 */
export function cohortCounts(scope: PeriodScope): Sql {
  const p = new PeriodPlaceholders(scope, new Values());
  const people = inSharesSql(
    scope,
    p,
    (orders) => `
        select grp, first, period, count(*) filter (where period = first) as customers,
          count(*) filter (where period > first or orders > 1) as active,
          count(*) filter (where upto > 1 and upto - orders <= 1) as returned, sum(revenue) as revenue, sum(other) as other
        from (
          select grp, period, orders, revenue, other, first_value(period) over w as first, sum(orders) over w as upto
          from (
            select grp, customer_id, period, count(*) as orders, coalesce(sum(net), 0)::bigint as revenue,
              count(*) filter (where net is null) as other
            from ${orders} o group by customer_id, period, grp) own
          window w as (partition by customer_id, grp order by period)) person
        where first >= 1 group by grp, first, period`,
  );
  const text = `${withGroupsSql(scope, p)}
    select grp, first, period, sum(customers)::int as customers, sum(active)::int as active, sum(returned)::int as returned,
      sum(revenue)::float8 as revenue, sum(other)::int as "otherCurrency"
    from (${people}) counted group by grp, first, period`;
  return { text, values: p.values.list };
}

/** When the first order was placed that was ever paid; null without one. */
export function firstOrderAt(asOf: Date): Sql {
  return {
    text: `select min(placed_at) as at from orders where status = 'paid' and customer_id is not null and placed_at <= $1`,
    values: [asOf],
  };
}
