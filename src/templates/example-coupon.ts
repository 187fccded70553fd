import { type CouponVariables } from './templates.types';

const DAY_MS = 86_400_000;

/** A code for previews and test mails: it looks like one that was made, stands in no pool and buys nothing. */
export function exampleCoupon(now: Date): CouponVariables {
  return {
    code: 'EXAMPLE-3K7M9',
    discount: { kind: 'percent', value: 10 },
    expiresAt: new Date(now.getTime() + 14 * DAY_MS).toISOString(),
  };
}
