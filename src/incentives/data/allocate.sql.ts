import { instantArray, plainArray, textArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';

/** One mail that is to get a code. */
export interface Allocation {
  messageId: string;
  customerId: string;
  enrollmentId: string;
  campaignId: string;
  step: string;
  expiresAt: Date;
  remindAt: Date | null;
}

/** What pools say now; `left`: whether any code is free, as committed. */
export function poolsNow(ids: readonly string[]): Sql {
  return {
    name: 'incentives.pools-now',
    text: `select p.id, p.key, p.expires_after as "expiresAfter", p.when_exhausted as "whenExhausted",
        p.warn_below as "warnBelow", p.remind_before as "remindBefore", p.warned_at is not null as warned,
        exists (select 1 from coupons c where c.pool_id = p.id and c.state = 'free') as left
      from coupon_pools p where p.id = any($1::uuid[])`,
    values: [plainArray(ids)],
  };
}

/** Held together by those who pass over what others hold; alone by the one who wants to know what is left for certain. */
export function lockPool(poolId: string, alone: boolean): Sql {
  return {
    text: `select pg_advisory_xact_lock${alone ? '' : '_shared'}(hashtextextended('ritorno.coupons.' || $1, 0))`,
    values: [poolId],
  };
}

/**
 * Gives free codes of a pool to mails, the oldest codes first, one to each, as far as they reach; returns who got which. A
 * step of an enrollment that has its code gets no second one. Codes that another transaction holds are passed over, or
 * waited for. Plan: index scan on coupons_free up to the limit, coupons_step per mail, coupons_pkey per code; planned each
 * time, because a plan that is kept does not know the limit.
 */
export function allocateCodes(poolId: string, wanted: readonly Allocation[], now: Date, wait: boolean): Sql {
  return {
    text: `with wanted as materialized (
        select w.*, row_number() over (order by w.ord) as n
        from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::timestamptz[], $8::timestamptz[])
          with ordinality as w (message_id, customer_id, enrollment_id, campaign_id, step, expires_at, remind_at, ord)
        where not exists (select 1 from coupons h where h.enrollment_id = w.enrollment_id and h.step = w.step)
      ), picked as materialized (
        select id from coupons where pool_id = $1 and state = 'free' order by id limit ${wanted.length}
        for update${wait ? '' : ' skip locked'}
      ), numbered as (
        select id, row_number() over (order by id) as n from picked
      )
      update coupons c set state = 'allocated', message_id = w.message_id, customer_id = w.customer_id,
        enrollment_id = w.enrollment_id, campaign_id = w.campaign_id, step = w.step, allocated_at = $9,
        expires_at = w.expires_at, remind_at = w.remind_at, released_at = null
      from numbered p join wanted w on w.n = p.n
      where c.id = p.id and c.state = 'free'
      returning c.message_id as "messageId", c.id`,
    values: [
      poolId,
      plainArray(wanted.map((one) => one.messageId)),
      plainArray(wanted.map((one) => one.customerId)),
      plainArray(wanted.map((one) => one.enrollmentId)),
      plainArray(wanted.map((one) => one.campaignId)),
      textArray(wanted.map((one) => one.step)),
      instantArray(wanted.map((one) => one.expiresAt)),
      instantArray(wanted.map((one) => one.remindAt)),
      now,
    ],
  };
}

/** Which of the steps have a code already. */
export function stepsWithCode(wanted: readonly Allocation[]): Sql {
  return {
    text: `select c.enrollment_id as "enrollmentId", c.step from coupons c
      join unnest($1::uuid[], $2::text[]) as w (enrollment_id, step) on c.enrollment_id = w.enrollment_id and c.step = w.step`,
    values: [plainArray(wanted.map((one) => one.enrollmentId)), textArray(wanted.map((one) => one.step))],
  };
}

/** Notes that the pool was warned of; no row comes back when it was before. */
export function noteWarning(poolId: string, now: Date): Sql {
  return {
    text: `update coupon_pools set warned_at = $2 where id = $1 and warned_at is null returning id`,
    values: [poolId, now],
  };
}

/** Takes codes back from mails that came to nothing in the transaction that gave them. */
export function takeBack(couponIds: readonly string[]): Sql {
  return {
    text: `update coupons set ${CLEARED} where id = any($1::uuid[]) and state = 'allocated'`,
    values: [plainArray(couponIds)],
  };
}

/** What makes a code as if it had never been given. */
export const CLEARED = `state = 'free', message_id = null, customer_id = null, enrollment_id = null, campaign_id = null,
  step = null, allocated_at = null, expires_at = null, remind_at = null`;

/** The codes of mails, with what their pool says they are worth. */
export function codesOf(couponIds: readonly string[]): Sql {
  return {
    text: `select c.id, c.message_id as "messageId", c.code, c.expires_at as "expiresAt", p.discount
      from coupons c join coupon_pools p on p.id = c.pool_id where c.id = any($1::uuid[]) and c.message_id is not null`,
    values: [plainArray(couponIds)],
  };
}
