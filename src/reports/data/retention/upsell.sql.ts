import { type Sql } from '../../../platform/database/database';
import { PeriodPlaceholders, Values } from './period-placeholders';
import { inSharesSql, type PeriodScope, withGroupsSql } from './period-scope';

/** One row a period and group. `by`: what has to be new. */
export function upsellCounts(scope: PeriodScope, by: 'product' | 'category'): Sql {
  const p = new PeriodPlaceholders(scope, new Values());
  const thing = by === 'product' ? 'l.product_external_id' : `coalesce(l.category, '')`;
  const people = inSharesSql(
    scope,
    p,
    (orders) => `
        select grp, period, count(*) as customers
        from (
          select grp, customer_id, period
          from (
            select b.grp, b.customer_id, min(b.period) as period, min(b.nth) as since
            from (
              select id, grp, customer_id, period, row_number() over (partition by customer_id, grp order by placed_at, id) as nth
              from ${orders} o) b
            join order_lines l on l.order_id = b.id
            group by b.customer_id, b.grp, ${thing} having min(b.nth) > 1) fresh
          where period >= 1 group by customer_id, grp, period) person
        group by grp, period`,
  );
  return {
    text: `${withGroupsSql(scope, p)}
      select grp, period, sum(customers)::int as upsold from (${people}) counted group by grp, period`,
    values: p.values.list,
  };
}
