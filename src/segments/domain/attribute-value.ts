import { type Json } from '../../customers/facts';
import { instantOfText } from './instant-text';

/**
 * How a shop's attribute is read for a comparison. Each is the twin of an SQL function of the same name in migration 05
 * (`attribute_texts` and so on); change both together. A list is read element by element, an object as nothing.
 */

/** The texts in it. */
export function attributeTexts(value: Json): string[] {
  return elements(value).filter((element) => typeof element === 'string');
}

/**
 * The numbers in it. A text that is written as a plain decimal is one too, because CSV files know only texts. Numbers
 * beyond 1e300 are none, those below 1e-300 are 0: Postgres would refuse to hold them as float8.
 */
export function attributeNumbers(value: Json): number[] {
  return elements(value).flatMap((element) => {
    if (typeof element === 'string') return /^-?\d{1,15}(\.\d{1,15})?$/.test(element) ? [Number(element)] : [];
    if (typeof element !== 'number' || !(Math.abs(element) < 1e300)) return [];
    return [Math.abs(element) < 1e-300 ? 0 : element];
  });
}

/** The truth values in it; the texts `true` and `false` are such. */
export function attributeTruths(value: Json): boolean[] {
  return elements(value).flatMap((element) => {
    if (typeof element === 'boolean') return [element];
    return element === 'true' ? [true] : element === 'false' ? [false] : [];
  });
}

/** The instant that a text says, a calendar day being its beginning in `zone`. */
export function attributeInstant(value: Json, zone: string): Date | undefined {
  return typeof value === 'string' ? instantOfText(value, zone) : undefined;
}

/** Whether there is a value: null and an empty list are none. */
export function attributePresent(value: Json): boolean {
  return value !== null && !(Array.isArray(value) && value.length === 0);
}

/** Whether a text has `text` in it, or a list has it as an element. */
export function attributeContains(value: Json, text: string): boolean {
  if (typeof value === 'string') return value.includes(text);
  return Array.isArray(value) && value.includes(text);
}

function elements(value: Json): Json[] {
  return Array.isArray(value) ? value : [value];
}
