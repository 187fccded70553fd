import { discountText, isDiscount } from '../../incentives/discount-text';
import { type CouponVariables } from '../templates.types';

/** The code that an event is about: `coupon.expiring` names it. */
export function couponOfEvent(event: {
  type: string;
  properties: Record<string, unknown>;
}): CouponVariables | undefined {
  if (event.type !== 'coupon.expiring') return undefined;
  const { code, discount, expiresAt } = event.properties;
  if (typeof code !== 'string') return undefined;
  return {
    code,
    discount: isDiscount(discount) ? discount : null,
    expiresAt: typeof expiresAt === 'string' ? expiresAt : null,
  };
}

/** The coupon with its discount in words, in the language of the mail. */
export function writtenCoupon(coupon: CouponVariables | undefined, locale: string): { coupon?: CouponVariables } {
  if (!coupon || !isDiscount(coupon.discount)) return {};
  return { coupon: { ...coupon, discount: discountText(coupon.discount, locale) } };
}
