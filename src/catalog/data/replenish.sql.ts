import { allRefundedAsOfSql, countsAsOfSql } from '../../orders/order-sql';
import { type Sql } from '../../platform/database/database';
import { FEWEST_CUSTOMERS, HORIZON_DAYS, type TypicalGap } from '../domain/typical-gap';
import { type OrderProduct, type ReplenishScope } from '../replenishment';

/** The gaps of one product or category: three lists side by side. */
export interface GapsRow {
  key: string;
  gapsOfCustomer: number[];
  days: number[];
  counts: number[];
}

const LINES = `join order_lines l on l.order_id = o.id left join products p on p.external_id = l.product_external_id`;

/** What the days of an order are counted for, and where that stands. */
const KEYS: Record<ReplenishScope, { key: string; from: string }> = {
  product: { key: 'l.product_external_id', from: LINES },
  category: { key: 'coalesce(l.category, p.category)', from: LINES },
  shop: { key: `''`, from: '' },
};

/**
 * The gaps between the order days of each customer with each product (category; shop), counted by how many gaps the
 * customer has with it and by their length: one row a product, as JSON, of those with gaps enough to say anything. Renewals
 * make no order days. A hash join and one sort of all lines, which the windows share: 300,000 orders of two lines take 6 s for
 * the three scopes together, 3,000,000 about a minute, once a night.
 */
export function gapsOf(scope: ReplenishScope, asOf: Date, today: string, zone: string): Sql {
  const { key, from } = KEYS[scope];
  return {
    text: `
      with days as (
        select ${key} as key, o.customer_id, (o.placed_at at time zone $2)::date as day
        from orders o ${allRefundedAsOfSql('o', '$1')} ${from}
        where o.customer_id is not null and o.origin <> 'renewal' and ${countsAsOfSql('o', '$1')} and ${key} is not null
        group by 1, 2, 3
      ), gaps as (
        select key, day, day - lag(day) over (partition by key, customer_id order by day) as gap,
          count(*) over (partition by key, customer_id) - 1 as gaps
        from days
      ), counted as (
        select key, gaps, least(coalesce(gap, $3::date - day), ${HORIZON_DAYS + 1}) as days, count(*) as count
        from gaps where gap is not null or gaps = 0
        group by 1, 2, 3
      )
      select key, json_agg(gaps) as "gapsOfCustomer", json_agg(days) as days, json_agg(count) as counts
      from counted group by key having sum(count) filter (where gaps > 0) >= ${FEWEST_CUSTOMERS}`,
    values: [asOf, zone, today],
  };
}

/** A statement over all orders of a large shop: more time and memory than a request may take, for this transaction. */
export const HEAVY = `select set_config('statement_timeout', '900000', true), set_config('work_mem', '64MB', true)`;

/** How far the times are behind the orders. */
export interface ReplenishState {
  ordersRevision: number;
  revision: number;
  firstComputedAt: Date | null;
  computedAt: Date | null;
}

export const REPLENISH_STATE = `
  select o.revision as "ordersRevision", s.revision, s.first_computed_at as "firstComputedAt", s.computed_at as "computedAt"
  from orders_state o cross join replenish_state s`;

/** Only one process computes at a time; the others go on with what there is. */
export const TAKE_REPLENISH = `select pg_try_advisory_xact_lock(hashtextextended('ritorno.replenish', 0)) as taken`;

export interface KnownTime extends TypicalGap {
  scope: ReplenishScope;
  key: string;
}

/**
 * Puts the times in force: those whose days have not changed keep their row (with what they rest on now), the others are
 * ended and begun anew, what is no longer known is ended.
 */
export function putInForce(times: readonly KnownTime[], at: Date): Sql[] {
  const known = `unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::int[]) as u (scope, key, days, customers, gaps)`;
  const values = [
    times.map(({ scope }) => scope),
    times.map(({ key }) => key),
    times.map(({ days }) => days),
    times.map(({ customers }) => customers),
    times.map(({ gaps }) => gaps),
  ];
  return [
    {
      text: `update replenish_times t set until = $4 where t.until is null and not exists (
          select from unnest($1::text[], $2::text[], $3::int[]) as u (scope, key, days)
          where u.scope = t.scope and u.key = t.key and u.days = t.days)`,
      values: [...values.slice(0, 3), at],
    },
    {
      text: `update replenish_times t set customers = u.customers, gaps = u.gaps from ${known}
        where t.until is null and t.scope = u.scope and t.key = u.key
          and (t.customers, t.gaps) is distinct from (u.customers, u.gaps)`,
      values,
    },
    {
      text: `insert into replenish_times (scope, key, days, customers, gaps, since)
        select u.scope, u.key, u.days, u.customers, u.gaps, $6 from ${known}
        on conflict (scope, key) where until is null do nothing`,
      values: [...values, at],
    },
  ];
}

export function noteReplenish(revision: number, at: Date): Sql {
  return {
    text: `update replenish_state set revision = $1, computed_at = $2, first_computed_at = coalesce(first_computed_at, $2)`,
    values: [revision, at],
  };
}

/** The times in force of some products and categories, and the shop's. */
export function timesInForce(products: readonly string[], categories: readonly string[]): Sql {
  return {
    text: `select scope, key, days from replenish_times where until is null
      and (scope = 'shop' or (scope = 'product' and key = any($1::text[])) or (scope = 'category' and key = any($2::text[])))`,
    values: [products, categories],
  };
}

/** The times that were in force at some instant of a period. */
export function timesDuring(from: Date, to: Date): Sql {
  const ms = (column: string): string => `round(date_part('epoch', ${column}) * 1000)::float8`;
  return {
    text: `select scope, key, days, ${ms('since')} as since, ${ms('until')} as until from replenish_times
      where since < $2 and (until is null or until > $1)`,
    values: [from, to],
  };
}

export interface OrderProductsRow {
  id: string;
  externalId: string;
  placedAt: Date;
  products: OrderProduct[] | null;
}

const PRODUCTS = `(select jsonb_agg(distinct jsonb_build_object('product', l.product_external_id,
    'category', coalesce(l.category, p.category)))
  from order_lines l left join products p on p.external_id = l.product_external_id where l.order_id = o.id) as products`;

/** Whose order is asked about: this one, else the customer's last counting one. */
export interface ReplenishQuestion {
  id: string;
  customerId: string;
  orderId: string | null;
}

/** The order of each question, with its products; none where the customer has none. Plan: orders_pkey, orders_customer. */
export function ordersAsked(questions: readonly ReplenishQuestion[], now: Date): Sql {
  return {
    text: `select q.id, o.external_id as "externalId", o.placed_at as "placedAt", ${PRODUCTS}
      from unnest($1::text[], $2::uuid[], $3::uuid[]) as q (id, customer_id, order_id)
      join orders o on o.id = coalesce(q.order_id, (
        select last.id from orders last where last.customer_id = q.customer_id and last.counting
          and last.origin <> 'renewal' and last.placed_at <= $4
        order by last.placed_at desc, last.id desc limit 1))`,
    values: [
      questions.map(({ id }) => id),
      questions.map(({ customerId }) => customerId),
      questions.map(({ orderId }) => orderId),
      now,
    ],
  };
}

/** The products of all orders of some customers. Plan: orders_customer, order_lines_pkey. */
export function ordersOfCustomers(customerIds: readonly string[]): Sql {
  return {
    text: `select o.id, o.external_id as "externalId", o.placed_at as "placedAt", ${PRODUCTS}
      from orders o where o.customer_id = any($1::uuid[])`,
    values: [customerIds],
  };
}

/** The time that is in force for product `p`: its own, else its category's, else the shop's. */
export const REPLENISH_OF_PRODUCT = `left join lateral (
    select t.scope, t.days, t.customers, t.gaps from replenish_times t
    where t.until is null and ((t.scope = 'product' and t.key = p.external_id)
      or (t.scope = 'category' and t.key = p.category) or t.scope = 'shop')
    order by case t.scope when 'product' then 1 when 'category' then 2 else 3 end limit 1) replenish on true`;
