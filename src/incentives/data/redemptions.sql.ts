import { type Sql } from '../../platform/database/database';

/** Takes up to `limit` changes off the queue of orders that name codes; rows that another transaction holds are skipped. */
export function takeOrders(limit: number): Sql {
  return {
    text: `delete from order_code_changes where id in (
        select id from order_code_changes order by id limit $1 for update skip locked)
      returning order_id as "orderId"`,
    values: [limit],
  };
}

export const NEXT_ORDER = `select at from order_code_changes order by id limit 1`;

/** What {@link forgetErasedCodes} leaves alone: codes of erased people were taken out of their orders. */
const ERASED = `'erased' = any(o.coupon_codes)`;

/**
 * The codes of ours that the orders name, each once, and the part of the order's discount that each of them cost: the
 * discount in store money is shared equally among all codes of the order, the odd cents go to the first. Unknown (null)
 * where the order is in another currency and the shop gave no store money.
 */
const NAMED = `
  select o.id as order_id, o.customer_id, o.placed_at, o.counting, c.id as coupon_id, c.pool_id,
    m.discount / n.codes + case when n.place <= m.discount % n.codes then 1 else 0 end as cost_minor
  from orders o
  cross join lateral (
    select case when o.currency = $2 then o.discount_minor
      when o.store_total_minor is null or o.total_minor <= 0 then null
      else round(o.discount_minor::numeric * o.store_total_minor / o.total_minor)::bigint end as discount) m
  cross join lateral (
    select u.code_key, row_number() over (order by min(u.ord)) as place, count(*) over () as codes
    from (select upper(btrim(r.code)) as code_key, r.ord from unnest(o.coupon_codes) with ordinality as r (code, ord)) u
    group by u.code_key) n
  join coupons c on c.code_key = n.code_key
  where o.id = any($1::uuid[])`;

/**
 * Locks the coupons that the orders name or named, in one order everywhere, so that what follows meets nobody half-way.
 */
export function lockCoupons(orderIds: readonly string[]): Sql {
  return {
    text: `select id from coupons where id in (
        select c.id from orders o cross join lateral unnest(o.coupon_codes) as r (code)
          join coupons c on c.code_key = upper(btrim(r.code)) where o.id = any($1::uuid[])
        union select coupon_id from coupon_uses where order_id = any($1::uuid[]))
      order by pool_id, id for no key update`,
    values: [orderIds],
  };
}

/** Brings what is known of the use of codes in line with the orders: one row per order and code of ours. */
export function writeUses(orderIds: readonly string[], storeCurrency: string): Sql[] {
  return [
    {
      text: `delete from coupon_uses u using orders o
        where u.order_id = any($1::uuid[]) and o.id = u.order_id and not ${ERASED} and not exists (
          select from coupons c cross join lateral unnest(o.coupon_codes) as r (code)
          where c.id = u.coupon_id and c.code_key = upper(btrim(r.code)))`,
      values: [orderIds],
    },
    {
      text: `update coupon_uses u set counting = o.counting, customer_id = o.customer_id, placed_at = o.placed_at
        from orders o where u.order_id = any($1::uuid[]) and o.id = u.order_id and ${ERASED}`,
      values: [orderIds],
    },
    {
      text: `insert into coupon_uses (coupon_id, order_id, customer_id, placed_at, counting, cost_minor)
        select coupon_id, order_id, customer_id, placed_at, counting, cost_minor from (${NAMED}) named
        on conflict (coupon_id, order_id) do update set customer_id = excluded.customer_id,
          placed_at = excluded.placed_at, counting = excluded.counting, cost_minor = excluded.cost_minor`,
      values: [orderIds, storeCurrency],
    },
  ];
}

/**
 * Redeems each of the coupons by the earliest counting order that names it (of two placed at one moment by the lesser of
 * the shop's ids: ours go by who came first), and takes back a redemption whose order counts
 * no more: so the same orders end in the same redemptions, in whatever order and how often they are told. A code that
 * nobody had been given when an order named it is not given to anybody any more, whatever becomes of that order.
 */
export function redeem(couponIds: readonly string[]): Sql {
  return {
    text: `
      update coupons c set
        state = case when first.order_id is not null then 'redeemed'
          when c.state = 'redeemed' and c.message_id is not null and c.released_at is null then 'allocated'
          when c.state = 'redeemed' or (c.state = 'free' and known.uses > 0) then 'withdrawn'
          else c.state end,
        redeemed_at = first.placed_at, redeemed_order_id = first.order_id, redeemed_by = first.customer_id,
        cost_minor = first.cost_minor
      from unnest($1::uuid[]) as wanted (id)
      left join lateral (
        select u.order_id, u.customer_id, u.placed_at, u.cost_minor from coupon_uses u join orders o on o.id = u.order_id
        where u.coupon_id = wanted.id and u.counting order by u.placed_at, o.external_id limit 1) first on true
      cross join lateral (select count(*) as uses from coupon_uses u where u.coupon_id = wanted.id) known
      where c.id = wanted.id`,
    values: [couponIds],
  };
}
