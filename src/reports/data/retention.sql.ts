import { countsAsOfSql, netStoreMinorSql, refundedAsOfSql } from '../../orders/order-sql';
import { type Sql } from '../../platform/database/database';
import { lifecycleInForceSql } from '../../segments/stage-sql';
import { type CalendarPeriod } from '../domain/calendar-periods';
import { type RetentionCounts } from '../domain/retention-figures';

/** A period with the figures of the report. */
export type RetentionRow = { period: number; otherCurrency: number } & RetentionCounts;

/**
 * Counts one period after another, the first of them only as the one before: successive calendar periods, by the facts
 * known now whose own time is <= `asOf`. One pass over the orders up to the end; everything else is read from what that
 * leaves (`bought`: one row an order). Rows by the index of the period in `periods`, from 1.
 */
export function retentionCounts(periods: readonly CalendarPeriod[], asOf: Date, zone: string): Sql {
  return {
    text: `
      with ${ACTIVITY}, ${LOYALTY}
      select n.period, n.active::int, n.fresh::int, n.before::int, n.stayed::int as "both", n.orders::int, n.revenue::float8,
        n.revenue_before::float8 as "revenueBefore", n.revenue_of_those_before::float8 as "revenueOfThoseBefore",
        n.revenue_kept::float8 as "revenueKept", n.other_currency::int as "otherCurrency",
        coalesce(l.buyers, 0)::int as buyers, coalesce(l.repeat_buyers, 0)::int as "repeatBuyers",
        coalesce(l.first_orders_90, 0)::int as "firstOrders90", coalesce(l.second_orders_90, 0)::int as "secondOrders90",
        coalesce(u.returners, 0)::int as returners, coalesce(u.upsold, 0)::int as upsold,
        coalesce(w.lapsed, 0)::int as lapsed, coalesce(w.won_back, 0)::int as "wonBack"
      from now_and_before n left join loyalty l using (period) left join upsell u using (period) left join win_back w using (period)
      order by n.period`,
    values: [bounds(periods), asOf, zone],
  };
}

/** $1 the bounds, $2 as of when, $3 the zone. Who was active, anew, and what they spent now and before. */
const ACTIVITY = `bought as materialized (
        select o.id, o.customer_id, o.placed_at, (o.placed_at at time zone $3)::date as day,
          width_bucket(o.placed_at, $1::timestamptz[]) - 1 as period,
          ${netStoreMinorSql('o', 'refund.refunded_minor')} as net,
          row_number() over (partition by o.customer_id order by o.placed_at, o.id) as nth
        from orders o ${refundedAsOfSql('o', '$2')}
        where o.placed_at < ($1::timestamptz[])[cardinality($1::timestamptz[])] and ${countsAsOfSql('o', '$2')}
          and o.customer_id is not null
      ), periods as (
        select p.period, p.start, p.finish, ((p.start at time zone $3)::date - 1) as day_before,
          least((p.finish at time zone $3)::date - 1, ($2::timestamptz at time zone $3)::date) as last_day
        from (select (i - 1)::int as period, ($1::timestamptz[])[i] as start, ($1::timestamptz[])[i + 1] as finish
          from generate_series(2, cardinality($1::timestamptz[]) - 1) i) p
      ), active as (
        select period, customer_id, count(*) as orders, coalesce(sum(net), 0) as revenue, bool_or(nth = 1) as fresh,
          count(*) filter (where net is null) as other_currency
        from bought where period >= 0 group by period, customer_id
      ), now_and_before as (
        select p.period, count(a.customer_id) as active, count(*) filter (where a.fresh) as fresh,
          count(b.customer_id) as before, count(*) filter (where a.customer_id is not null and b.customer_id is not null) as stayed,
          coalesce(sum(a.orders), 0) as orders, coalesce(sum(a.revenue), 0) as revenue,
          coalesce(sum(b.revenue), 0) as revenue_before,
          coalesce(sum(a.revenue) filter (where b.customer_id is not null), 0) as revenue_of_those_before,
          coalesce(sum(least(a.revenue, b.revenue)) filter (where a.customer_id is not null and b.customer_id is not null), 0)
            as revenue_kept,
          coalesce(sum(a.other_currency), 0) as other_currency
        from periods p
        left join (active a full join (select period + 1 as period, customer_id, revenue from active) b
          on b.period = a.period and b.customer_id = a.customer_id) on coalesce(a.period, b.period) = p.period
        group by p.period
      )`;

/** Who came a second time, bought something new, came back after having lapsed. */
const LOYALTY = `people as (
        select customer_id, min(day) as first_day, min(placed_at) as first_at,
          min(placed_at) filter (where nth = 2) as second_at
        from bought group by customer_id
      ), later as (
        select b.customer_id, min(b.day) as second_day from bought b join people f using (customer_id)
        where b.day > f.first_day group by b.customer_id
      ), loyalty as (
        select p.period, count(*) filter (where f.first_at < p.finish) as buyers,
          count(*) filter (where f.second_at < p.finish) as repeat_buyers,
          count(*) filter (where f.first_day <= p.last_day - 90) as first_orders_90,
          count(*) filter (where f.first_day <= p.last_day - 90 and l.second_day <= f.first_day + 90) as second_orders_90
        from periods p cross join people f left join later l using (customer_id)
        group by p.period
      ), known_products as (
        select b.customer_id, l.product_external_id, min(b.nth) as since
        from bought b join order_lines l on l.order_id = b.id group by 1, 2
      ), upsell as (
        select p.period, count(distinct b.customer_id) as returners,
          count(distinct b.customer_id) filter (where k.since is not null) as upsold
        from periods p join bought b on b.period = p.period and b.nth > 1
        left join known_products k on k.customer_id = b.customer_id and k.since = b.nth
        group by p.period
      ), at_start as (
        select p.period, b.customer_id, p.day_before - max(b.day) as quiet_days
        from periods p join bought b on b.placed_at < p.start group by p.period, b.customer_id, p.day_before
      ), win_back as (
        select p.period, count(s.customer_id) as lapsed, count(a.customer_id) as won_back
        from periods p
        cross join lateral (${lifecycleInForceSql('p.start')}) rules
        join at_start s on s.period = p.period and s.quiet_days > rules.effective_days
        left join active a on a.period = p.period and a.customer_id = s.customer_id
        group by p.period
      )`;

/** The midnights between successive periods, the first and the last included. */
function bounds(periods: readonly CalendarPeriod[]): Date[] {
  const last = periods.at(-1);
  return last ? [...periods.map(({ start }) => start), last.end] : [];
}
