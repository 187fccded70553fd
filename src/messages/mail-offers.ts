import { Injectable } from '@nestjs/common';
import { Recommendations } from '../catalog/recommendations';
import { type RecommendedProduct } from '../catalog/catalog.types';
import { Coupons } from '../incentives/coupons';
import { Database } from '../platform/database/database';
import { exampleCoupon } from '../templates/example-coupon';
import { type CouponVariables } from '../templates/templates.types';
import { type ClaimedRow } from './data/claim-messages.sql';

/** What mails offer: products that they recommend, codes that they give. */
@Injectable()
export class MailOffers {
  constructor(
    private readonly database: Database,
    private readonly products: Recommendations,
    private readonly codes: Coupons,
  ) {}

  /** The codes by message id. A test and a copy to the seed list show one that is nobody's. */
  async coupons(rows: readonly ClaimedRow[]): Promise<Map<string, CouponVariables>> {
    const found = await this.codes.ofMails(
      this.database,
      rows.flatMap(({ couponId }) => couponId ?? []),
    );
    return new Map(
      rows.flatMap(({ id, origin, couponId, queuedAt }): Array<[string, CouponVariables]> => {
        if (origin === 'test' || origin === 'seed') return [[id, exampleCoupon(queuedAt)]];
        const coupon = couponId === null ? undefined : found.get(couponId);
        if (coupon?.messageId !== id) return [];
        const { code, discount, expiresAt } = coupon;
        return [[id, { code, discount, expiresAt: expiresAt.toISOString() }]];
      }),
    );
  }

  /**
   * The products by message id, for the messages whose step asks for products. An empty list means that neither the strategy nor its
   * fallback found any: such a mail is not sent.
   */
  async recommendations(rows: readonly ClaimedRow[]): Promise<Map<string, RecommendedProduct[]>> {
    const asking = rows.flatMap(({ id, customerId, triggerOrderId, recommend }) =>
      recommend && customerId !== null ? [{ id, request: { ...recommend, customerId, orderId: triggerOrderId } }] : [],
    );
    if (asking.length === 0) return new Map();
    const found = await this.products.forCustomers(
      this.database,
      asking.map((one) => one.request),
    );
    return new Map(asking.map((one, at) => [one.id, found[at] ?? []]));
  }
}
