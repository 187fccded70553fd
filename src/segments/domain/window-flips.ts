import { addDuration, type Duration, windowMs } from '../../kernel/duration';
import { addDays, localDate, startOfDay } from '../../kernel/local-time';
import { windowStart } from './window-start';

/**
 * When a window that moves with time lets go of a fact. The beginning of a window of exact length moves steadily. One of
 * months or years does not: counted back from 29, 30 and 31 March, P1M begins on 28 February each time, so at midnight
 * it falls back by a day and takes in again what it had let go. Both are asked here: `passes` for what is in the window,
 * `falls` for what may come back.
 */

const DAY_MS = 86_400_000;
/** A calendar month is at most three days longer than the shortest: only so many days repeat a beginning. */
const REPEATED_DAYS = 4;

/** The first instant after `now` at which the window of this length no longer holds a fact of the time `fact`. */
export function passes(fact: Date, window: Duration, now: Date, zone: string): Date {
  const exact = windowMs(window);
  if (exact !== undefined) return new Date(Math.max(fact.getTime() + exact, now.getTime()) + 1);
  const isPast = (ms: number): boolean => windowStart(new Date(ms), window, zone) > fact;
  const roughly = addDuration(fact, window, zone).getTime() - 2 * DAY_MS;
  let from = Math.max(now.getTime() + 1, roughly);
  for (;;) {
    // Within a day the beginning of the window moves steadily.
    const until = nextMidnight(new Date(from), zone).getTime();
    if (isPast(from)) return new Date(from);
    if (isPast(until - 1)) return firstBetween(from, until - 1, isPast);
    from = until;
  }
}

/** The earliest beginning that the window will ever have from `now` on: what is older can never be in it again. */
export function earliestStart(window: Duration, now: Date, zone: string): Date {
  const start = windowStart(now, window, zone);
  if (windowMs(window) !== undefined) return start;
  return midnightsAfter(now, zone)
    .map((midnight) => windowStart(midnight, window, zone))
    .reduce((least, one) => (one < least ? one : least), start);
}

/** The first instant after `now` at which the beginning of the window falls back; null when it does not. */
export function falls(window: Duration, now: Date, zone: string): Date | null {
  if (windowMs(window) !== undefined) return null;
  const back = midnightsAfter(now, zone).find(
    (midnight) => windowStart(midnight, window, zone) < windowStart(new Date(midnight.getTime() - 1), window, zone),
  );
  return back ?? null;
}

function midnightsAfter(now: Date, zone: string): Date[] {
  const midnights: Date[] = [];
  for (let at = now; midnights.length < REPEATED_DAYS;) midnights.push((at = nextMidnight(at, zone)));
  return midnights;
}

/** The first beginning of a day in `zone` after `at`. */
function nextMidnight(at: Date, zone: string): Date {
  for (let days = 1; ; days++) {
    const midnight = startOfDay(addDays(localDate(at, zone), days), zone);
    if (midnight > at) return midnight;
  }
}

/** The first of the milliseconds [from, until] that passes; `until` does. */
function firstBetween(from: number, until: number, passed: (ms: number) => boolean): Date {
  let [low, high] = [from, until];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (passed(middle)) high = middle;
    else low = middle + 1;
  }
  return new Date(low);
}
