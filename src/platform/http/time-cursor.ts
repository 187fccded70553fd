import { Refusal } from '../../kernel/errors';
import { isUuid } from '../../kernel/ids';
import { decodeCursor } from './page';

/** The sort key (instant, id) after which a page begins; nulls on the first page, for `$1::timestamptz is null or ...`. */
export interface TimeCursor {
  at: Date | null;
  id: string | null;
}

/** Unpacks the cursor of a list that is sorted by (instant, uuid). @throws Refusal (422) when it is none of ours. */
export function decodeTimeCursor(cursor: string | undefined): TimeCursor {
  if (cursor === undefined) return { at: null, id: null };
  const [at = '', id = ''] = decodeCursor(cursor, 2);
  const instant = new Date(at);
  if (Number.isNaN(instant.getTime()) || !isUuid(id)) {
    throw Refusal.invalid([{ path: 'cursor', message: 'is not a cursor of this list; start again without it' }]);
  }
  return { at: instant, id };
}
