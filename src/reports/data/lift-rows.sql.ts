import { countsAsOfSql, netStoreMinorSql, refundedAsOfSql } from '../../orders/order-sql';
import { type Sql } from '../../platform/database/database';
import { lateRefundsSql, OUTCOME_COUNTS } from './outcome-sql';

/** Somebody of a page of the lift's rows, and from when they are watched. */
export interface RowKey {
  enrollmentId: string;
  startedAt: Date;
}

/** What the figures beside the lift are made of, of one person; money in minor units. */
export interface LiftRowDetail {
  enrollmentId: string;
  armReason: string;
  /** Stored at entry: stage, locale, tenure, first product. */
  attributes: Record<string, unknown>;
  /** The first counting order in the window. */
  firstOrderAt: Date | null;
  /** Counting orders and net revenue in the window before entry. */
  ordersBefore: number;
  revenueBefore: number;
  /** Net revenue of the 365 days before the person was watched. */
  revenueYearBefore: number;
  sent: number;
  couponCost: number;
  otherMessages: number;
  unsubscribed: boolean;
  complained: boolean;
}

/** The details of a page of rows. Every look-up is by the key of a person; $1 ids, $2 asOf, $3 starts, $4 window in ms. */
export function liftRowDetails(keys: readonly RowKey[], windowMs: number, asOf: Date): Sql {
  const window = 'make_interval(secs => $4::float8 / 1000)';
  const until = `least(w.t0 + ${window}, $2)`;
  const before = (from: string, to: string): string => `
        select count(*)::int as orders, coalesce(sum(${netStoreMinorSql('o', 'refund.refunded_minor')}), 0)::bigint as revenue
        from orders o ${refundedAsOfSql('o', '$2')}
        where o.customer_id = w.customer_id and o.placed_at >= ${from} and o.placed_at < ${to}
          and o.origin <> 'renewal' and o.id is distinct from w.trigger_order_id and ${countsAsOfSql('o', '$2')}`;
  return {
    text: `
      with w as materialized (
        select e.*, u.t0 from unnest($1::uuid[], $3::timestamptz[]) as u (id, t0) join enrollments e on e.id = u.id
      )
      select w.id as "enrollmentId", w.arm_reason as "armReason", w.attributes, came.first as "firstOrderAt",
        placebo.orders as "ordersBefore", placebo.revenue as "revenueBefore", year.revenue as "revenueYearBefore",
        mails.sent, given.cost as "couponCost", mails.others as "otherMessages", no.unsubscribed,
        coalesce(mails.complained, false) as complained
      from w join customers c on c.id = w.customer_id
      cross join lateral (
        select min(x.placed_at) filter (where ${OUTCOME_COUNTS}) as first from outcomes x ${lateRefundsSql('$2')}
        where x.enrollment_id = w.id and x.placed_at > w.t0 and x.placed_at <= ${until}) came
      cross join lateral (${before(`w.entered_at - ${window}`, 'w.entered_at')}) placebo
      cross join lateral (${before(`w.t0 - interval '8760 hours'`, 'w.t0')}) year
      cross join lateral (
        select coalesce(sum(k.cost_minor), 0)::bigint as cost from coupons k
        where k.customer_id = w.customer_id and k.campaign_id = w.campaign_id and k.redeemed_at >= w.t0
          and k.redeemed_at <= ${until}) given
      cross join lateral (
        select count(*) filter (where m.campaign_id = w.campaign_id and m.sent_at >= w.t0 and m.sent_at <= ${until})::int as sent,
          count(*) filter (where m.campaign_id <> w.campaign_id and m.sent_at >= w.t0 and m.sent_at <= ${until})::int as others,
          bool_or(m.complained_at > w.t0 and m.complained_at <= ${until}) as complained
        from messages m where m.customer_id = w.customer_id and m.origin = 'enrollment') mails
      cross join lateral (
        select exists (select from address_optouts a where a.email = c.email and a.at > w.t0 and a.at <= ${until})
          as unsubscribed) no`,
    values: [keys.map((key) => key.enrollmentId), asOf, keys.map((key) => key.startedAt), windowMs],
  };
}
