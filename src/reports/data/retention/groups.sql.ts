import { allRefundedAsOfSql, countsAsOfSql } from '../../../orders/order-sql';
import { type Interval } from '../../domain/calendar-periods';
import { type DayEnd, stagesAtSql } from '../stage-counts.sql';
import { type PeriodPlaceholders } from './period-placeholders';

/** What people can be told apart by. */
export const GROUPINGS = ['stage', 'cohort', 'source', 'category', 'product'] as const;
export type GroupingName = (typeof GROUPINGS)[number];

/** A subquery with `customer_id` and `grp` (text), once a person and group. */
export type Grouping = (p: PeriodPlaceholders) => string;

/** Everyone's first counting order: `customer_id`, `id`, `placed_at`, `version_event`. */
const firstOrders = (p: PeriodPlaceholders): string => `
  select distinct on (o.customer_id) o.customer_id, o.id, o.placed_at, o.version_event
  from orders o ${allRefundedAsOfSql('o', p.asOf)}
  where o.customer_id is not null and o.placed_at < ${p.end} and ${countsAsOfSql('o', p.asOf)}
  order by o.customer_id, o.placed_at, o.id`;

/** By stage at the end of a day; `new`: who did not exist then, or does not any more. */
export function byStage(day: DayEnd, zone: string): Grouping {
  return (p) => `
    select c.id as customer_id, coalesce(s.stage, 'new') as grp from customers c
    left join (${stagesAtSql(day, zone, p.values.list)}) s on s.customer_id = c.id`;
}

/** By the calendar period of the first counting order, named by its first day. */
export function byCohort(interval: Interval): Grouping {
  return (p) => `
    select f.customer_id,
      to_char(date_trunc(${p.values.add(interval, 'text')}, f.placed_at at time zone ${p.zone}), 'YYYY-MM-DD') as grp
    from (${firstOrders(p)}) f`;
}

/** By the storefront that told of the first counting order; `bulk` and `import` are the other doors. */
export const bySource: Grouping = (p) => `
  select f.customer_id,
    case when s.origin like 'source:%' then substr(s.origin, 8) when s.origin like 'import:%' then 'import'
      when s.origin = '' then 'unknown' else s.origin end as grp
  from (${firstOrders(p)}) f
  cross join lateral (select split_part(f.version_event, ' ', 2) as origin) s`;

/** By category bought by the end of the periods, as the order's line gives it; who bought of several is in each. */
export const byCategory: Grouping = (p) => `
  select distinct o.customer_id, l.category as grp
  from orders o ${allRefundedAsOfSql('o', p.asOf)}
  join order_lines l on l.order_id = o.id
  where o.customer_id is not null and o.placed_at < ${p.end} and ${countsAsOfSql('o', p.asOf)} and l.category is not null`;

/** By product of the first counting order; who bought several in it is in each. */
export const byFirstProduct: Grouping = (p) => `
  select distinct f.customer_id, l.product_external_id as grp
  from (${firstOrders(p)}) f join order_lines l on l.order_id = f.id`;
