import { addDuration, type Duration, subtractDuration } from '../../kernel/duration';

const QUARTER_MS = 900_000;
/** A month end that is clipped holds a contact for up to three days more than the month after it. */
const LONGEST_CLIP_QUARTERS = 4 * 96;

/**
 * The first instant at or after `from` at which fewer than `max` of the contacts lie within the sliding window: a contact
 * counts at `t` while it lies after `t` minus `per`, in the calendar of `zone`.
 */
export function capFreeAt(contacts: readonly Date[], max: number, per: Duration, zone: string, from: Date): Date {
  if (contacts.length < max) return from;
  let at = from;
  // Within the hour that a clock shows twice a contact can come back into the window; hence until it holds.
  for (;;) {
    const start = subtractDuration(at, per, zone);
    const counted = contacts.filter((contact) => contact > start).sort((a, b) => a.getTime() - b.getTime());
    const last = counted[counted.length - max];
    if (!last) return at;
    at = leavesWindowAt(last, per, zone, at);
  }
}

/** When a contact that counts at `from` no longer does. */
function leavesWindowAt(contact: Date, per: Duration, zone: string, from: Date): Date {
  const first = new Date(Math.max(addDuration(contact, per, zone).getTime(), from.getTime()));
  if (subtractDuration(first, per, zone) >= contact) return first;
  // A clipped month end or a doubled hour: changes of the clock and midnights fall on quarters of an hour.
  let at = Math.floor(first.getTime() / QUARTER_MS) * QUARTER_MS;
  for (let i = 0; i < LONGEST_CLIP_QUARTERS; i++) {
    at += QUARTER_MS;
    if (subtractDuration(new Date(at), per, zone) >= contact) break;
  }
  return new Date(at);
}
