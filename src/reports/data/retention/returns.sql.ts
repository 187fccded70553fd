import { type Sql } from '../../../platform/database/database';
import { addDays, localDate } from '../../../kernel/local-time';
import { lifecycleInForceSql } from '../../../segments/stage-sql';
import { PeriodPlaceholders, Values } from './period-placeholders';
import { inSharesSql, type PeriodScope, withGroupsSql } from './period-scope';

/** The last day of each period that is known; of one to come, that of the report. */
export function lastDays({ periods, asOf, zone }: PeriodScope): string[] {
  const today = localDate(asOf, zone);
  return periods.map(({ to }) => addDays(to, -1)).map((day) => (day < today ? day : today));
}

/** Who came again, and how soon. A renewal of a subscription is no return, but an order. */
export function returnCounts(scope: PeriodScope): Sql {
  const p = new PeriodPlaceholders(scope, new Values());
  const days = lastDays(scope);
  const lasts = p.values.add(days, 'date[]');
  const lastDay = p.values.add(days.at(-1) ?? null, 'date');
  const people = inSharesSql(
    scope,
    p,
    (orders) => `
        select grp, first, second, soon, soon_returned, days, returned, grouping(first) as no_orders, grouping(soon) as no_soon,
          count(*) as customers
        from (
          select grp, width_bucket(first_at, ${p.bounds}) as first, width_bucket(second_at, ${p.bounds}) as second,
            width_bucket(first_day + 89, ${lasts}) + 1 as soon, coalesce(again_day <= first_day + 90, false) as soon_returned,
            coalesce(again_day, ${lastDay}) - first_day as days, again_day is not null as returned
          from (
            select grp, first_at, first_day, case when renewals is null then own[2]
                else (select at from unnest(own || renewals) at order by at offset 1 limit 1) end as second_at,
              (again_at at time zone ${p.zone})::date as again_day
            from (
              select *, case when own[2] >= next_midnight and first_at = own[1] then own[2]
                  else (select min(at) from unnest(own) at where at >= next_midnight) end as again_at
              from (
                select *, (first_day + 1)::timestamp at time zone ${p.zone} as next_midnight
                from (
                  select *, (first_at at time zone ${p.zone})::date as first_day
                  from (
                    select grp, customer_id, min(placed_at) as first_at,
                      array_agg(placed_at order by placed_at) filter (where not renewal) as own,
                      array_agg(placed_at) filter (where renewal) as renewals
                    from ${orders} o group by customer_id, grp) person) person) person) person) person) person
        group by grouping sets ((grp, first, second), (grp, soon, soon_returned), (grp, days, returned))`,
  );
  const text = `${withGroupsSql(scope, p)}
    select grp, case when no_orders = 0 then 'orders' when no_soon = 0 then 'soon' else 'wait' end as kind,
      coalesce(first, soon)::int as first, second::int, days::int, coalesce(soon_returned, returned) as returned,
      sum(customers)::int as customers
    from (${people}) counted group by grp, no_orders, no_soon, first, second, soon, soon_returned, days, returned`;
  return { text, values: p.values.list };
}

/**
 * One row a period and group. An order is a customer's last before the start of every period between it and the next one:
 * counted by its day and by the periods of both, which leaves some thousand rows to hold against the thresholds.
 */
export function lapsedCounts(scope: PeriodScope): Sql {
  const p = new PeriodPlaceholders(scope, new Values());
  const quiet = inSharesSql(
    scope,
    p,
    (orders) => `
        select grp, (placed_at at time zone ${p.zone})::date as day, period, next_period, count(*) as customers
        from (
          select grp, placed_at, period, lead(period) over (partition by customer_id, grp order by placed_at, id) as next_period
          from ${orders} o) ordered
        where next_period is distinct from period group by 1, 2, 3, 4`,
  );
  const text = `${withGroupsSql(scope, p, [`quiet as materialized (${quiet})`])}
    select q.grp, p.period, sum(q.customers)::int as lapsed,
      coalesce(sum(q.customers) filter (where q.next_period = p.period), 0)::int as "wonBack"
    from (select i as period, (${p.bounds})[i] as start from generate_series(1, cardinality(${p.bounds}) - 1) i) p
    cross join lateral (${lifecycleInForceSql(`(p.start - interval '1 microsecond')`)}) rules
    join quiet q on q.period < p.period and (q.next_period is null or q.next_period >= p.period)
      and (p.start at time zone ${p.zone})::date - 1 - q.day > rules.effective_days
    group by q.grp, p.period`;
  return { text, values: p.values.list };
}
