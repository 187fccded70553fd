import { fromMinor } from '../../kernel/money';
import { COMMON_FIELDS, EVENT_TYPES, type EventTypeName } from './event-types';

/** A fact as it was captured, with what the database knows of what it names. */
export interface CapturedFact {
  /** Of the event; also the header `webhook-id`. */
  id: string;
  type: string;
  customerId: string | null;
  /** Null where the row that changed does not say when. */
  at: Date | null;
  data: Record<string, unknown>;
  externalId: string | null;
  campaignId: string | null;
  campaign: string | null;
  enrollmentId: string | null;
  step: string | null;
  template: string | null;
  totalMinor: number | null;
  currency: string | null;
}

/** What is posted. The order of its fields is part of what is signed, not of what is promised. */
export interface Envelope {
  id: string;
  type: string;
  /** When it happened, ISO 8601. */
  timestamp: string;
  data: Record<string, unknown>;
}

/**
 * The event of a fact: exactly the documented fields of its type, null where nothing is known.
 *
 * @param now stands for the time of facts whose row does not say when
 */
export function envelopeOf(fact: CapturedFact, now: Date): Envelope {
  const { id, type, at } = fact;
  const known = knownOf(fact);
  const data: Record<string, unknown> = {};
  for (const field of [...Object.keys(COMMON_FIELDS), ...fieldsOf(type)]) data[field] = known[field] ?? null;
  return { id, type, timestamp: (at ?? now).toISOString(), data };
}

function fieldsOf(type: string): string[] {
  return Object.hasOwn(EVENT_TYPES, type) ? Object.keys(EVENT_TYPES[type as EventTypeName].data) : [];
}

/** Everything that is known under the names of the documented fields. */
function knownOf(fact: CapturedFact): Record<string, unknown> {
  const { data, customerId, externalId, campaignId, campaign, enrollmentId, step, template } = fact;
  const { totalMinor, currency } = fact;
  // What happened has its properties and, beside them, the order that it refers to.
  const { reference, externalId: orderExternalId, ...properties } = data;
  return {
    ...{ campaignId, campaign, enrollmentId, step, template, orderId: reference },
    ...{
      orderExternalId,
      currency,
      total: totalMinor === null || currency === null ? null : fromMinor(totalMinor, currency),
    },
    ...properties,
    ...{ customerId, externalId },
  };
}
