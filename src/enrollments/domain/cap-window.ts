import { addDuration, type Duration, subtractDuration } from '../../kernel/duration';
import { localMsOf } from '../../kernel/local-time';

const DAY_MS = 86_400_000;

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

/** Between which instants a contact must lie for it to be a question whether it counts. */
export interface WindowEdge {
  /** What lies at or before it counts no longer. */
  out: Date;
  /** What lies after it counts. Mostly the same instant. */
  in: Date;
}

/**
 * The edge of the window at `now`, for statements over many people: one instant, or a stretch where the calendar has no
 * single answer (around a change of the clock; at the end of a month), within which contacts are asked one by one.
 */
export function windowEdge(per: Duration, zone: string, now: Date): WindowEdge {
  const edge = subtractDuration(now, per, zone);
  const hasMonths = per.years > 0 || per.months > 0;
  const hasDays = per.weeks > 0 || per.days > 0;
  if (!hasMonths && (!hasDays || (isSteady(edge, zone) && isSteady(now, zone)))) return { out: edge, in: edge };
  const margin = (hasMonths ? 5 : 3) * DAY_MS;
  return { out: new Date(edge.getTime() - margin), in: new Date(edge.getTime() + margin) };
}

/** Whether clocks in the zone run without a change two days before and after. */
function isSteady(at: Date, zone: string): boolean {
  const offset = (days: number): number => {
    const near = new Date(at.getTime() + days * DAY_MS);
    return localMsOf(near, zone) - near.getTime();
  };
  return offset(-2) === offset(0) && offset(0) === offset(2);
}
