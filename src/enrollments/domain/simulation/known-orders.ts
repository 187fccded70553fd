/** An order as the engine knew it: from when it counted, until when. */
export interface KnownOrder {
  id: string;
  externalId: string;
  origin: string;
  placedAt: number;
  /** When the engine could know that it counts: the instant of telling, or for imported history its own time. */
  countsFrom: number;
  /** When it was cancelled or refunded in full; null: it still counts. */
  countsUntil: number | null;
  /** From an import: it left no event in the customer's log. */
  silent: boolean;
}

export interface KnownRefund {
  knownAt: number;
  minor: number;
}

/** Whether the order counted at an instant. */
export function countsAt(order: KnownOrder, asOf: number): boolean {
  return order.countsFrom <= asOf && (order.countsUntil === null || order.countsUntil > asOf);
}

/** When refunds have taken an order back in full; null while something is left, and for a free order. */
export function refundedInFullAt(totalMinor: number, refunds: readonly KnownRefund[]): number | null {
  if (totalMinor <= 0) return null;
  let left = totalMinor;
  for (const { knownAt, minor } of [...refunds].sort((a, b) => a.knownAt - b.knownAt)) {
    left -= minor;
    if (left <= 0) return knownAt;
  }
  return null;
}
