import { allRefundedAsOfSql, countsAsOfSql } from '../../orders/order-sql';
import { type Sql } from '../../platform/database/database';
import { lifecycleInForceSql, stageSql } from '../../segments/stage-sql';

/** The end of a calendar day in the store's zone, and what was known then. */
export interface DayEnd {
  /** `YYYY-MM-DD`. */
  day: string;
  /** The midnight that ends it. */
  end: Date;
  /** The last instant whose facts count: just before `end`, or the `asOf` of the report if that is earlier. */
  asOf: Date;
}

/**
 * Everyone's stage at the end of a day, from the orders themselves and the threshold in force on that day: a subquery
 * with `customer_id` and `stage`, over those who existed by then (by their creation or their first order), had not been
 * deleted and were not erased since.
 *
 * For whom nothing has a time after that day, what is kept of their orders is what counted then; only those who came,
 * ordered or were refunded since are counted anew from their orders. Of today that is nobody, of a day long ago everybody.
 */
export function stagesAtSql({ day, end, asOf }: DayEnd, zone: string, values: unknown[]): string {
  const param = (value: unknown, cast: string): string => `$${values.push(value)}::${cast}`;
  const [at, ended, date, place] = [
    param(asOf, 'timestamptz'),
    param(end, 'timestamptz'),
    param(day, 'date'),
    param(zone, 'text'),
  ];
  const stage = stageSql({
    count: 'stood.orders',
    lastDay: 'stood.last_day',
    day: date,
    thresholdDays: 'rules.effective_days',
    repeatMinOrders: 'rules.repeat_min_orders',
  });
  return `
    with moved as materialized (
      select customer_id from orders where placed_at > ${at}
      union select o.customer_id from refunds r join orders o on o.id = r.order_id where r.at > ${at}
      union select id from customers where created_at > ${at}
    )
    select c.id as customer_id, ${stage} as stage
    from customers c
    cross join (${lifecycleInForceSql(at)}) rules
    left join moved on moved.customer_id = c.id
    left join customer_orders kept on kept.customer_id = c.id
    left join (
      select o.customer_id, count(o.counted_at) as orders, (max(o.counted_at) at time zone ${place})::date as last_day,
        min(o.placed_at) as first_at
      from (
        select o.customer_id, o.placed_at, case when ${countsAsOfSql('o', at)} then o.placed_at end as counted_at
        from orders o ${allRefundedAsOfSql('o', at)}
        where o.placed_at <= ${at} and o.customer_id in (select customer_id from moved)) o
      group by o.customer_id
    ) bought on bought.customer_id = c.id
    cross join lateral (select
      case when moved.customer_id is null then kept.count else bought.orders end as orders,
      case when moved.customer_id is null then kept.last_day else bought.last_day end as last_day) stood
    where least(c.created_at, bought.first_at) <= ${at}
      and (c.deleted_at is null or c.deleted_at >= ${ended}) and (c.erased_at is null or c.erased_at >= ${ended})`;
}

/** How many customers stand at each stage at the end of a day. */
export function stageCounts(dayEnd: DayEnd, zone: string): Sql {
  const values: unknown[] = [];
  const stages = stagesAtSql(dayEnd, zone, values);
  return { text: `select stage, count(*) as customers from (${stages}) at_end group by stage`, values };
}

/** How many customers went from which stage to which between the ends of two days; from null: they did not exist. */
export function stageFlows(before: DayEnd, after: DayEnd, zone: string): Sql {
  const values: unknown[] = [];
  const text = `select before.stage as "from", after.stage as "to", count(*) as customers
    from (${stagesAtSql(after, zone, values)}) after
    left join (${stagesAtSql(before, zone, values)}) before on before.customer_id = after.customer_id
    group by 1, 2 order by 1 nulls first, 2`;
  return { text, values };
}
