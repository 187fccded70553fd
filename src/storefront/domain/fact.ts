import { type ProductOp } from '../../catalog/catalog.types';
import { type CustomerOp, type CustomerPatch } from '../../customers/customers.types';
import { type OrderOp } from '../../orders/orders.types';
import { type CustomerTold, type Envelope, type OrderTold } from './envelope';

/** A validated event with where it came from: what the engine applies. */
export interface Fact {
  envelope: Envelope;
  /** For the record: `source:shop`, `bulk`, `import:<id>`. */
  origin: string;
  /** The id of the event: decides between equal versions. */
  eventId: string;
  /** The raw delivery's row; null for rows of an import. */
  deliveryId: string | null;
  /** From an import: starts nothing, and leaves no event in the customer's log. */
  silent: boolean;
}

/** An event older than this updates data and triggers nothing (`api.md` 3, Lateness). */
const LATE_MS = 72 * 3_600_000;

/** Whether a fact may start or move enrollments. */
export function startsSomething(fact: Pick<Fact, 'silent'>, occurredAt: Date, now: Date): boolean {
  return !fact.silent && now.getTime() - occurredAt.getTime() <= LATE_MS;
}

/** An id of the event that no other source has. */
export function uniqueId(fact: Fact): string {
  return `${fact.origin}:${fact.eventId}`;
}

/**
 * The id by which equal versions are decided: the greater event id wins. What it came by stands behind it, since two
 * sources may use one id for two events; the space sorts before whatever a longer id has in its place.
 */
function versionId(fact: Fact): string {
  return `${fact.eventId} ${fact.origin}`;
}

/** What the fact says about a customer; undefined when it names none. */
export function customerOp(fact: Fact): CustomerOp | undefined {
  const { envelope, origin } = fact;
  const base = { version: { at: envelope.version, eventId: versionId(fact) }, source: origin };
  switch (envelope.kind) {
    case 'customer':
      return { ...base, kind: 'upsert', ...identified(envelope.customer) };
    case 'order':
      return { ...base, kind: 'reference', ...identified(envelope.order.customer) };
    case 'basket':
      return { ...base, kind: 'reference', ...identified(envelope.basket.customer) };
    case 'activity':
      return { ...base, kind: 'reference', ...identified(envelope.customer) };
    case 'customer_deleted':
      return { ...base, kind: 'delete', identity: { externalId: envelope.externalId } };
    case 'customers_merged':
      return {
        ...base,
        kind: 'merge',
        identity: { externalId: envelope.keptExternalId },
        other: { externalId: envelope.goneExternalId },
      };
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

/** What the fact says about an order; undefined when it names none. */
export function orderOp(fact: Fact, customerId: string | null, now: Date): OrderOp | undefined {
  const { envelope, silent } = fact;
  const starts = startsSomething(fact, envelope.occurredAt, now);
  const base = { version: { at: envelope.version, eventId: versionId(fact) }, silent, starts };
  const unique = { at: envelope.occurredAt, eventId: uniqueId(fact) };
  const once = (key: string | undefined) =>
    key === undefined ? unique : { ...unique, eventId: `${fact.origin}:${key}` };
  switch (envelope.kind) {
    case 'order':
      return { ...base, kind: 'order', customerId, ...orderFields(envelope.order), appendLines: silent };
    case 'order_removed':
      return { ...base, kind: 'removed', externalId: envelope.orderExternalId };
    case 'refund': {
      const { orderExternalId: externalId, amount, at, onceKey } = envelope;
      return { ...base, version: once(onceKey), kind: 'refund', externalId, amount, at };
    }
    case 'shipment': {
      const { orderExternalId: externalId, at, onceKey, state } = envelope;
      return { ...base, version: once(onceKey), kind: state, externalId, at };
    }
    case 'customer':
    case 'customer_deleted':
    case 'customers_merged':
    case 'basket':
    case 'product':
    case 'activity':
    case 'redact':
    case 'data_request':
    case 'shop_redact':
      return undefined;
    default:
      return envelope satisfies never;
  }
}

/** What the fact says about a product; undefined when it names none. */
export function productOp(fact: Fact): ProductOp | undefined {
  const { envelope } = fact;
  if (envelope.kind !== 'product') return undefined;
  const { externalId, ...fields } = envelope.product;
  return { externalId, version: { at: envelope.version, eventId: versionId(fact) }, ...defined(fields) };
}

function identified({ externalId, email, ...fields }: CustomerTold): {
  identity: { externalId?: string; email?: string };
  patch: CustomerPatch;
} {
  return {
    identity: { ...(externalId ? { externalId } : {}), ...(email ? { email } : {}) },
    patch: defined({ email, ...fields }),
  };
}

function orderFields(order: OrderTold) {
  const { customer: _customer, externalId, placedAt, currency, totalMinor, lines, ...optional } = order;
  return { externalId, placedAt, currency, totalMinor, lines, ...defined(optional) };
}

/** Without the fields that are undefined: absent means "left alone". */
function defined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: Partial<T> = {};
  for (const name in fields) if (fields[name] !== undefined) kept[name] = fields[name];
  return kept as never;
}
