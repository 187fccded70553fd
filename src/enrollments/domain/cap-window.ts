import { addDuration, type Duration, subtractDuration } from '../../kernel/duration';
import { localMsOf } from '../../kernel/local-time';

const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;

/**
 * When a contact stops counting against a cap: `per` after it, in the calendar of `zone`. It counts at every instant
 * before, so the window slides by the clock on the wall: a mail of Monday 09:00 makes room on Monday at 09:00.
 */
export function countsUntil(contact: Date, per: Duration, zone: string): Date {
  return addDuration(contact, per, zone);
}

/** The contacts that count at an instant. */
export function counted<Contact extends { at: Date }>(
  contacts: readonly Contact[],
  per: Duration,
  zone: string,
  at: Date,
): Contact[] {
  return contacts.filter((contact) => countsUntil(contact.at, per, zone) > at);
}

/** The first instant at or after `from` at which fewer than `max` of the contacts count. */
export function roomFrom(
  contacts: ReadonlyArray<{ at: Date }>,
  max: number,
  per: Duration,
  zone: string,
  from: Date,
): Date {
  if (contacts.length < max) return from;
  const ends = contacts.map(({ at }) => countsUntil(at, per, zone).getTime()).filter((end) => end > from.getTime());
  const last = ends.sort((a, b) => a - b)[ends.length - max];
  return last === undefined ? from : new Date(last);
}

/** Instants that count: those after `after`, up to and with `upto` (null: all of them). */
export interface Span {
  after: Date;
  upto: Date | null;
}

/**
 * Which instants count at `now`, for statements over many people: mostly all after one instant. Around a change of the
 * clock and at the end of a month the calendar is uneven (of two mails of the doubled hour the later may cease to count
 * first), and it takes several spans to say the same as {@link countsUntil} of every instant.
 */
export function countingSpans(per: Duration, zone: string, now: Date): Span[] {
  const edge = subtractDuration(now, per, zone);
  const uneven = unevenMs(per, zone, edge, now);
  if (uneven === 0) return [{ after: edge, upto: null }];
  const counts = (at: number): boolean => countsUntil(new Date(at), per, zone) > now;
  const spans: Span[] = [];
  let since: number | undefined;
  let before = quarter(edge.getTime() - uneven);
  const change = (from: number, to: number): void => {
    if (counts(from) === counts(to)) return;
    const at = firstOther(counts, from, to);
    if (since === undefined) since = at;
    else {
      spans.push({ after: new Date(since - 1), upto: new Date(at - 1) });
      since = undefined;
    }
  };
  // Clocks change on quarters of an hour; within one nothing is uneven.
  for (const end = edge.getTime() + uneven; before < end; before += QUARTER_MS) {
    change(before, before + QUARTER_MS - 1);
    change(before + QUARTER_MS - 1, before + QUARTER_MS);
  }
  return since === undefined ? spans : [...spans, { after: new Date(since - 1), upto: null }];
}

/** Before which instant nothing counts at `now`; what lies after it may. */
export function nothingCountsUpTo(per: Duration, zone: string, now: Date): Date {
  const edge = subtractDuration(now, per, zone);
  return new Date(edge.getTime() - unevenMs(per, zone, edge, now));
}

/** How far around the edge of the window the calendar may be uneven. */
function unevenMs(per: Duration, zone: string, edge: Date, now: Date): number {
  if (per.years > 0 || per.months > 0) return 5 * DAY_MS;
  const hasDays = per.weeks > 0 || per.days > 0;
  return !hasDays || (isSteady(edge, zone) && isSteady(now, zone)) ? 0 : 3 * DAY_MS;
}

/** Whether clocks in the zone run without a change two days before and after. */
function isSteady(at: Date, zone: string): boolean {
  const offset = (days: number): number => {
    const near = new Date(at.getTime() + days * DAY_MS);
    return localMsOf(near, zone) - near.getTime();
  };
  return offset(-2) === offset(0) && offset(0) === offset(2);
}

function quarter(at: number): number {
  return Math.floor(at / QUARTER_MS) * QUARTER_MS;
}

/** The first instant after `from` at which `holds` is another than there; at `to` it is. */
function firstOther(holds: (at: number) => boolean, from: number, to: number): number {
  const first = holds(from);
  let [same, other] = [from, to];
  while (other - same > 1) {
    const middle = Math.floor((same + other) / 2);
    if (holds(middle) === first) same = middle;
    else other = middle;
  }
  return other;
}
