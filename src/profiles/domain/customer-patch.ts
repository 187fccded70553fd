import { type ConsentWord, type CustomerPatch } from '../../customers/customers.types';
import { normaliseAddress } from '../../kernel/address';
import { type Fault } from '../../kernel/errors';
import { isZone } from '../../kernel/local-time';

/** A change as told by API: texts are not yet judged. Absent: left alone; null: cleared. */
export interface ToldCustomer {
  email?: string | null;
  firstName?: string | null;
  lastName?: string | null;
  locale?: string | null;
  timezone?: string | null;
  attributes?: Record<string, unknown> | null;
  tags?: string[] | null;
  consent?: (Omit<ConsentWord, 'at'> & { at?: string | null }) | null;
}

const LOCALE = /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/;
const LONGEST_KEY = 128;

/** Judges a change by API and brings it into the form that is stored. The patch is only good without faults. */
export function customerPatch(told: ToldCustomer): { patch: CustomerPatch; faults: Fault[] } {
  const faults: Fault[] = [];
  const patch: CustomerPatch = {};
  if (told.email !== undefined) patch.email = addressOf(told.email, faults);
  if (told.firstName !== undefined) patch.firstName = filled(told.firstName);
  if (told.lastName !== undefined) patch.lastName = filled(told.lastName);
  if (told.locale !== undefined) patch.locale = localeOf(told.locale, faults);
  if (told.timezone !== undefined) patch.timezone = zoneOf(told.timezone, faults);
  if (told.tags !== undefined) patch.tags = told.tags === null ? null : [...new Set(told.tags)];
  if (told.attributes !== undefined) patch.attributes = attributesOf(told.attributes, faults);
  if (told.consent !== undefined) patch.consent = consentOf(told.consent, faults);
  return { patch, faults };
}

function filled(text: string | null): string | null {
  return text?.trim() || null;
}

function addressOf(text: string | null, faults: Fault[]): string | null {
  if (text === null) return null;
  const address = normaliseAddress(text);
  if (address === undefined) faults.push({ path: 'email', message: 'is not an e-mail address' });
  return address ?? null;
}

function localeOf(text: string | null, faults: Fault[]): string | null {
  const tag = filled(text)?.replaceAll('_', '-');
  if (tag === undefined) return null;
  const known = LOCALE.test(tag) ? canonical(tag) : undefined;
  if (known === undefined) faults.push({ path: 'locale', message: 'must be a language tag such as it or it-IT' });
  return known ?? null;
}

function canonical(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0];
  } catch {
    return undefined;
  }
}

function zoneOf(text: string | null, faults: Fault[]): string | null {
  const zone = filled(text);
  if (zone === null || isZone(zone)) return zone;
  faults.push({ path: 'timezone', message: 'must be an IANA zone such as Europe/Rome' });
  return null;
}

function attributesOf(told: Record<string, unknown> | null, faults: Fault[]): Record<string, unknown> | null {
  for (const [key, value] of Object.entries(told ?? {})) {
    const path = `attributes.${key.slice(0, 40)}`;
    if (key.trim() === '' || key.length > LONGEST_KEY) faults.push({ path, message: 'is no name of an attribute' });
    // Postgres keeps no NUL in texts.
    if (JSON.stringify([key, value]).includes('\\u0000'))
      faults.push({ path, message: 'must not contain a NUL character' });
  }
  return told;
}

function consentOf(told: ToldCustomer['consent'], faults: Fault[]): ConsentWord | null {
  if (!told) return null;
  const { at, topics, ...rest } = told;
  for (const [topic, on] of Object.entries(topics ?? {})) {
    if (typeof on !== 'boolean') faults.push({ path: `consent.topics.${topic}`, message: 'must be true or false' });
  }
  return { ...rest, ...(at ? { at: new Date(at) } : {}), ...(topics ? { topics } : {}) };
}
