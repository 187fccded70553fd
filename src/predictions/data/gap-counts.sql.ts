import { countsAsOfSql, refundedAsOfSql } from '../../orders/order-sql';
import { type Sql } from '../../platform/database/database';

/**
 * The gaps between the order days of all customers as of an instant, counted by how many gaps the customer has and by
 * their length: a few thousand rows whatever the size of the shop. Renewals make no order days. `firstDay` is repeated
 * on each row.
 */
export function gapCounts(asOf: Date, today: string, zone: string): Sql {
  return {
    text: `
      with days as (
        select distinct o.customer_id, (o.placed_at at time zone $2)::date as day
        from orders o ${refundedAsOfSql('o', '$1')}
        where o.customer_id is not null and o.origin <> 'renewal' and ${countsAsOfSql('o', '$1')}
      ), gaps as (
        select day, day - lag(day) over (partition by customer_id order by day) as gap,
          count(*) over (partition by customer_id) - 1 as gaps
        from days
      )
      select gaps::int as "gapsOfCustomer", coalesce(gap, $3::date - day) as days, count(*)::int as count,
        min(min(day)) over () as "firstDay"
      from gaps where gap is not null or gaps = 0
      group by 1, 2`,
    values: [asOf, zone, today],
  };
}
