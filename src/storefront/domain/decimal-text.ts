const DECIMAL = /^([+-]?)(\d{1,15})(?:\.(\d{0,40}))?$/;

/**
 * A number or decimal text as decimal text with at most `digits` decimals, rounded half up (away from zero when
 * negative) on the digits, never in floating point. Undefined for what is no number.
 */
export function decimalText(value: unknown, digits: number): string | undefined {
  const text = typeof value === 'number' ? plain(value) : typeof value === 'string' ? value.trim() : '';
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const fraction = (match[3] ?? '').padEnd(digits + 1, '0');
  const kept = BigInt((match[2] ?? '') + fraction.slice(0, digits)) + (fraction.charAt(digits) >= '5' ? 1n : 0n);
  const padded = kept.toString().padStart(digits + 1, '0');
  const whole = padded.slice(0, padded.length - digits);
  const decimals = digits === 0 ? '' : padded.slice(-digits).replace(/0+$/, '');
  const sign = match[1] === '-' && kept !== 0n ? '-' : '';
  return sign + whole + (decimals === '' ? '' : `.${decimals}`);
}

/** Exact sum of decimal texts with up to four decimals; undefined of none. */
export function addDecimals(texts: readonly string[]): string | undefined {
  if (texts.length === 0) return undefined;
  const total = texts.reduce((sum, text) => sum + tenThousandths(text), 0n);
  const digits = (total < 0n ? -total : total).toString().padStart(5, '0');
  return decimalText(`${total < 0n ? '-' : ''}${digits.slice(0, -4)}.${digits.slice(-4)}`, 4);
}

function tenThousandths(text: string): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(4, '0').slice(0, 4));
}

function plain(value: number): string {
  const text = String(value);
  return text.includes('e-') ? value.toFixed(20) : text;
}
