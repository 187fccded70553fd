import { type Fault } from '../../kernel/errors';

/** Collects every fault of a definition, each with its path, so that all are told at once. */
export class Faults {
  readonly list: Fault[] = [];

  add(path: string, message: string): undefined {
    this.list.push({ path, message });
    return undefined;
  }
}

export type Json = Record<string, unknown>;

/** Whether `value` is a JSON object (no array, not null). */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads an object at `path` and refuses fields that are not in `known`. */
export function readObject(value: unknown, path: string, faults: Faults, known: readonly string[]): Json | undefined {
  if (!isObject(value)) return faults.add(path, 'must be an object');
  for (const field of Object.keys(value)) {
    if (known.includes(field)) continue;
    faults.add(path === '' ? field : `${path}.${field}`, 'is not a known field');
  }
  return value;
}

/** Reads text of 1 to `max` characters without control characters. Absent is a fault unless `optional`. */
export function readText(value: unknown, path: string, faults: Faults, max = 200): string | undefined {
  if (value === undefined) return faults.add(path, 'is missing');
  if (typeof value !== 'string') return faults.add(path, 'must be text');
  if (value.trim() === '') return faults.add(path, 'must not be empty');
  if (value.length > max) return faults.add(path, `must have at most ${max} characters`);

  if (/[\u0000-\u001f\u007f]/.test(value)) return faults.add(path, 'must not have control characters or line breaks');
  return value;
}

/** Reads one of a closed list. */
export function readOneOf<T extends string>(
  value: unknown,
  path: string,
  faults: Faults,
  allowed: readonly T[],
): T | undefined {
  if (value === undefined) return faults.add(path, 'is missing');
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  return faults.add(path, `must be one of ${allowed.join(', ')}`);
}

/** Reads a finite number within bounds, whole if `whole`. */
export function readNumber(
  value: unknown,
  path: string,
  faults: Faults,
  bounds: { min: number; max: number; whole?: boolean },
): number | undefined {
  const { min, max, whole = false } = bounds;
  if (typeof value !== 'number' || !Number.isFinite(value) || (whole && !Number.isInteger(value))) {
    return faults.add(path, `must be a ${whole ? 'whole ' : ''}number`);
  }
  if (value < min || value > max) return faults.add(path, `must lie between ${min} and ${max}`);
  return value;
}
