import { type NewCustomerEvent } from '../../customers/customer-events';
import { type FirstCounted, type OrderMark } from '../../orders/orders.types';
import { type Fact, startsSomething, uniqueId } from './fact';

/** Whom a fact turned out to be about. */
export interface Resolved {
  customerId: string | null;
  orderId: string | null;
  /** It brought a consent that was not there before. */
  consentSubscribed: boolean;
}

/**
 * What of a fact goes into the customer's log: its own type as received, and `consent.subscribed` where it brought a
 * new consent. Refunds, shipments and counting orders are logged from what the orders came to (they may have waited).
 */
export function eventsOfFact(fact: Fact, resolved: Resolved, now: Date): NewCustomerEvent[] {
  const { envelope } = fact;
  const { customerId, orderId, consentSubscribed } = resolved;
  if (customerId === null || fact.silent) return [];
  const base = {
    customerId,
    occurredAt: envelope.occurredAt,
    eventId: uniqueId(fact),
    starts: startsSomething(fact, envelope.occurredAt, now),
  };
  const properties = propertiesOf(fact);
  const own = properties ? [{ ...base, type: envelope.type, properties, reference: orderId }] : [];
  return consentSubscribed ? [...own, { ...base, type: 'consent.subscribed', properties: {} }] : own;
}

function propertiesOf({ envelope }: Fact): Record<string, unknown> | undefined {
  switch (envelope.kind) {
    case 'customer':
    case 'customer_deleted':
      return {};
    case 'order': {
      const { externalId, origin } = envelope.order;
      return { externalId, origin: origin ?? 'shop' };
    }
    case 'basket': {
      const { externalId, url, total, currency, lines } = envelope.basket;
      return {
        externalId,
        ...(url ? { url } : {}),
        ...(total ? { total } : {}),
        ...(currency ? { currency } : {}),
        // Conditions compare properties, they do not count lines: this is how one asks for a cart that was emptied.
        ...(lines.length === 0 ? { empty: true } : {}),
        lines,
      };
    }
    case 'activity': {
      const { externalId, properties } = envelope;
      return externalId === undefined ? properties : { ...properties, externalId };
    }
    case 'customers_merged':
    case 'order_removed':
    case 'refund':
    case 'shipment':
    case 'product':
    case 'redact':
    case 'data_request':
    case 'shop_redact':
      return undefined;
    default:
      return envelope satisfies never;
  }
}

/** `order.counted`: an order counts for the first time, once in its life. Imported ones leave no event. */
export function countedEvents(orders: readonly FirstCounted[]): NewCustomerEvent[] {
  return orders.flatMap(({ orderId, externalId, customerId, origin, placedAt, silent, starts }) =>
    customerId === null || silent
      ? []
      : [
          {
            customerId,
            type: 'order.counted',
            occurredAt: placedAt,
            properties: { orderId, externalId, origin },
            reference: orderId,
            eventId: `order:${orderId}`,
            starts,
          },
        ],
  );
}

/** `order.fulfilled` and `order.delivered`, also those that had waited for their order. */
export function markEvents(marks: readonly OrderMark[], now: Date): NewCustomerEvent[] {
  return marks.flatMap((mark) =>
    mark.customerId === null || mark.silent
      ? []
      : [
          {
            customerId: mark.customerId,
            type: `order.${mark.kind}`,
            occurredAt: mark.occurredAt,
            properties: { externalId: mark.externalId, at: mark.at.toISOString() },
            reference: mark.orderId,
            eventId: mark.eventId,
            starts: startsSomething({ silent: false }, mark.occurredAt, now),
          },
        ],
  );
}

/** A refund whose order is known. */
export interface KnownRefund {
  eventKey: string;
  orderId: string;
  externalId: string;
  customerId: string;
  amount: string;
  at: Date;
}

/** `order.refunded`; repeats are dropped by the log, since a refund has one key for ever. It starts nothing. */
export function refundEvents(refunds: readonly KnownRefund[]): NewCustomerEvent[] {
  return refunds.map(({ eventKey, orderId, externalId, customerId, amount, at }) => ({
    customerId,
    type: 'order.refunded',
    occurredAt: at,
    properties: { externalId, amount },
    reference: orderId,
    eventId: eventKey,
    starts: false,
  }));
}

/** In the order in which things happened; what happened at once, by id: the order of arrival leaves no trace. */
export function inOrderOfTime(events: readonly NewCustomerEvent[]): NewCustomerEvent[] {
  return [...events].sort(
    (a, b) =>
      a.occurredAt.getTime() - b.occurredAt.getTime() ||
      compare(a.eventId ?? '', b.eventId ?? '') ||
      compare(a.type, b.type),
  );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
