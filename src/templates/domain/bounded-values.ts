import { TEMPLATE_LIMITS } from './template-limits';
import { FORBIDDEN_NAMES } from './variable-scope';

const DEPTH = 12;
const ENTRIES = 500;

/**
 * Free-form JSON made fit for a template: long texts cut, deep or wide structures cut off, names that reach into
 * JavaScript left out. What a shop puts into attributes and properties must not decide how long a mail takes to render.
 */
export function boundedValues(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return value.slice(0, TEMPLATE_LIMITS.valueChars);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH) return null;
  if (Array.isArray(value)) return value.slice(0, ENTRIES).map((entry) => boundedValues(entry, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !FORBIDDEN_NAMES.has(name))
      .slice(0, ENTRIES)
      .map(([name, entry]) => [name, boundedValues(entry, depth + 1)]),
  );
}

/** As {@link boundedValues}, for objects. */
export function boundedObject(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return boundedValues(value) as Record<string, unknown>;
}

/** Lays `over` on `base`: objects are laid member by member, everything else replaces. */
export function laidOver(base: unknown, over: unknown): unknown {
  if (!isObject(base) || !isObject(over)) return over;
  const merged = new Map(Object.entries(base));
  for (const [name, value] of Object.entries(over)) {
    merged.set(name, merged.has(name) ? laidOver(merged.get(name), value) : value);
  }
  return Object.fromEntries(merged);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
