import { type Fault } from '../../kernel/errors';
import { type Envelope, type SourceEvent, type Told } from './envelope';
import { FieldReader, isRecord } from './field-reader';
import { parseInstant } from './parse-instant';
import { readCustomer, readCustomerOf } from './read-customer';
import { readLines, readOrder } from './read-order';

export type ReadEnvelope = { ok: true; envelope: Envelope } | { ok: false; faults: Fault[] };

/** What the reader must know of the shop. */
export interface ReadingContext {
  storeCurrency: string;
  /** Vendor adapters may tell more than the generic contract names (merges, erasure). */
  vendor: boolean;
}

/** Types that the engine itself raises: a shop that sends them would start campaigns on facts that never were. */
const RESERVED = new Set([
  'consent.subscribed',
  'order.counted',
  'segment.entered',
  'segment.left',
  'survey.answered',
  'survey.changed',
  'coupon.expiring',
  'tier.changed',
  'referral.rewarded',
  'preferences.saved',
]);

const TYPE = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$/;

/** Faults of the outer form: no `type`, `occurredAt` or `data`. These refuse a generic webhook outright. */
export function outerFaults(body: unknown): Fault[] {
  if (!isRecord(body)) return [{ path: '', message: 'must be an object with type, occurredAt and data' }];
  const faults: Fault[] = [];
  if (typeof body.type !== 'string' || body.type === '') faults.push({ path: 'type', message: 'is missing' });
  if (typeof body.occurredAt !== 'string' || !parseInstant(body.occurredAt)) {
    faults.push({ path: 'occurredAt', message: 'must be an instant such as 2026-03-01T08:00:00Z' });
  }
  if (!isRecord(body.data)) faults.push({ path: 'data', message: 'must be an object' });
  return faults;
}

/** Validates one event. Faults carry paths such as `data.customer.email`. Never throws. */
export function readEnvelope(event: SourceEvent, context: ReadingContext): ReadEnvelope {
  const faults: Fault[] = [];
  const occurredAt = parseInstant(event.occurredAt);
  if (!occurredAt) return { ok: false, faults: outerFaults(event) };
  if (!TYPE.test(event.type)) faults.push({ path: 'type', message: 'is no name of an event' });
  if (RESERVED.has(event.type)) faults.push({ path: 'type', message: 'is raised by the engine itself' });
  const data = new FieldReader(event.data, 'data', faults);
  const version = DATED.has(event.type) ? data.instant('updatedAt') : undefined;
  const told = read(event, data, context);
  data.refuseUnknown(
    told?.kind === 'activity' ? 'is not a known field; what is free belongs into properties' : undefined,
  );
  if (faults.length > 0 || !told) return { ok: false, faults };
  return { ok: true, envelope: { type: event.type, occurredAt, version: version ?? occurredAt, ...told } };
}

/** Events whose data may carry an `updatedAt` of its own, the version of what they say. */
const DATED: ReadonlySet<string> = new Set([
  'customer.created',
  'customer.updated',
  'order.placed',
  'order.updated',
  'order.cancelled',
  'product.updated',
  'checkout.started',
  'cart.updated',
]);

function read(event: SourceEvent, data: FieldReader, context: ReadingContext): Told | undefined {
  switch (event.type) {
    case 'customer.created':
    case 'customer.updated':
      return { kind: 'customer', customer: readCustomer(data) };
    case 'customer.deleted':
      return withId(data, 'externalId', (externalId) => ({ kind: 'customer_deleted', externalId }));
    case 'order.placed':
    case 'order.updated':
    case 'order.cancelled':
      return readOrderOf(event.type, data, context);
    case 'order.refunded':
      return readRefund(event, data);
    case 'order.fulfilled':
      return readShipment('fulfilled', event, data);
    case 'order.delivered':
      return readShipment('delivered', event, data);
    case 'checkout.started':
    case 'cart.updated':
      return readBasket(data);
    case 'product.updated':
      return readProduct(data, context);
    default:
      return (context.vendor ? readVendorOnly(event.type, data) : undefined) ?? readActivity(data);
  }
}

function withId(data: FieldReader, name: string, told: (id: string) => Told): Told | undefined {
  const id = data.requiredId(name);
  return id === undefined ? undefined : told(id);
}

function readOrderOf(type: string, data: FieldReader, context: ReadingContext): Told | undefined {
  // WooCommerce tells of a deleted order by its id alone.
  if (context.vendor && type === 'order.cancelled' && data.raw('removed') === true) {
    return withId(data, 'externalId', (orderExternalId) => ({ kind: 'order_removed', orderExternalId }));
  }
  const order = readOrder(data, context.storeCurrency);
  if (!order) return undefined;
  const status = type === 'order.cancelled' ? 'cancelled' : order.status;
  return { kind: 'order', order: { ...order, status } };
}

function readRefund(event: SourceEvent, data: FieldReader): Told | undefined {
  const orderExternalId = data.requiredId('orderExternalId');
  const before = data.faults.length;
  const amount = data.decimal('amount', 4);
  if ((amount === undefined || amount === null) && data.faults.length === before) data.fault('amount', 'is missing');
  if (amount?.startsWith('-')) data.fault('amount', 'must not be negative');
  const at = data.requiredInstant('at');
  if (!orderExternalId || !amount || !at) return undefined;
  return { kind: 'refund', orderExternalId, amount, at, onceKey: event.onceKey };
}

function readShipment(state: 'fulfilled' | 'delivered', event: SourceEvent, data: FieldReader): Told | undefined {
  const orderExternalId = data.requiredId('orderExternalId');
  const at = data.requiredInstant('at');
  return orderExternalId && at ? { kind: 'shipment', state, orderExternalId, at, onceKey: event.onceKey } : undefined;
}

function readBasket(data: FieldReader): Told | undefined {
  const customer = readCustomerOf(data);
  const externalId = data.requiredId('externalId');
  const url = data.url('url') ?? undefined;
  const currency = data.currency('currency');
  const total = data.decimal('total', 4) ?? undefined;
  const lines = readLines(data) ?? [];
  if (!customer || !externalId) return undefined;
  return { kind: 'basket', basket: { customer, externalId, url, total, currency, lines } };
}

function readProduct(data: FieldReader, context: ReadingContext): Told | undefined {
  const externalId = data.requiredId('externalId');
  const removed = context.vendor && data.raw('removed') === true;
  const name = removed ? undefined : data.required('name', { max: 500 });
  const product = {
    name,
    category: data.text('category'),
    price: data.decimal('price', 4),
    url: data.url('url'),
    imageUrl: data.url('imageUrl'),
    active: removed ? false : data.flag('active'),
  };
  return externalId ? { kind: 'product', product: { externalId, ...product } } : undefined;
}

function readActivity(data: FieldReader): Told | undefined {
  const customer = readCustomerOf(data);
  const externalId = data.id('externalId');
  const properties = data.json('properties') ?? {};
  return customer ? { kind: 'activity', customer, externalId, properties } : undefined;
}

/** What only vendors tell, in words that a generic shop cannot send. */
function readVendorOnly(type: string, data: FieldReader): Told | undefined {
  const person = () => ({ externalId: data.id('externalId'), email: data.address('email') ?? undefined });
  switch (type) {
    case 'customer.merged': {
      const keptExternalId = data.requiredId('keptExternalId');
      const goneExternalId = data.requiredId('goneExternalId');
      return keptExternalId && goneExternalId
        ? { kind: 'customers_merged', keptExternalId, goneExternalId }
        : undefined;
    }
    case 'customer.redacted':
      return { kind: 'redact', ...person() };
    case 'customer.data_requested':
      return { kind: 'data_request', ...person(), reference: data.id('reference') };
    case 'shop.redacted':
      return { kind: 'shop_redact' };
    default:
      return undefined;
  }
}
