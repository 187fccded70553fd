import { fromMinor } from '../../../src/kernel/money';
import {
  type ConsentTold,
  type CustomerTold,
  type Envelope,
  type LineTold,
  type OrderTold,
} from '../../../src/storefront/domain/envelope';
import { type Outcome } from '../../../src/storefront/domain/translate-delivery';

/** Lines as `product x quantity @ unit price (name)`, short enough for a table. */
const line = (told: LineTold) =>
  `${told.productExternalId} x ${told.quantity} @ ${told.unitPrice}${told.name === null ? '' : ` (${told.name})`}`;

const iso = (at: Date | undefined) => at?.toISOString();

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

const consent = (told: ConsentTold) => defined({ ...told, at: iso(told.at) });

const customer = (told: CustomerTold) =>
  defined({ ...told, createdAt: iso(told.createdAt), consent: told.consent && consent(told.consent) });

const order = (told: OrderTold) => {
  const { customer: person, placedAt, totalMinor, storeTotalMinor, discountMinor, lines, ...rest } = told;
  return defined({
    ...rest,
    customer: customer(person),
    placedAt: iso(placedAt),
    total: fromMinor(totalMinor, told.currency),
    storeTotal: storeTotalMinor === undefined ? undefined : fromMinor(storeTotalMinor, 'EUR'),
    discount: discountMinor === undefined ? undefined : fromMinor(discountMinor, told.currency),
    lines: lines.map(line),
  });
};

function told(envelope: Envelope): Record<string, unknown> {
  switch (envelope.kind) {
    case 'customer':
      return { customer: customer(envelope.customer) };
    case 'order':
      return { order: order(envelope.order) };
    case 'basket':
      return {
        basket: defined({
          ...envelope.basket,
          customer: customer(envelope.basket.customer),
          lines: envelope.basket.lines.map(line),
        }),
      };
    case 'activity':
      return { customer: customer(envelope.customer), properties: envelope.properties };
    case 'product':
      return { product: defined({ ...envelope.product }) };
    case 'refund':
    case 'shipment': {
      const { type: _type, occurredAt: _at, version: _version, at, ...rest } = envelope;
      return defined({ ...rest, at: iso(at) });
    }
    case 'customer_deleted':
    case 'customers_merged':
    case 'order_removed':
    case 'redact':
    case 'data_request':
    case 'shop_redact': {
      const { type: _type, occurredAt: _at, version: _version, ...rest } = envelope;
      return defined(rest);
    }
    default:
      return envelope satisfies never;
  }
}

/** An outcome as plain data: money as decimals, instants as text, absent fields left out. */
export function outcomeView(outcome: Outcome): unknown {
  switch (outcome.outcome) {
    case 'ignored':
      return { ignored: outcome.reason };
    case 'failed':
      return { failed: outcome.faults };
    case 'apply':
      return outcome.envelopes.map((envelope) => ({
        type: envelope.type,
        occurredAt: iso(envelope.occurredAt),
        version: iso(envelope.version),
        ...told(envelope),
      }));
  }
}
