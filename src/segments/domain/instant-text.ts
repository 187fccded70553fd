import { isDate, startOfDay } from '../../kernel/local-time';

/**
 * An instant written as text: `2026-03-01T08:00:00.000Z` (with `Z` or an offset; seconds and up to six decimals may be
 * left out) or a calendar day `2026-03-01`, which means its beginning in `zone`. Undefined for everything else, days and
 * times that do not exist included. Decimals beyond the millisecond are cut off.
 *
 * The SQL function `attribute_instant` (migration 05) reads the same form; change both together.
 */
export function instantOfText(text: string, zone: string): Date | undefined {
  const match = FORM.exec(text);
  const date = match?.[1];
  if (date === undefined || !isDate(date)) return undefined;
  if (match?.[2] === undefined) return startOfDay(date, zone);
  const [, , minutes, seconds = '00', decimals = '', offset = 'Z'] = match;
  return new Date(`${date}T${minutes}:${seconds}.${decimals.slice(0, 3).padEnd(3, '0')}${offset}`);
}

const FORM =
  /^([12]\d{3}-\d\d-\d\d)(?:T((?:[01]\d|2[0-3]):[0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d))?$/;
