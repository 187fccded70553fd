import { type Sql } from '../../platform/database/database';
import { type CouponStatus } from '../coupons.types';

export interface CouponRow {
  id: string;
  code: string;
  status: CouponStatus;
  customerId: string | null;
  messageId: string | null;
  enrollmentId: string | null;
  campaignId: string | null;
  step: string | null;
  allocatedAt: Date | null;
  expiresAt: Date | null;
  releasedAt: Date | null;
  redeemedAt: Date | null;
  redeemedBy: string | null;
  redeemedOrderId: string | null;
  uses: number;
  costMinor: number | null;
}

/** Adds codes; one that stands in any pool already is left out, so that fewer rows than codes tell of a race. */
export function insertCodes(poolId: string, ids: readonly string[], codes: readonly string[]): Sql {
  return {
    text: `insert into coupons (id, pool_id, code, state)
      select r.id, $1, r.code, 'free' from unnest($2::uuid[], $3::text[]) as r (id, code)
      on conflict (code_key) do nothing`,
    values: [poolId, ids, codes],
  };
}

/** Which of the codes (by their place, from 0) stand in a pool already, and in which; a hundred at most. */
export function knownCodes(codes: readonly string[]): Sql {
  return {
    text: `select r.ord - 1 as index, p.key from unnest($1::text[]) with ordinality as r (code, ord)
      join coupons c on c.code_key = upper(btrim(r.code)) join coupon_pools p on p.id = c.pool_id
      order by r.ord limit 100`,
    values: [codes],
  };
}

/** How many of a pool's codes are free, counted no further than `most`. */
export function freeCodes(poolId: string, most: number): Sql {
  return {
    text: `select count(*) as free from (select 1 from coupons where pool_id = $1 and state = 'free' limit $2) f`,
    values: [poolId, most],
  };
}

const STATUS = `case when c.state = 'allocated' and c.expires_at <= $2 then 'expired' else c.state end`;

/** A page of a pool's codes, in the order in which they came. */
export function couponPage(
  poolId: string,
  now: Date,
  status: CouponStatus | null,
  after: string | null,
  limit: number,
): Sql {
  return {
    text: `select c.id, c.code, ${STATUS} as status, c.customer_id as "customerId", c.message_id as "messageId",
        c.enrollment_id as "enrollmentId", c.campaign_id as "campaignId", c.step, c.allocated_at as "allocatedAt",
        c.expires_at as "expiresAt", c.released_at as "releasedAt", c.redeemed_at as "redeemedAt",
        c.redeemed_by as "redeemedBy", c.redeemed_order_id as "redeemedOrderId", c.cost_minor as "costMinor",
        (select count(*) from coupon_uses u where u.coupon_id = c.id) as uses
      from coupons c
      where c.pool_id = $1 and ($4::uuid is null or c.id > $4::uuid) and ($3::text is null or ${STATUS} = $3)
      order by c.id limit $5`,
    values: [poolId, now, status, after, limit],
  };
}
