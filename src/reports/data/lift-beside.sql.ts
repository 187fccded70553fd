import { humanTouchesSql } from '../../attribution/touch-sql';
import { countsAsOfSql, netStoreMinorSql, refundedAsOfSql } from '../../orders/order-sql';
import { type Sql } from '../../platform/database/database';
import { FIRSTS, type LiftScope, populationValues, watchedSql, WINDOW } from './lift-population.sql';
import { lateRefundsSql, OUTCOME_AMOUNT, OUTCOME_COUNTS } from './outcome-sql';

/** CTEs up to `mature`: the people whose window has ended, as {@link watchedSql} gives them. */
function matureSql({ start }: LiftScope): string {
  return `${FIRSTS}, mature as materialized (select * from (${watchedSql(start)}) watched where mature)`;
}

/** What an arm did in the window before it entered; money in minor units. */
export interface BeforeRow {
  arm: 'treatment' | 'holdout';
  customers: number;
  repurchasers: number;
  /** Net revenue of each person who brought any. */
  spent: number[];
}

/**
 * Counting orders of the mature people in the window before they entered, the order that brought them in left out. Plan:
 * one probe of orders (customer_id, placed_at) a person.
 */
export function ordersBefore(scope: LiftScope): Sql {
  return {
    text: `
      with ${matureSql(scope)}, brought as (
        select w.arm, bought.orders, bought.revenue from mature w
        join enrollments entered on entered.id = w.id
        cross join lateral (
          select count(*) as orders, coalesce(sum(${netStoreMinorSql('o', 'refund.refunded_minor')}), 0) as revenue
          from orders o ${refundedAsOfSql('o', '$2')}
          where o.customer_id = w.customer_id and o.placed_at >= w.entered_at - ${WINDOW} and o.placed_at < w.entered_at
            and o.origin <> 'renewal' and o.id is distinct from entered.trigger_order_id
            and ${countsAsOfSql('o', '$2')}) bought
      )
      select arm, count(*)::int as customers, count(*) filter (where orders > 0)::int as repurchasers,
        coalesce(array_agg(revenue::float8) filter (where revenue <> 0), '{}'::float8[]) as spent
      from brought group by arm`,
    values: populationValues(scope),
  };
}

/** What people were sent and how they took it, by arm. */
export interface MailedRow {
  arm: 'treatment' | 'holdout';
  customers: number;
  /** Messages of other campaigns that went out to them in their windows. */
  otherMessages: number;
  /** People who said no to mail in their windows, wherever they did. */
  unsubscribed: number;
  /** People who complained about a mail in their windows, whichever it was. */
  complained: number;
}

/**
 * Messages and refusals in the windows of the mature people. Plan: messages by (customer_id, id), customers by key and
 * optouts by (email, at), a probe of each a person.
 */
export function mailedPeople(scope: LiftScope): Sql {
  return {
    text: `
      with ${matureSql(scope)}
      select w.arm, count(*)::int as customers, coalesce(sum(mails.others), 0)::int as "otherMessages",
        count(*) filter (where no.unsubscribed)::int as unsubscribed,
        count(*) filter (where mails.complained)::int as complained
      from mature w join customers c on c.id = w.customer_id
      cross join lateral (
        select count(*) filter (where m.campaign_id <> $1 and m.sent_at >= w.t0 and m.sent_at <= w.t0 + ${WINDOW}) as others,
          bool_or(m.complained_at > w.t0 and m.complained_at <= w.t0 + ${WINDOW}) as complained
        from messages m where m.customer_id = w.customer_id and m.origin = 'enrollment') mails
      cross join lateral (
        select exists (select from address_optouts a where a.email = c.email and a.at > w.t0 and a.at <= w.t0 + ${WINDOW})
          as unsubscribed) no
      group by w.arm`,
    values: populationValues(scope),
  };
}

/** What the people of an arm brought after costs, as moments; money in units of the store's currency. */
export interface ProfitRow {
  arm: 'treatment' | 'holdout';
  customers: number;
  revenue: number;
  couponCost: number;
  sent: number;
  mean: number;
  /** Sample variance (ddof 1); null below two people. */
  variance: number | null;
}

/**
 * Profit of each mature person in the window: margin x revenue - what redeemed coupons of the campaign cost - mails of the
 * campaign that went out x the cost of one; by arm the moments of it.
 */
export function profits(
  scope: LiftScope,
  minorUnits: number,
  { grossMargin, costPerEmail }: { grossMargin: number; costPerEmail: number },
): Sql {
  const inWindow = (at: string): string => `${at} >= w.t0 and ${at} <= w.t0 + ${WINDOW}`;
  return {
    text: `
      with ${matureSql(scope)}, brought as (
        select w.arm, taken.revenue / $5::float8 as revenue, given.cost / $5::float8 as coupon_cost, mails.sent
        from mature w
        cross join lateral (
          select coalesce(sum(${OUTCOME_AMOUNT}) filter (where ${OUTCOME_COUNTS}), 0)::float8 as revenue
          from outcomes x ${lateRefundsSql('$2')}
          where x.enrollment_id = w.id and x.placed_at > w.t0 and x.placed_at <= w.t0 + ${WINDOW}) taken
        cross join lateral (
          select coalesce(sum(k.cost_minor), 0)::float8 as cost from coupons k
          where k.customer_id = w.customer_id and k.campaign_id = $1 and ${inWindow('k.redeemed_at')}) given
        cross join lateral (
          select count(*)::float8 as sent from messages m
          where m.customer_id = w.customer_id and m.campaign_id = $1 and m.origin = 'enrollment'
            and ${inWindow('m.sent_at')}) mails
      ), earned as (
        select *, $6::float8 * revenue - coupon_cost - sent * $7::float8 as profit from brought
      )
      select arm, count(*)::int as customers, sum(revenue) as revenue, sum(coupon_cost) as "couponCost",
        sum(sent)::int as sent, avg(profit) as mean, var_samp(profit) as variance
      from earned group by arm`,
    values: [...populationValues(scope), minorUnits, grossMargin, costPerEmail],
  };
}

/** What a rule that takes every due mail for a touch credits to an arm; money in minor units. */
export interface CreditedRow {
  arm: 'treatment' | 'holdout';
  customers: number;
  /** Mails that went out, of the control those that were held out. */
  messages: number;
  orders: number;
  revenue: number;
}

/**
 * The orders in the windows of the mature people that `last_touch` would credit to the campaign's mails if each had been
 * touched the moment it was due, `touchMs` back from the order, held-out ones of the control and sent ones of the treatment
 * alike; a later human touch of another campaign's mail takes the credit away. Plan: outcomes by key, messages by
 * (customer_id, id), hits by (customer_id, at).
 */
export function creditedByDue(scope: LiftScope, touchMs: number): Sql {
  const due = `m.customer_id = w.customer_id and m.campaign_id = $1 and m.origin = 'enrollment'
          and m.status in ('held_out', 'sent', 'bounced')`;
  return {
    text: `
      with ${matureSql(scope)}, mails as (
        select w.arm, count(*)::int as customers, coalesce(sum(own.n), 0)::int as messages from mature w
        cross join lateral (
          select count(*) as n from messages m where ${due} and m.due_at >= w.t0 and m.due_at <= w.t0 + ${WINDOW}) own
        group by w.arm
      ), followed as (
        select w.arm, w.customer_id, x.placed_at, ${OUTCOME_AMOUNT} as amount, touched.due_at from mature w
        join outcomes x on x.enrollment_id = w.id and x.placed_at > w.t0 and x.placed_at <= w.t0 + ${WINDOW}
        ${lateRefundsSql('$2')}
        cross join lateral (
          select max(m.due_at) as due_at from messages m
          where ${due} and m.due_at <= x.placed_at
            and m.due_at >= x.placed_at - make_interval(secs => $5::float8 / 1000)) touched
        where ${OUTCOME_COUNTS} and touched.due_at is not null
      ), credited as (
        select f.arm, count(*)::int as orders, coalesce(sum(f.amount), 0)::bigint as revenue from followed f
        where not exists (
          select from (select f.customer_id, f.placed_at) o ${humanTouchesSql('o', '$5')}
          where touch.campaign_id <> $1 and touch.touched_at > f.due_at)
        group by f.arm
      )
      select mails.arm, mails.customers, mails.messages, coalesce(credited.orders, 0)::int as orders,
        coalesce(credited.revenue, 0)::bigint as revenue
      from mails left join credited on credited.arm = mails.arm`,
    values: [...populationValues(scope), touchMs],
  };
}
