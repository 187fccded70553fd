import { Injectable } from '@nestjs/common';
import {
  type CustomerMerge,
  handOverRows,
  PersonalDataOwner,
  type PersonalSubject,
} from '../../customers/personal-data';
import { type Queryable, type Tx } from '../../platform/database/database';

/** A code that was given to somebody is theirs; what it cost stays for the figures. */
@Injectable()
export class CouponPersonalData extends PersonalDataOwner {
  readonly name = 'coupons';
  readonly tables = ['coupons', 'coupon_uses'];

  export(db: Queryable, { customerId }: PersonalSubject): Promise<unknown> {
    return db.query(
      `select c.code, p.key as pool, c.state, c.customer_id = $1 as given, c.message_id as "messageId",
         c.allocated_at as "allocatedAt", c.expires_at as "expiresAt", c.redeemed_at as "redeemedAt",
         c.redeemed_order_id as "redeemedOrderId", c.redeemed_by = $1 as redeemed
       from coupons c join coupon_pools p on p.id = c.pool_id
       where c.id in (
         select id from coupons where customer_id = $1 union select id from coupons where redeemed_by = $1
         union select coupon_id from coupon_uses where customer_id = $1)
       order by c.id`,
      [customerId],
    );
  }

  /** The code goes, and with it the chance to redeem it; that one was given, and what became of it, stays. */
  async erase(tx: Tx, { customerId }: PersonalSubject): Promise<void> {
    await tx.execute(
      `update coupons set code = 'erased-' || id, remind_at = null,
         state = case when state = 'allocated' then 'withdrawn' else state end
       where customer_id = $1`,
      [customerId],
    );
  }

  async merge(tx: Tx, merges: readonly CustomerMerge[]): Promise<void> {
    await handOverRows(tx, merges, this.tables);
    await handOverRows(tx, merges, ['coupons'], 'redeemed_by');
  }
}
