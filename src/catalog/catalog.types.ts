import { type Version } from '../kernel/versioned';

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
