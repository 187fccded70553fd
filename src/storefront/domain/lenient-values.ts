import { normaliseAddress } from '../../kernel/address';
import { isCurrency } from '../../kernel/money';
import { decimalText } from './decimal-text';
import { parseInstant } from './parse-instant';
import { readLocale } from './read-customer';

/**
 * Real payloads of vendors hold junk in fields that do not matter ("example string" for a locale). These readers keep
 * what can be used and drop the rest; what does matter (totals, currencies, times of orders) is never read with them.
 */

/** The address as it stands when it can be written to, else null (kept, not mailable). */
export function mailableOrNull(value: unknown): string | null {
  return typeof value === 'string' ? (normaliseAddress(value) ?? null) : null;
}

export function instantOrUndefined(value: unknown): string | undefined {
  return typeof value === 'string' ? parseInstant(value)?.toISOString() : undefined;
}

export function localeOrUndefined(value: unknown): string | undefined {
  return typeof value === 'string' ? readLocale(value) : undefined;
}

export function currencyOrUndefined(value: unknown): string | undefined {
  const code = typeof value === 'string' ? value.toUpperCase() : '';
  return isCurrency(code) ? code : undefined;
}

export function decimalOrUndefined(value: unknown): string | undefined {
  return decimalText(value, 4);
}

export function urlOrUndefined(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 2048) return undefined;
  return /^https?:\/\/\S+$/i.test(value) && URL.canParse(value) ? value : undefined;
}

/** Cuts text to what a field takes, and makes one line of it. */
export function nameOrUndefined(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;

  const clean = value
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .trim()
    .slice(0, 255);
  return clean === '' ? undefined : clean;
}
