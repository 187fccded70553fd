export const POINT_ROUNDINGS = ['down', 'nearest', 'up'] as const;
export type PointRounding = (typeof POINT_ROUNDINGS)[number];

/** What orders earn. */
export interface PointRules {
  /** Points for each unit of the store's currency, up to four decimals. */
  perCurrencyUnit: number;
  round: PointRounding;
  /** Decimal text in the store's currency: an order below it earns nothing. */
  minimumOrder: string | null;
  /** ISO 8601, in the store's calendar, from the instant that they came; null: never. */
  expireAfter: string | null;
}

/** A tier; the list goes from the lowest to the highest. All go by the same measure. */
export type TierRule = { key: string; name: string } & (
  | { /** Points ever given and not taken back. */ atPoints: number }
  | { /** Decimal text: net revenue of the last 365 days, in the store's currency. */ atYearlyRevenue: string }
);

/** What a referral brings to both. */
export interface ReferralRules {
  /** Where the code is redeemed, with `{code}` in it. */
  url: string;
  rewardPoints: { referrer: number; referred: number };
  /** Decimal text in the store's currency: a first order below it brings nothing. */
  minimumOrder: string | null;
}

/** The body of `PUT /api/v1/settings/loyalty`, everything filled in; null and an empty list: there is none. */
export interface LoyaltySetting {
  points: PointRules | null;
  tiers: TierRule[];
  referral: ReferralRules | null;
}

/** As it is shown. */
export interface LoyaltySettingView extends LoyaltySetting {
  /** Orders placed from this instant on go by it; null while there is no setting. */
  validFrom: string | null;
  /** How far the accounts are reckoned anew after the last change. */
  reckoning: 'none' | 'running' | 'ready';
}

export type PointKind = 'earned' | 'reversed' | 'spent' | 'expired' | 'adjusted' | 'fed' | 'reward';

/** A line of the ledger. */
export interface PointEntryView {
  id: string;
  delta: number;
  kind: PointKind;
  /** `order:<id>`, `referral:<id>`, or `request:<the id that the shop gave>`. */
  reference: string;
  at: string;
  expiresAt: string | null;
  note: string | null;
}

/** What a customer's points come to. */
export interface PointBalanceView {
  balance: number;
  /** Points taken back after they were spent; the next ones pay it first. */
  owed: number;
  tier: string | null;
  nextExpiry: { at: string; points: number } | null;
}

/** A change of points by the shop. */
export interface PointChange {
  delta: number;
  reason: string;
  id: string;
  kind?: 'adjusted';
}

/** A person's own referral code, and what it has brought. */
export interface ReferralView {
  code: string;
  url: string;
  /** People whose first order it brought, and who are not refused. */
  referred: number;
  /** Points that it has brought to its owner, less what was taken back. */
  earned: number;
}
