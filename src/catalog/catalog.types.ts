import { type Version } from '../kernel/versioned';
import { type ReplenishBasis } from './replenishment';

/** What an event says about a product. Absent: left alone; null: cleared. */
export interface ProductOp {
  externalId: string;
  version: Version;
  name?: string;
  category?: string | null;
  /** Decimal text, in the store's currency. */
  price?: string | null;
  url?: string | null;
  imageUrl?: string | null;
  active?: boolean;
}

/** A product as the API and the templates show it. */
export interface ProductView {
  id: string;
  externalId: string;
  name: string | null;
  category: string | null;
  /** Decimal text, in the store's currency. */
  price: string | null;
  url: string | null;
  imageUrl: string | null;
  active: boolean;
  updatedAt: string;
}

/** A product as its list shows it. */
export interface ListedProduct extends ProductView {
  /** After how many days it is typically bought again; what `wait` `until` `replenish` goes by. */
  replenish: {
    days: number;
    /** Its own time, its category's, the shop's between orders; `default` where there is too little history for any. */
    basis: ReplenishBasis;
    /** Customers who have bought again, and their gaps, that the time rests on. */
    customers: number;
    gaps: number;
  };
}

export const RECOMMENDATION_STRATEGIES = ['bought_together', 'bestsellers'] as const;
export type RecommendationStrategy = (typeof RECOMMENDATION_STRATEGIES)[number];

/** What is wanted for one mail. */
export interface RecommendationRequest {
  customerId: string;
  /** The order whose lines are looked at; null: the customer's last counting one. */
  orderId: string | null;
  strategy: RecommendationStrategy;
  limit: number;
  /** What to do when the strategy finds nothing. */
  fallback: 'bestsellers' | 'skip';
}

export interface RecommendedProduct {
  externalId: string;
  name: string | null;
  category: string | null;
  price: string | null;
  url: string | null;
  imageUrl: string | null;
}

/** Two products and how often they are in one basket; a < b. A basket is a counting order. */
export interface ProductPair {
  a: string;
  b: string;
  /** Baskets with both. */
  orders: number;
  /** Baskets with both / baskets. */
  support: number;
  /** Baskets with both / baskets with a. */
  confidenceAB: number;
  /** Baskets with both / baskets with b. */
  confidenceBA: number;
  /** support / (p(a) p(b)). */
  lift: number;
}

export const PAIR_SORTS = ['orders', 'lift'] as const;
export type PairSort = (typeof PAIR_SORTS)[number];
