import { type Fault } from '../../kernel/errors';
import { isLocale } from '../../kernel/locales';
import { type LocalisedText } from '../surveys.types';

export type Json = Record<string, unknown>;

const MAX_LOCALES = 20;
const MAX_TEXT = 500;

/** Collects every fault of a survey, each with its path, so that all are told at once. */
export class Faults {
  readonly list: Fault[] = [];

  add(path: string, message: string): undefined {
    this.list.push({ path, message });
    return undefined;
  }
}

/** An object with known fields only. */
export function readObject(raw: unknown, path: string, faults: Faults, known: readonly string[]): Json | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return faults.add(path, 'must be an object');
  for (const field of Object.keys(raw)) {
    if (!known.includes(field)) faults.add(path === '' ? field : `${path}.${field}`, 'is not a known field');
  }
  return raw as Json;
}

/** One line of text. */
export function readText(raw: unknown, path: string, faults: Faults, max: number): string | undefined {
  if (raw === undefined || raw === null) return faults.add(path, 'is missing');
  if (typeof raw !== 'string') return faults.add(path, 'must be a text');
  const text = raw.trim();
  if (text === '') return faults.add(path, 'must not be empty');
  if (text.length > max) return faults.add(path, `must have at most ${max} characters`);
  if (/[\u0000-\u001f\u007f]/.test(text)) return faults.add(path, 'must be one line of text');
  return text;
}

/**
 * A text by locale. With `like`, the locales of the question, it must be in all of these and in no other: a page never
 * mixes languages because a label is missing.
 */
export function readLocalised(
  raw: unknown,
  path: string,
  faults: Faults,
  like?: readonly string[],
): LocalisedText | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return faults.add(path, 'must be an object with a text by locale, such as { "it": "..." }');
  }
  const entries = Object.entries(raw);
  if (entries.length === 0) return faults.add(path, 'must have a text in at least one locale');
  if (entries.length > MAX_LOCALES) return faults.add(path, `must have at most ${MAX_LOCALES} locales`);
  const texts = new Map<string, string>();
  for (const [locale, value] of entries) {
    const at = `${path}.${locale}`;
    if (!isLocale(locale)) faults.add(at, 'is not a locale such as it or en-GB');
    else if (like && !like.includes(locale))
      faults.add(at, `the question is not in this locale but in ${like.join(', ')}`);
    const text = readText(value, at, faults, MAX_TEXT);
    if (text !== undefined) texts.set(locale, text);
  }
  for (const locale of like ?? []) {
    if (!Object.hasOwn(raw, locale)) faults.add(`${path}.${locale}`, 'is missing: the question is in this locale');
  }
  return Object.fromEntries(texts);
}

/** A finite number. */
export function readNumber(raw: unknown, path: string, faults: Faults): number | undefined {
  if (typeof raw !== 'number' || !Number.isFinite(raw)) return faults.add(path, 'must be a number');
  return raw;
}
