/** JSON that somebody else has made: everything may be missing, or of another type. */
export type Json = Readonly<Record<string, unknown>>;

export const obj = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
export const arr = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
export const str = (value: unknown): string => (typeof value === 'string' ? value : '');
export const orNull = (value: unknown): string | null => str(value) || null;

/** A header of a list of `{ name, value }`. */
export const header = (headers: unknown, name: string): string | null =>
  arr(headers)
    .map(obj)
    .filter((one) => str(one.name).toLowerCase() === name)
    .map((one) => orNull(one.value))[0] ?? null;
