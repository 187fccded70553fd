import { CLEARED } from './data/allocate.sql';

/**
 * Takes codes back from mails that will never arrive: two updates, as further parts of the `with` of the statement that
 * ends them. `source` is a relation of that statement with `id` (of the message), `coupon_id` and `on_wire`: whether the mail
 * may ever have been handed to a server. A code that nobody can have seen is free again; one that may have been seen is
 * withdrawn. The ids stand in arrays, so that whatever the statement is planned for, codes are found by their key.
 */
export function releaseCouponsSql(source: string, now: string): string {
  const ours = (which: string): string =>
    `c.id = any(array(select coupon_id from ${source} where ${which})) and c.state = 'allocated'
          and c.message_id = any(array(select id from ${source}))`;
  return `coupons_free_again as (
        update coupons c set ${CLEARED}, released_at = ${now} where ${ours('not on_wire')}
      ), coupons_withdrawn as (
        update coupons c set state = 'withdrawn', remind_at = null, released_at = ${now} where ${ours('on_wire')}
      )`;
}
