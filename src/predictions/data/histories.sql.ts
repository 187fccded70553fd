import { DAY_ZERO } from '../../kernel/local-time';
import { countsAsOfSql, netStoreMinorSql, refundedAsOfSql } from '../../orders/order-sql';
import { type Sql } from '../../platform/database/database';

/** Whether order `o` was made by the customer: renewals come by themselves. */
const OWN_ORDER = `o.origin <> 'renewal'`;

/** How many customers have the same history; money in minor units of the store's currency. */
export interface HistoryRow {
  repeats: number;
  lastDay: number;
  observedDays: number;
  count: number;
  laterRepeats: number;
  /** Sum over these customers of the mean spent a repeat order day. */
  meanSpend: number;
}

/** The mean spends of the customers with so many repeat order days; those who spent nothing, or nobody knows what, left out. */
export interface SpendRow {
  repeats: number;
  means: number[];
}

interface Span {
  calibrationEnd: string;
  holdoutEnd: string;
  asOf: Date;
  zone: string;
}

/** $1 calibration's last day, $2 the last day held out, $3 as of when, $4 the zone. One row a customer. */
const HISTORIES = `days as (
        select o.customer_id, (o.placed_at at time zone $4)::date as day,
          sum(${netStoreMinorSql('o', 'refund.refunded_minor')})::float8 as spend
        from orders o ${refundedAsOfSql('o', '$3')}
        where o.customer_id is not null and ${countsAsOfSql('o', '$3')}
          and o.placed_at < ($2::date + 1)::timestamp at time zone $4
        group by 1, 2
      ), numbered as (
        select customer_id, day, spend, min(day) over (partition by customer_id) as first_day from days
      ), histories as (
        select customer_id, $1::date - first_day as observed, max(day) filter (where day <= $1::date) - first_day as last,
          count(*) filter (where day > first_day and day <= $1::date) as repeats,
          avg(spend) filter (where day > first_day and day <= $1::date) as mean,
          count(*) filter (where day > $1::date) as later
        from numbered where first_day <= $1::date
        group by customer_id, first_day
      )`;

/** Customers by history: some ten thousand rows whatever the size of the shop. Those who came after calibration are left out. */
export function orderHistories({ calibrationEnd, holdoutEnd, asOf, zone }: Span): Sql {
  return {
    text: `
      with ${HISTORIES}
      select repeats::int, last::int as "lastDay", observed::int as "observedDays", count(*)::int as count,
        sum(later)::int as "laterRepeats", coalesce(sum(mean), 0)::float8 as "meanSpend"
      from histories group by 1, 2, 3 order by 1, 2, 3`,
    values: [calibrationEnd, holdoutEnd, asOf, zone],
  };
}

/** The mean spend of each customer who came back, by how often. */
export function spendHistories({ calibrationEnd, asOf, zone }: Span): Sql {
  return {
    text: `
      with ${HISTORIES}
      select repeats::int, array_agg(mean order by mean) as means
      from histories where repeats > 0 and mean > 0 group by 1 order by 1`,
    values: [calibrationEnd, calibrationEnd, asOf, zone],
  };
}

/** The first day with an order that counts. */
export function firstOrderDay(asOf: Date, zone: string): Sql {
  return {
    text: `select (min(o.placed_at) at time zone $2)::date::text as day
      from orders o ${refundedAsOfSql('o', '$1')} where o.customer_id is not null and ${countsAsOfSql('o', '$1')}`,
    values: [asOf, zone],
  };
}

/** A customer's order days up to the end of a day; money in minor units. Null `observedDays`: no order day. */
export interface CustomerHistoryRow {
  customerId: string;
  repeats: number | null;
  lastDay: number | null;
  observedDays: number | null;
  meanSpend: number | null;
  /** {@link ownOrderDays}, up to now. */
  ownDays: number[];
  /** Whether past orders of theirs became known: imported ones, or told of so late that they start nothing. */
  pastBecameKnown: boolean;
  /** What is expected of them as it stands. */
  alive: number | null;
  valueMinor: number | null;
  lapseAfter: number | null;
  overdue: number | null;
}

/**
 * The next `limit` customers who have ordered or of whom something is expected, with their order days up to the end of
 * `through`, those of their own making up to now, and what stands of them. Orders are looked up by customer; whoever was
 * deleted or erased is left out.
 *
 * @param knownSince the instant from which on orders count as having become known
 */
export function historiesPage(
  { through, asOf, zone, knownSince }: { through: string; asOf: Date; zone: string; knownSince: Date },
  after: string | null,
  limit: number,
): Sql {
  return {
    text: `
      with page as materialized (
        select c.id from customers c
        where ($5::uuid is null or c.id > $5::uuid) and c.deleted_at is null and c.erased_at is null
          and (exists (select from orders o where o.customer_id = c.id)
            or exists (select from customer_predictions p where p.customer_id = c.id))
        order by c.id limit $2
      ), days as (
        select o.customer_id, (o.placed_at at time zone $4)::date as day, bool_or(${OWN_ORDER}) as own,
          bool_or(o.recorded_at >= $6 and (o.silent or o.recorded_at > o.placed_at + interval '72 hours')) as past,
          sum(${netStoreMinorSql('o', 'refund.refunded_minor')})::float8 as spend
        from page join orders o on o.customer_id = page.id ${refundedAsOfSql('o', '$3')}
        where ${countsAsOfSql('o', '$3')}
        group by 1, 2
      ), numbered as (
        select customer_id, day, spend, min(day) over (partition by customer_id) as first_day from days where day <= $1::date
      ), histories as (
        select customer_id, $1::date - first_day as observed, max(day) - first_day as last, count(*) - 1 as repeats,
          avg(spend) filter (where day > first_day) as mean
        from numbered group by customer_id, first_day
      ), rhythms as (
        select customer_id, bool_or(past) as past,
          array_agg(day - date '${DAY_ZERO}' order by day) filter (where own) as days
        from days group by customer_id
      )
      select page.id as "customerId", h.repeats::int, h.last::int as "lastDay", h.observed::int as "observedDays",
        h.mean::float8 as "meanSpend", coalesce(r.days, '{}') as "ownDays",
        coalesce(r.past, false) as "pastBecameKnown", p.alive, p.value_minor as "valueMinor",
        p.lapse_after as "lapseAfter", p.overdue
      from page left join histories h on h.customer_id = page.id
      left join rhythms r on r.customer_id = page.id
      left join customer_predictions p on p.customer_id = page.id
      order by page.id`,
    values: [through, limit, asOf, zone, after, knownSince],
  };
}

/** The days on which a customer ordered of their own accord, as numbers of days, ascending; as of an instant. */
export function ownOrderDays(customerId: string, asOf: Date, zone: string): Sql {
  return {
    text: `
      select distinct (o.placed_at at time zone $3)::date - date '${DAY_ZERO}' as day
      from orders o ${refundedAsOfSql('o', '$2')}
      where o.customer_id = $1 and ${OWN_ORDER} and ${countsAsOfSql('o', '$2')} order by day`,
    values: [customerId, asOf, zone],
  };
}
