import { Transform } from 'class-transformer';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { Refusal } from '../../kernel/errors';

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 500;

/** `?limit=` (1 to 500, default 50) `&cursor=` of every list; extend it with the filters of the list. */
export class PageQuery {
  @IsOptional()
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
  )
  @IsInt()
  @Min(1)
  @Max(MAX_LIMIT)
  limit: number = DEFAULT_LIMIT;

  @IsOptional() @IsString() @MaxLength(1000) cursor?: string;
}

/** A page of a list; `nextCursor` is null on the last one. */
export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** Packs the sort key of the last row of a page (keyset, never OFFSET). */
export function encodeCursor(parts: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Unpacks a cursor into `arity` strings. @throws Refusal (422, path `cursor`) when it is none of ours. */
export function decodeCursor(cursor: string, arity: number): string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parts) && parts.length === arity && parts.every((part) => typeof part === 'string')) {
      return parts;
    }
  } catch {
    // falls through to the refusal: what was sent is not one of our cursors
  }
  throw Refusal.invalid([{ path: 'cursor', message: 'is not a cursor of this list; start again without it' }]);
}

/** Makes a page of `limit + 1` fetched rows: the extra one only tells that there is more. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  cursorOf: (row: Row) => readonly unknown[],
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null,
  };
}
