import { type Fault } from '../../kernel/errors';
import { type Envelope, type SourceEvent } from './envelope';
import { isRecord } from './field-reader';
import { parseJson } from './parse-json';
import { outerFaults, readEnvelope } from './read-envelope';
import { type SourceKind } from './source-kind';
import { translateShopify } from './shopify/translate-shopify';
import { type DeliveryContext, type Translation } from './translation';
import { translateWooCommerce } from './woocommerce/translate-woocommerce';

/** What a stored delivery comes to: facts to apply, or why there are none. */
export type Outcome =
  | { outcome: 'apply'; envelopes: Envelope[] }
  | { outcome: 'ignored'; reason: string }
  | { outcome: 'failed'; faults: Fault[] };

/**
 * Translates and validates one raw delivery. Pure: the same body, topic and times always come to the same. Either all
 * events of a delivery are applied or none.
 */
export function translateDelivery(kind: SourceKind, body: string, context: DeliveryContext): Outcome {
  let parsed: unknown;
  try {
    parsed = parseJson(body);
  } catch {
    return { outcome: 'failed', faults: [{ path: '', message: 'is no JSON' }] };
  }
  const translation = translate(kind, parsed, context);
  switch (translation.outcome) {
    case 'ignored':
      return { outcome: 'ignored', reason: translation.reason };
    case 'faults':
      return { outcome: 'failed', faults: translation.faults };
    case 'events':
      return readAll(translation.events, kind !== 'generic', context);
  }
}

function translate(kind: SourceKind, parsed: unknown, context: DeliveryContext): Translation {
  switch (kind) {
    case 'generic':
      return translateGeneric(parsed);
    case 'shopify':
      return translateShopify(parsed, context);
    case 'woocommerce':
      return translateWooCommerce(parsed, context);
  }
}

function translateGeneric(parsed: unknown): Translation {
  const faults = outerFaults(parsed);
  if (faults.length > 0 || !isRecord(parsed)) return { outcome: 'faults', faults };
  const { type, occurredAt, data } = parsed;
  const event = { type, occurredAt, data } as unknown as SourceEvent;
  return { outcome: 'events', events: [event] };
}

function readAll(events: readonly SourceEvent[], vendor: boolean, context: DeliveryContext): Outcome {
  const read = events.map((event) => readEnvelope(event, { storeCurrency: context.storeCurrency, vendor }));
  const faults = read.flatMap((one) => (one.ok ? [] : one.faults));
  if (faults.length > 0) return { outcome: 'failed', faults };
  return { outcome: 'apply', envelopes: read.flatMap((one) => (one.ok ? [one.envelope] : [])) };
}
