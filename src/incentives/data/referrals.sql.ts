import { refundedInFullAtSql } from '../../orders/order-sql';
import { instantArray, plainArray, textArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';
import { type FirstOrder } from '../domain/referral-rule';

/** The event by which a shop without a field for codes says that somebody was referred. */
const CLAIM_EVENT = 'referral.claimed';

export interface FirstOrderRow extends FirstOrder {
  customerId: string;
  email: string | null;
  couponCodes: string[];
  /** The code of the last claim before the order. */
  claimed: string | null;
}

/**
 * The first order of each customer, by when it was placed: neither waiting for its money nor cancelled. One that was
 * given back is still the first.
 */
export function firstOrders(customerIds: readonly string[]): Sql {
  return {
    text: `
      select c.id as "customerId", c.email, o.id as "orderId", o.placed_at as "placedAt",
        o.store_total_minor as "storeTotalMinor", o.status = 'paid' as paid, ${refundedInFullAtSql('o')} as "endedAt",
        o.coupon_codes as "couponCodes",
        (select e.properties ->> 'code' from customer_events e
         where e.customer_id = c.id and e.type = '${CLAIM_EVENT}' and e.occurred_at <= o.placed_at
         order by e.occurred_at desc, e.id desc limit 1) as claimed
      from customers c cross join lateral (
        select p.* from orders p where p.customer_id = c.id and p.status in ('paid', 'refunded')
        order by p.placed_at, p.id limit 1) o
      where c.id = any($1::uuid[])`,
    values: [plainArray(customerIds)],
  };
}

export interface CodeOwner {
  code: string;
  id: string;
  email: string | null;
}

/** Whose codes these are; nobody's when the person was erased or deleted. */
export function ownersOf(codes: readonly string[]): Sql {
  return {
    text: `select k.code, c.id, c.email from referral_codes k join customers c on c.id = k.customer_id
      where k.code = any($1::text[]) and c.erased_at is null`,
    values: [codes],
  };
}

/** A referral as it is stored. */
export interface ReferralRow {
  id: string;
  customerId: string;
  referrerId: string;
  code: string;
  orderId: string;
  at: Date;
  endedAt: Date | null;
  status: 'rewarded' | 'refused';
  reason: string | null;
  referrerPoints: number;
  referredPoints: number;
  expiresAt: Date | null;
}

export function referralsOf(customerIds: readonly string[]): Sql {
  return {
    text: `select id, customer_id as "customerId", referrer_id as "referrerId", code, order_id as "orderId", at,
        ended_at as "endedAt", status, reason, referrer_points as "referrerPoints",
        referred_points as "referredPoints", expires_at as "expiresAt"
      from referrals where customer_id = any($1::uuid[])`,
    values: [plainArray(customerIds)],
  };
}

export function writeReferrals(rows: readonly ReferralRow[], at: Date): Sql {
  return {
    text: `
      insert into referrals (id, customer_id, referrer_id, code, order_id, at, ended_at, status, reason,
        referrer_points, referred_points, expires_at, recorded_at)
      select t.*, $13 from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::timestamptz[],
        $7::timestamptz[], $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::timestamptz[]) as t
      on conflict (customer_id) do update set referrer_id = excluded.referrer_id, code = excluded.code,
        order_id = excluded.order_id, at = excluded.at, ended_at = excluded.ended_at, status = excluded.status,
        reason = excluded.reason, referrer_points = excluded.referrer_points,
        referred_points = excluded.referred_points, expires_at = excluded.expires_at`,
    values: [
      plainArray(rows.map(({ id }) => id)),
      plainArray(rows.map(({ customerId }) => customerId)),
      plainArray(rows.map(({ referrerId }) => referrerId)),
      textArray(rows.map(({ code }) => code)),
      plainArray(rows.map(({ orderId }) => orderId)),
      instantArray(rows.map((row) => row.at)),
      instantArray(rows.map(({ endedAt }) => endedAt)),
      plainArray(rows.map(({ status }) => status)),
      textArray(rows.map(({ reason }) => reason)),
      plainArray(rows.map(({ referrerPoints }) => referrerPoints)),
      plainArray(rows.map(({ referredPoints }) => referredPoints)),
      instantArray(rows.map(({ expiresAt }) => expiresAt)),
      at,
    ],
  };
}

export function dropReferrals(ids: readonly string[]): Sql {
  return { text: 'delete from referrals where id = any($1::uuid[])', values: [plainArray(ids)] };
}

/** The code of each of these customers: the first that was made. */
export function codesOf(customerIds: readonly string[]): Sql {
  return {
    text: `select distinct on (customer_id) customer_id as "customerId", code from referral_codes
      where customer_id = any($1::uuid[]) order by customer_id, created_at, code`,
    values: [plainArray(customerIds)],
  };
}

/** Codes for those who are there and have none. One that another has by chance is not taken: ask again. */
export function insertCodes(customerIds: readonly string[], codes: readonly string[], at: Date): Sql {
  return {
    text: `insert into referral_codes (code, customer_id, created_at)
      select t.code, c.id, $3 from unnest($1::uuid[], $2::text[]) as t (customer_id, code)
      join customers c on c.id = t.customer_id and c.erased_at is null
      where not exists (select 1 from referral_codes k where k.customer_id = c.id)
      on conflict (code) do nothing`,
    values: [plainArray(customerIds), plainArray(codes), at],
  };
}
