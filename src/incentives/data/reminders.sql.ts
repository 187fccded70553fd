import { type Sql } from '../../platform/database/database';
import { type Discount } from '../coupons.types';

/** A code that will expire, and whose it is. */
export interface ReminderRow {
  id: string;
  customerId: string;
  code: string;
  pool: string;
  discount: Discount;
  expiresAt: Date;
  messageId: string;
  /** Given, not redeemed, not expired: there is something to remind of. */
  waits: boolean;
}

export const NEXT_REMINDER = `select remind_at as at from coupons where remind_at is not null order by remind_at limit 1`;

/** Takes up to `limit` due reminders, each once. Plan: index scan on coupons_remind. */
export function takeReminders(now: Date, limit: number): Sql {
  return {
    text: `with due as materialized (
        select id from coupons where remind_at <= $1 order by remind_at limit $2 for update skip locked)
      update coupons c set remind_at = null from due, coupon_pools p
      where c.id = due.id and p.id = c.pool_id
      returning c.id, c.customer_id as "customerId", c.code, p.key as pool, p.discount, c.expires_at as "expiresAt",
        c.message_id as "messageId", c.state = 'allocated' and c.expires_at > $1 as waits`,
    values: [now, limit],
  };
}
