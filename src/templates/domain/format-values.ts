import { isCurrency, minorDigits } from '../../kernel/money';
import type { DateStyle } from './helper-signatures';

/** How values are written in a mail: its locale, the shop's currency and zone. */
export interface FormatSettings {
  locale: string;
  currency: string;
  timezone: string;
}

const STYLES: Readonly<Record<DateStyle, Intl.DateTimeFormatOptions>> = {
  short: { dateStyle: 'short' },
  medium: { dateStyle: 'medium' },
  long: { dateStyle: 'long' },
  full: { dateStyle: 'full' },
  time: { timeStyle: 'short' },
  datetime: { dateStyle: 'long', timeStyle: 'short' },
};

/** Making an Intl formatter costs a hundred times its use. Bounded, since locales come from customers. */
class Formatters<T> {
  private readonly made = new Map<string, T>();
  get(key: string, make: () => T): T {
    let formatter = this.made.get(key);
    if (!formatter) {
      if (this.made.size >= 500) this.made.clear();
      formatter = make();
      this.made.set(key, formatter);
    }
    return formatter;
  }
}

const numbers = new Formatters<Intl.NumberFormat>();
const dates = new Formatters<Intl.DateTimeFormat>();

/** An amount ("49.90", or a number) in `currency`, as the locale writes money; empty for what is no amount. */
export function formatMoney(value: unknown, currency: unknown, settings: FormatSettings): string {
  if ((typeof value !== 'string' && typeof value !== 'number') || value === '') return '';
  const amount = Number(value);
  if (!Number.isFinite(amount)) return '';
  const code = typeof currency === 'string' && isCurrency(currency) ? currency : settings.currency;
  const digits = minorDigits(code);
  const format = numbers.get(
    `${settings.locale} ${code}`,
    () =>
      new Intl.NumberFormat(settings.locale, {
        style: 'currency',
        currency: code,
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
      }),
  );
  return format.format(amount);
}

const DATE_ONLY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * An instant in the shop's zone as the locale writes dates, or a plain date ('2026-03-01', the same day in every zone);
 * empty for what is neither.
 */
export function formatDate(value: unknown, style: DateStyle, settings: FormatSettings): string {
  if (typeof value !== 'string' && !(value instanceof Date)) return '';
  const instant = new Date(value);
  if (Number.isNaN(instant.getTime())) return '';
  const zone = typeof value === 'string' && DATE_ONLY.test(value) ? 'UTC' : settings.timezone;
  const format = dates.get(
    `${settings.locale} ${zone} ${style}`,
    () => new Intl.DateTimeFormat(settings.locale, { ...STYLES[style], timeZone: zone }),
  );
  return format.format(instant);
}
