import { instantOfLocalMs, localMsOf } from './local-time';

/** An ISO 8601 duration. All parts are whole numbers >= 0. */
export interface Duration {
  years: number;
  months: number;
  weeks: number;
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
}

const FORM =
  /^P(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?(T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/;
const DAY_MS = 86_400_000;
/** Longer than any plan; keeps sums inside what a Date can hold. */
const LONGEST_MS = 36_525 * DAY_MS;

/**
 * Reads `P3D`, `PT2H30M`, `P1M`, `P1W2D`. Undefined for anything else: signs, fractions, an empty `P` or `PT`, more
 * than a hundred years, and zero (a window or an interval of no length says nothing) unless `allowZero`.
 */
export function parseDuration(text: string, allowZero = false): Duration | undefined {
  const match = FORM.exec(text);
  if (!match || match[5] === 'T' || text === 'P') return undefined;
  const part = (group: number): number => Number(match[group] ?? 0);
  const duration: Duration = {
    years: part(1),
    months: part(2),
    weeks: part(3),
    days: part(4),
    hours: part(6),
    minutes: part(7),
    seconds: part(8),
  };
  const length = roughMs(duration);
  if (length > LONGEST_MS || (length === 0 && !allowZero)) return undefined;
  return duration;
}

/** The duration as ISO 8601, parts of zero left out (`P0D` when all are). */
export function formatDuration(d: Duration): string {
  const pick = (...parts: Array<[number, string]>): string =>
    parts
      .filter(([n]) => n > 0)
      .map(([n, letter]) => `${n}${letter}`)
      .join('');
  const date = pick([d.years, 'Y'], [d.months, 'M'], [d.weeks, 'W'], [d.days, 'D']);
  const time = pick([d.hours, 'H'], [d.minutes, 'M'], [d.seconds, 'S']);
  return date || time ? `P${date}${time ? `T${time}` : ''}` : 'P0D';
}

/**
 * `at` plus `d`: Y, M, W and D in the calendar of `zone` (a month end is clipped: 31 January plus P1M is 28 or 29
 * February; the wall-clock time stays, by the gap and overlap rule of local-time), then H, M and S exactly.
 */
export function addDuration(at: Date, d: Duration, zone: string): Date {
  return shift(at, d, zone, 1);
}

/** `at` minus `d`, by the same rules. */
export function subtractDuration(at: Date, d: Duration, zone: string): Date {
  return shift(at, d, zone, -1);
}

/**
 * The length in milliseconds where it is exact (a day is 24 h): for windows of reports, `goal.within` and
 * `measure.window`. Undefined if the duration has years or months.
 */
export function windowMs(d: Duration): number | undefined {
  return d.years || d.months ? undefined : (d.weeks * 7 + d.days) * DAY_MS + timeMs(d);
}

function shift(at: Date, d: Duration, zone: string, sign: 1 | -1): Date {
  let instant = at;
  if (d.years || d.months || d.weeks || d.days) {
    const local = localMsOf(at, zone);
    const moved = addMonths(local, sign * (d.years * 12 + d.months)) + sign * (d.weeks * 7 + d.days) * DAY_MS;
    instant = instantOfLocalMs(moved, zone);
  }
  return new Date(instant.getTime() + sign * timeMs(d));
}

function addMonths(localMs: number, months: number): number {
  if (months === 0) return localMs;
  const date = new Date(localMs);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, lastDay));
  return date.getTime();
}

function timeMs(d: Duration): number {
  return ((d.hours * 60 + d.minutes) * 60 + d.seconds) * 1000;
}

function roughMs(d: Duration): number {
  return (d.years * 365.25 + d.months * 30.4375 + d.weeks * 7 + d.days) * DAY_MS + timeMs(d);
}
