/**
 * The one form in which everything that a shop tells arrives at the engine, whatever it came by: a generic webhook, a
 * vendor's webhook, the bulk door. Adapters translate into {@link SourceEvent}; `readEnvelope` validates that into an
 * {@link Envelope}.
 */

/** An event as told: the generic body of `api.md` 3, not yet validated. */
export interface SourceEvent {
  type: string;
  /** ISO 8601. */
  occurredAt: string;
  data: Record<string, unknown>;
  /** What makes a refund or shipment one and the same when it is told several times; else the delivery's id is used. */
  onceKey?: string;
}

/** Text, absent (left alone) or null (cleared). */
export type Patchable<T> = T | null | undefined;

export type ConsentStatus = 'subscribed' | 'pending' | 'unsubscribed' | 'none';

export interface ConsentTold {
  status: ConsentStatus;
  source?: string | undefined;
  at?: Date | undefined;
  ip?: string | undefined;
  text?: string | undefined;
  topics?: Record<string, boolean> | undefined;
}

/** What an event says about a person. Every field but the identity may be absent (left alone) or null (cleared). */
export interface CustomerTold {
  externalId: string | undefined;
  /** Normalised. Null: the shop says that there is none, or (vendors) none that can be mailed. */
  email: Patchable<string>;
  firstName: Patchable<string>;
  lastName: Patchable<string>;
  locale: Patchable<string>;
  timezone: Patchable<string>;
  createdAt: Date | undefined;
  attributes: Record<string, unknown> | undefined;
  tags: string[] | undefined;
  consent: ConsentTold | undefined;
}

export type OrderStatus = 'pending' | 'paid' | 'cancelled' | 'refunded';
export type OrderOrigin = 'shop' | 'renewal';

export interface LineTold {
  productExternalId: string;
  name: string | null;
  category: string | null;
  quantity: number;
  /** Decimal text with up to four decimals. */
  unitPrice: string;
}

export interface OrderTold {
  externalId: string;
  customer: CustomerTold;
  placedAt: Date;
  currency: string;
  /** Minor units of `currency`. */
  totalMinor: number;
  /** Minor units of the store's currency, where the shop gives it. */
  storeTotalMinor: number | undefined;
  /** Absent: left alone; a new order is paid. */
  status: OrderStatus | undefined;
  origin: OrderOrigin | undefined;
  couponCodes: string[] | undefined;
  discountMinor: number | undefined;
  lines: LineTold[];
}

export interface ProductTold {
  externalId: string;
  name: string | undefined;
  category: Patchable<string>;
  /** Decimal text in the store's currency. */
  price: Patchable<string>;
  url: Patchable<string>;
  imageUrl: Patchable<string>;
  active: boolean | undefined;
}

export interface BasketTold {
  customer: CustomerTold;
  externalId: string;
  url: string | undefined;
  total: string | undefined;
  currency: string | undefined;
  lines: LineTold[];
}

/** A validated event. `version` is `updatedAt`, else `occurredAt`. */
export type Envelope = { type: string; occurredAt: Date; version: Date } & Told;

export type Told =
  | { kind: 'customer'; customer: CustomerTold }
  | { kind: 'customer_deleted'; externalId: string }
  | { kind: 'customers_merged'; keptExternalId: string; goneExternalId: string }
  | { kind: 'order'; order: OrderTold }
  | { kind: 'order_removed'; orderExternalId: string }
  | { kind: 'refund'; orderExternalId: string; amount: string; at: Date; onceKey: string | undefined }
  | {
      kind: 'shipment';
      state: 'fulfilled' | 'delivered';
      orderExternalId: string;
      at: Date;
      onceKey: string | undefined;
    }
  | { kind: 'basket'; basket: BasketTold }
  | { kind: 'product'; product: ProductTold }
  | { kind: 'activity'; customer: CustomerTold; externalId: string | undefined; properties: Record<string, unknown> }
  | { kind: 'redact'; externalId: string | undefined; email: string | undefined }
  | { kind: 'data_request'; externalId: string | undefined; email: string | undefined; reference: string | undefined }
  | { kind: 'shop_redact' };
