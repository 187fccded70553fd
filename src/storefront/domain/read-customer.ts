import { isZone } from '../../kernel/local-time';
import { type ConsentTold, type CustomerTold } from './envelope';
import { type FieldReader } from './field-reader';

const MOST_TAGS = 250;
const CONSENT = ['subscribed', 'pending', 'unsubscribed', 'none'] as const;
const LOCALE = /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/;

/** `it_IT` and `it-it` as `it-IT`; undefined for what is no language tag. */
export function readLocale(text: string): string | undefined {
  if (read.has(text)) return read.get(text);
  const locale = canonicalLocale(text);
  if (read.size < MOST_REMEMBERED) read.set(text, locale);
  return locale;
}

/** A shop has a handful of languages, and asking for the canonical form costs as much as reading all other fields. */
const read = new Map<string, string | undefined>();
const MOST_REMEMBERED = 500;

function canonicalLocale(text: string): string | undefined {
  const tag = text.trim().replaceAll('_', '-');
  if (!LOCALE.test(tag)) return undefined;
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

/**
 * Reads a person's fields, the same in `customer.*` and as the `customer` of an order, basket or activity. Who has
 * neither an `externalId` nor an address is a fault.
 */
export function readCustomer(fields: FieldReader): CustomerTold {
  const before = fields.faults.length;
  const customer: CustomerTold = {
    externalId: fields.id('externalId'),
    email: fields.address('email'),
    firstName: emptyIsNull(fields.text('firstName', { lines: true })),
    lastName: emptyIsNull(fields.text('lastName', { lines: true })),
    locale: locale(fields),
    timezone: timezone(fields),
    createdAt: fields.instant('createdAt'),
    attributes: attributes(fields),
    tags: tags(fields),
    consent: consent(fields),
  };
  if (!customer.externalId && !customer.email && fields.faults.length === before) {
    fields.fault('externalId', 'is missing, and so is an email: there is nobody to tell this of');
  }
  return customer;
}

/** Reads the `customer` object of an event about a person. */
export function readCustomerOf(data: FieldReader): CustomerTold | undefined {
  const before = data.faults.length;
  const fields = data.child('customer');
  if (!fields) return data.faults.length > before ? undefined : data.fault('customer', 'is missing');
  const customer = readCustomer(fields);
  // Shops send their customer whole: what a profile event would date by itself is dated by this event.
  fields.raw('updatedAt');
  fields.refuseUnknown();
  return customer;
}

function emptyIsNull(text: string | null | undefined): string | null | undefined {
  return text === undefined ? undefined : text?.trim() || null;
}

function locale(fields: FieldReader): string | null | undefined {
  const text = emptyIsNull(fields.text('locale', { max: 35 }));
  if (text === undefined || text === null) return text;
  return readLocale(text) ?? fields.fault('locale', 'must be a language tag such as it or it-IT');
}

function timezone(fields: FieldReader): string | null | undefined {
  const text = emptyIsNull(fields.text('timezone', { max: 64 }));
  if (text === undefined || text === null) return text;
  return isZone(text) ? text : fields.fault('timezone', 'must be an IANA zone such as Europe/Rome');
}

function attributes(fields: FieldReader): Record<string, unknown> | undefined {
  const value = fields.json('attributes');
  if (value === undefined) return undefined;
  for (const key of Object.keys(value)) {
    if (key.trim() === '' || key.length > 128)
      fields.fault(`attributes.${key.slice(0, 40)}`, 'is no name of an attribute');
  }
  return value;
}

/** Without repeats and empty ones, in the order given. */
function tags(fields: FieldReader): string[] | undefined {
  const list = fields.texts('tags', MOST_TAGS);
  return list === undefined ? undefined : [...new Set(list)];
}

function consent(fields: FieldReader): ConsentTold | undefined {
  const told = fields.child('consent');
  if (!told) return undefined;
  const before = told.faults.length;
  const status = told.oneOf('status', CONSENT);
  if (status === undefined && told.faults.length === before) told.fault('status', 'is missing');
  const read = {
    source: told.optional('source'),
    at: told.instant('at'),
    ip: told.optional('ip', { max: 64 }),
    text: told.optional('text', { max: 4000, lines: true }),
    topics: topics(told),
  };
  told.refuseUnknown();
  return status === undefined ? undefined : { status, ...read };
}

function topics(told: FieldReader): Record<string, boolean> | undefined {
  const value = told.json('topics');
  if (value === undefined) return undefined;
  const entries = Object.entries(value).flatMap(([key, on]): [string, boolean][] => {
    if (typeof on === 'boolean') return [[key, on]];
    told.fault(`topics.${key}`, 'must be true or false');
    return [];
  });
  return Object.fromEntries(entries);
}
