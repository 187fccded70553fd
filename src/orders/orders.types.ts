import { type Version } from '../kernel/versioned';

export const ORDER_STATUSES = ['pending', 'paid', 'cancelled', 'refunded'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];
export const ORDER_ORIGINS = ['shop', 'renewal'] as const;
export type OrderOrigin = (typeof ORDER_ORIGINS)[number];

export interface OrderLine {
  productExternalId: string;
  name: string | null;
  category: string | null;
  quantity: number;
  /** Decimal text, up to four decimals, in the order's currency. */
  unitPrice: string;
}

interface OpBase {
  /** The order's id in the shop. */
  externalId: string;
  /** `updatedAt`, else `occurredAt`, and the id of the event (unique over all sources). */
  version: Version;
  /** From an import: starts nothing, the cause of stage changes is `import`. */
  silent: boolean;
  /** May start campaigns: neither silent nor older than 72 hours. */
  starts: boolean;
}

/** What an event says of a whole order. Optional fields that are absent are left alone. */
export interface OrderOpOrder extends OpBase {
  kind: 'order';
  /** Ours, from `CustomerIngest`; null when the order names nobody. */
  customerId: string | null;
  placedAt: Date;
  /** ISO 4217. */
  currency: string;
  totalMinor: number;
  /** In minor units of the store's currency, where the shop gives it. */
  storeTotalMinor?: number;
  status?: OrderStatus;
  origin?: OrderOrigin;
  couponCodes?: readonly string[];
  discountMinor?: number;
  lines: readonly OrderLine[];
  /**
   * Rows of a file: the lines of later rows of the same file are added to those of the earlier ones, and what the
   * first row said of the order itself is kept.
   */
  appendLines?: boolean;
}

/** Money given back. `version.eventId` is the refund's identity: each is one refund. */
export interface OrderOpRefund extends OpBase {
  kind: 'refund';
  /** Decimal text, in the order's currency. */
  amount: string;
  at: Date;
}

/** The goods went out, or arrived. */
export interface OrderOpMark extends OpBase {
  kind: 'fulfilled' | 'delivered';
  at: Date;
}

/** The shop deleted the order: it counts as cancelled. */
export interface OrderOpRemoved extends OpBase {
  kind: 'removed';
}

export type OrderOp = OrderOpOrder | OrderOpRefund | OrderOpMark | OrderOpRemoved;

/** An order that counts for the first time. */
export interface FirstCounted {
  orderId: string;
  externalId: string;
  customerId: string | null;
  origin: OrderOrigin;
  placedAt: Date;
  silent: boolean;
  /** As of the event that made it count. */
  starts: boolean;
}

/** A fulfilment or delivery whose order is known (now): the event may be recorded. */
export interface OrderMark {
  orderId: string;
  externalId: string;
  customerId: string | null;
  kind: 'fulfilled' | 'delivered';
  at: Date;
  /** When the event was told to have happened, for the 72 hours. */
  occurredAt: Date;
  eventId: string;
  silent: boolean;
}

/** A customer whose counting orders may have changed, for the stages. */
export interface ChangedCustomer {
  customerId: string;
  cause: 'order' | 'refund' | 'import';
  starts: boolean;
}

export interface OrderBatchResult {
  /** The order of each op at its index; null while it is not known (the op is parked). */
  orders: Array<{ orderId: string; customerId: string | null } | null>;
  changedCustomers: ChangedCustomer[];
  firstCounted: FirstCounted[];
  /** Of this batch, and those that had waited for an order of this batch. */
  marks: OrderMark[];
}
