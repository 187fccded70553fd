import { Temporal } from 'temporal-polyfill';

/**
 * Wall-clock arithmetic in IANA zones. The facts about a zone come from Temporal, once per stretch between two changes
 * of its clock; after that every question is integer arithmetic (about 0.2 µs against 10 µs and more), because the
 * engine asks for every enrollment that it advances.
 *
 * The one rule for times that do not exist or exist twice: in the gap of a clock change the first instant after it, in
 * the overlap the first of the two. (Temporal's "compatible" would shift by the length of the gap instead.)
 */

const DAY_MS = 86_400_000;

/** A stretch of constant offset: local = utc + offset for start <= utc < end, all in milliseconds. */
interface Stretch {
  start: number;
  end: number;
  offset: number;
}

const stretchesByZone = new Map<string, Stretch[]>();
const MAX_STRETCHES = 512;

/** Whether `zone` is an IANA zone name that this runtime knows. Bare offsets (`+02:00`) are not zones. */
export function isZone(zone: string): boolean {
  if (stretchesByZone.has(zone)) return true;
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    stretchesByZone.set(zone, []);
    return true;
  } catch {
    return false;
  }
}

function stretchAt(utcMs: number, zone: string): Stretch {
  let known = stretchesByZone.get(zone);
  if (!known) {
    if (!isZone(zone)) throw new RangeError(`${zone} is not a time zone`);
    known = stretchesByZone.get(zone) ?? [];
  }
  for (const stretch of known) if (stretch.start <= utcMs && utcMs < stretch.end) return stretch;
  const at = Temporal.Instant.fromEpochMilliseconds(utcMs).toZonedDateTimeISO(zone);
  // `previous` looks strictly before, so an instant that is itself a change is found from one nanosecond later.
  const previous = at.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
  const next = at.getTimeZoneTransition('next');
  const found: Stretch = {
    start: previous ? previous.epochMilliseconds : -Infinity,
    end: next ? next.epochMilliseconds : Infinity,
    offset: at.offsetNanoseconds / 1_000_000,
  };
  if (known.length >= MAX_STRETCHES) known.length = 0;
  known.unshift(found);
  return found;
}

function localMs(at: Date, zone: string): number {
  const utc = at.getTime();
  return utc + stretchAt(utc, zone).offset;
}

/** The instant at which clocks in `zone` show the wall-clock time `local` (milliseconds as if the zone were UTC). */
export function instantOfLocalMs(local: number, zone: string): Date {
  // Offsets lie within 15 hours of UTC: a day to either side is on either side of any change that matters.
  const before = stretchAt(local - DAY_MS, zone);
  const after = stretchAt(local + DAY_MS, zone);
  if (before === after) return new Date(local - before.offset);
  const first = local - before.offset;
  if (stretchAt(first, zone).offset === before.offset) return new Date(first);
  const second = local - after.offset;
  if (stretchAt(second, zone).offset === after.offset) return new Date(second);
  // A third stretch in between (two changes within two days).
  const between = stretchAt(first, zone);
  const third = local - between.offset;
  if (stretchAt(third, zone).offset === between.offset) return new Date(third);
  return new Date(between.start);
}

/** Wall-clock milliseconds of `at` in `zone`, as if the zone were UTC. The inverse of {@link instantOfLocalMs}. */
export function localMsOf(at: Date, zone: string): number {
  return localMs(at, zone);
}

/** The calendar date in `zone` at the instant, `YYYY-MM-DD`. */
export function localDate(at: Date, zone: string): string {
  return isoDate(localMs(at, zone));
}

/** The wall-clock time in `zone` at the instant, `HH:MM`. */
export function localTime(at: Date, zone: string): string {
  return new Date(localMs(at, zone)).toISOString().slice(11, 16);
}

/** The instant at which the calendar day `date` begins in `zone`; where midnight is in a gap, the first instant after. */
export function startOfDay(date: string, zone: string): Date {
  return instantOfLocalMs(dateMs(date), zone);
}

/**
 * The instant of the wall-clock time `time` (`HH:MM` or `HH:MM:SS`) on `date` in `zone`, by the gap and overlap rule.
 * Throws a RangeError for a date or time that is not one.
 */
export function resolveLocal(date: string, time: string, zone: string): Date {
  return instantOfLocalMs(dateMs(date) + timeMs(time), zone);
}

/**
 * The first instant at or after `atOrAfter` at which it is `time` (`HH:MM`) in `zone`. On a day whose gap swallows the
 * time this is the first instant after the gap; in an overlap the first of the two, and the second is never chosen. A
 * day that the zone left out altogether (Samoa had no 30 December 2011) is not a day: the time of the next one counts.
 */
export function nextLocalTime(atOrAfter: Date, time: string, zone: string): Date {
  const day = Math.floor(localMs(atOrAfter, zone) / DAY_MS) * DAY_MS;
  const wish = timeMs(time);
  // From the day before: just after a backward change over midnight the local date can lie behind an earlier instant.
  for (let offset = -1; ; offset++) {
    const midnight = day + offset * DAY_MS;
    const at = instantOfLocalMs(midnight + wish, zone);
    if (at.getTime() >= atOrAfter.getTime() && dayExists(midnight, zone)) return at;
  }
}

function dayExists(midnight: number, zone: string): boolean {
  return instantOfLocalMs(midnight, zone).getTime() < instantOfLocalMs(midnight + DAY_MS, zone).getTime();
}

/** `date` plus `n` calendar days (`n` may be negative). */
export function addDays(date: string, n: number): string {
  return isoDate(dateMs(date) + n * DAY_MS);
}

/** Calendar days from `a` to `b`: positive when `b` is later. */
export function daysBetween(a: string, b: string): number {
  return Math.round((dateMs(b) - dateMs(a)) / DAY_MS);
}

/** The day that has the number 0. */
export const DAY_ZERO = '1970-01-01';

/** The whole days from {@link DAY_ZERO} to `date`. */
export function dayNumber(date: string): number {
  return daysBetween(DAY_ZERO, date);
}

/** Whether `text` is a wall-clock time `HH:MM`. */
export function isTimeOfDay(text: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d$/.test(text);
}

/** Whether `text` is a calendar date `YYYY-MM-DD` that exists. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00.000Z`);
  return !Number.isNaN(ms) && isoDate(ms) === text;
}

/** Days turn into text and back for every customer and decision; a shop lives in a few thousand of them. */
const textOfDay = new Map<number, string>();
const msOfText = new Map<string, number>();
const MAX_DAYS = 10_000;

function isoDate(ms: number): string {
  const day = Math.floor(ms / DAY_MS);
  let text = textOfDay.get(day);
  if (text === undefined) {
    text = new Date(ms).toISOString().slice(0, 10);
    if (textOfDay.size >= MAX_DAYS) textOfDay.clear();
    textOfDay.set(day, text);
  }
  return text;
}

function dateMs(date: string): number {
  let ms = msOfText.get(date);
  if (ms === undefined) {
    if (!isDate(date)) throw new RangeError(`${date} is not a date`);
    ms = Date.parse(`${date}T00:00:00.000Z`);
    if (msOfText.size >= MAX_DAYS) msOfText.clear();
    msOfText.set(date, ms);
  }
  return ms;
}

const TIME = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/;

function timeMs(time: string): number {
  const match = TIME.exec(time);
  if (!match) throw new RangeError(`${time} is not a time of day`);
  return (Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0)) * 1000;
}
