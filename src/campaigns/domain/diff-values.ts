import { isDeepStrictEqual } from 'node:util';

/** One difference: what stood at `path` and what stands there now; what was or is absent is null. */
export interface FieldChange {
  path: string;
  before: unknown;
  after: unknown;
}

/**
 * The differences between two JSON objects, by paths such as `goal.within`: objects are gone into, everything else is
 * compared as a whole, lists and conditions included (half a condition means nothing).
 */
export function diffValues(before: object, after: object, whole: ReadonlySet<string>, path = ''): FieldChange[] {
  const [old, now] = [before as Record<string, unknown>, after as Record<string, unknown>];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((field) => {
    const here = path === '' ? field : `${path}.${field}`;
    const [a, b] = [old[field], now[field]];
    if (isDeepStrictEqual(a, b)) return [];
    if (isPlain(a) && isPlain(b) && !whole.has(here)) return diffValues(a, b, whole, here);
    return [{ path: here, before: a ?? null, after: b ?? null }];
  });
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
