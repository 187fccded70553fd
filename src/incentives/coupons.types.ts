export const DISCOUNT_KINDS = ['percent', 'amount', 'free_shipping', 'gift'] as const;

/** What a code is worth. `value` of `percent`: 10 is 10 %; of `amount`: a decimal string in `currency`. */
export type Discount =
  | { kind: 'percent'; value: number }
  | { kind: 'amount'; value: string; currency: string }
  | { kind: 'free_shipping' }
  | { kind: 'gift'; productExternalId?: string };

export const WHEN_EXHAUSTED = ['skip', 'send_without'] as const;
export type WhenExhausted = (typeof WHEN_EXHAUSTED)[number];

/** What the shop says of a pool; durations as ISO 8601. */
export interface PoolTerms {
  key: string;
  name: string;
  discount: Discount;
  /** From the allocation, in the customer's calendar. */
  expiresAfter: string;
  whenExhausted: WhenExhausted;
  /** A warning from so few free codes on; 0: none. */
  warnBelow: number;
  /** So long before the expiry of a code that was not redeemed `coupon.expiring` happens; null: never. */
  remindBefore: string | null;
}

/** Codes to be made: `prefix` and a random part of {@link GENERATED_LENGTH} letters behind it. */
export interface GenerateCodes {
  prefix?: string;
  count: number;
}

/** Codes that the shop has made, codes that we are to make, or both. */
export interface CodesWish {
  codes?: readonly unknown[];
  generate?: GenerateCodes;
}

export const COUPON_STATUSES = ['free', 'allocated', 'redeemed', 'expired', 'withdrawn'] as const;
export type CouponStatus = (typeof COUPON_STATUSES)[number];

/** How many codes of a pool stand where. `total` is the sum of all but `redeemedByOthers`, which are among the redeemed. */
export interface PoolCounts {
  total: number;
  free: number;
  /** Given to somebody, not redeemed, not expired. */
  allocated: number;
  redeemed: number;
  /** Given to somebody, and expired. */
  expired: number;
  /** Never to be given again: used before they were given, taken back by the shop, or perhaps seen by somebody. */
  withdrawn: number;
  /** Redeemed by somebody else than whom they were given to. */
  redeemedByOthers: number;
}

export interface PoolView extends PoolTerms {
  id: string;
  counts: PoolCounts;
  /** What the actual discounts of the redeemed ones came to, as a decimal string in the store's currency. */
  cost: string;
  currency: string;
  warnings: string[];
  version: number;
  createdAt: string;
  updatedAt: string;
}

/** A code as marketers see it. Instants are ISO 8601, `cost` is a decimal string in the store's currency. */
export interface CouponView {
  id: string;
  code: string;
  status: CouponStatus;
  customerId: string | null;
  messageId: string | null;
  enrollmentId: string | null;
  campaignId: string | null;
  step: string | null;
  allocatedAt: string | null;
  expiresAt: string | null;
  releasedAt: string | null;
  redeemedAt: string | null;
  redeemedBy: string | null;
  redeemedOrderId: string | null;
  /** Redeemed by somebody else than whom it was given to, or without having been given to anybody. */
  redeemedByOther: boolean;
  /** Orders that name the code, those that do not count included; only the first that counts redeems it. */
  uses: number;
  cost: string | null;
}
