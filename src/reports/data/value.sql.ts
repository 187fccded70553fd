import { countsAsOfSql, netStoreMinorSql, refundedAsOfSql } from '../../orders/order-sql';
import { type Sql } from '../../platform/database/database';

/** What all customers with an order have brought; money in minor units of the store's currency. */
export interface ValueRow {
  customers: number;
  orders: number;
  revenue: number;
  /** Of the fifth of them who brought most (rounded up). */
  topCustomers: number;
  topRevenue: number;
  otherCurrency: number;
}

/** Historic value and its concentration, by orders that count as of an instant. */
export function historicCounts(asOf: Date): Sql {
  return {
    text: `
      with people as (
        select o.customer_id, count(*) as orders, sum(${netStoreMinorSql('o', 'refund.refunded_minor')}) as revenue,
          count(*) filter (where o.store_total_minor is null) as other_currency
        from orders o ${refundedAsOfSql('o', '$1')}
        where o.customer_id is not null and ${countsAsOfSql('o', '$1')}
        group by o.customer_id
      ), ranked as (
        select orders, coalesce(revenue, 0) as revenue, other_currency,
          row_number() over (order by coalesce(revenue, 0) desc) <= ceil(0.2 * count(*) over ()) as top
        from people
      )
      select count(*)::int as customers, coalesce(sum(orders), 0)::float8 as orders,
        coalesce(sum(revenue), 0)::float8 as revenue, count(*) filter (where top)::int as "topCustomers",
        coalesce(sum(revenue) filter (where top), 0)::float8 as "topRevenue",
        coalesce(sum(other_currency), 0)::int as "otherCurrency"
      from ranked`,
    values: [asOf],
  };
}
