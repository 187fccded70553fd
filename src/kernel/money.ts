/**
 * Money is kept as whole minor units (cents) of its currency. Digits of the minor unit are those of ISO 4217 (Intl's
 * come from CLDR and differ for a dozen currencies).
 */
const DIGITS = new Map<string, number>([
  ...['BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV'].map(
    (code): [string, number] => [code, 0],
  ),
  ...['XAF', 'XOF', 'XPF'].map((code): [string, number] => [code, 0]),
  ...['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'].map((code): [string, number] => [code, 3]),
  ['CLF', 4],
  ['UYW', 4],
]);

const CURRENCIES = new Set(Intl.supportedValuesOf('currency'));

/** Whether `code` is an ISO 4217 code in capitals. */
export function isCurrency(code: string): boolean {
  return CURRENCIES.has(code);
}

/** Decimal digits of the currency's minor unit: EUR 2, JPY 0, KWD 3. */
export function minorDigits(currency: string): number {
  return DIGITS.get(currency) ?? 2;
}

const DECIMAL = /^(-?)(\d{1,15})(?:\.(\d{1,30}))?$/;

/**
 * A decimal string ("49.90") or number as minor units, rounded half up (half away from zero when negative), computed on
 * the digits, never in floating point. Undefined for what is no amount of money: other text, not finite, or beyond what
 * a number holds exactly.
 */
export function parseMoney(value: string | number, currency: string): number | undefined {
  const match = DECIMAL.exec(typeof value === 'number' ? plain(value) : value);
  if (!match) return undefined;
  const digits = minorDigits(currency);
  const fraction = (match[3] ?? '').padEnd(digits + 1, '0');
  const floor = BigInt((match[2] ?? '') + fraction.slice(0, digits));
  const minor = Number(floor + (fraction.charAt(digits) >= '5' ? 1n : 0n));
  if (!Number.isSafeInteger(minor)) return undefined;
  return match[1] && minor !== 0 ? -minor : minor;
}

/** As {@link parseMoney}, for values known to be money. Throws a RangeError otherwise. */
export function toMinor(value: string | number, currency: string): number {
  const minor = parseMoney(value, currency);
  if (minor === undefined) throw new RangeError('not an amount of money');
  return minor;
}

/** Minor units as a decimal string with the currency's digits: 4990 EUR is "49.90". */
export function fromMinor(minor: number, currency: string): string {
  const digits = minorDigits(currency);
  const sign = minor < 0 ? '-' : '';
  const text = String(Math.abs(minor)).padStart(digits + 1, '0');
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** A number without exponent; numbers under 1e-6 print with one, those of 1e21 and more are no money. */
function plain(value: number): string {
  const text = String(value);
  return text.includes('e-') ? value.toFixed(20) : text;
}
