import { type Trigger } from '../../campaigns/campaign.types';
import { addDays, isDate, localDate, localMsOf, resolveLocal } from '../../kernel/local-time';
import { nextCronTime } from './cron-times';
import { dayExists, instantOnDay } from './local-days';

/** A trigger that the clock sets off, not an event. */
export type TimeTrigger = Extract<Trigger, { on: 'schedule' | 'date' | 'anniversary' }>;

/** The name of each customer's own zone in a definition. */
export const CUSTOMERS_OWN = 'customer';

/** One instant at which a trigger takes people, for those whose local time it is. */
export interface Occurrence {
  at: Date;
  /** The zones of those it takes; null: of everybody, wherever they live. */
  zones: string[] | null;
  /** Anniversaries: the calendar day there; else null. */
  date: string | null;
}

/** Whether the clock sets it off. */
export function isTimeTrigger(trigger: Trigger): trigger is TimeTrigger {
  return trigger.on === 'schedule' || trigger.on === 'date' || trigger.on === 'anniversary';
}

/** Whether people are taken zone by zone, each at their own local time. */
export function followsCustomers(trigger: TimeTrigger): boolean {
  return trigger.on === 'anniversary' || (trigger.on === 'date' && trigger.timezone === CUSTOMERS_OWN);
}

/** The zone in which a trigger reads its own times; `fallback` (the store's) where these are the customers'. */
export function zoneOf(trigger: TimeTrigger, fallback: string): string {
  return trigger.on === 'anniversary' || trigger.timezone === CUSTOMERS_OWN ? fallback : trigger.timezone;
}

/**
 * The first instant after `after` at which the trigger takes customers who live in `zone`; null when there is none any
 * more. Times in the gap of a clock change are the first instant after it, times in the overlap the first of the two.
 */
export function nextOccurrence(trigger: TimeTrigger, after: Date, zone: string): Date | null {
  return nextIn(trigger, after, zone)?.at ?? null;
}

/** The first instant after `after` at which the trigger takes anybody who lives in one of the zones. */
export function nextOfZones(trigger: TimeTrigger, after: Date, zones: Iterable<string>): Date | null {
  if (!followsCustomers(trigger)) return nextOccurrence(trigger, after, '');
  let nearest: Date | null = null;
  for (const zone of trigger.on === 'anniversary' ? withDifferentDays(zones, after) : zones) {
    const at = nextOccurrence(trigger, after, zone);
    if (at && (nearest === null || at < nearest)) nearest = at;
  }
  return nearest;
}

/**
 * Every occurrence after `from` up to and including `to` for customers in these zones, in order of time; zones that
 * share an instant (and its calendar day) are one.
 */
export function occurrencesBetween(trigger: TimeTrigger, from: Date, to: Date, zones: Iterable<string>): Occurrence[] {
  const apart = followsCustomers(trigger);
  const found = new Map<string, Occurrence>();
  for (const zone of apart ? new Set(zones) : ['']) {
    for (let next = nextIn(trigger, from, zone); next && next.at <= to; next = nextIn(trigger, next.at, zone)) {
      const key = `${next.at.getTime()} ${next.date ?? ''}`;
      const known = found.get(key);
      if (known) known.zones?.push(zone);
      else found.set(key, { at: next.at, zones: apart ? [zone] : null, date: next.date });
    }
  }
  return [...found.values()].sort((a, b) => a.at.getTime() - b.at.getTime());
}

function nextIn(trigger: TimeTrigger, after: Date, zone: string): { at: Date; date: string | null } | null {
  switch (trigger.on) {
    case 'schedule': {
      const at = nextCronTime(trigger.cron, after, trigger.timezone);
      return at && { at, date: null };
    }
    case 'date': {
      const [date = '', time = ''] = trigger.at.split('T');
      const at = instantOnDay(date, time, zoneOf(trigger, zone));
      return at > after ? { at, date: null } : null;
    }
    case 'anniversary':
      return nextDay(trigger.at, after, zone);
    default:
      return trigger satisfies never;
  }
}

/** One of those zones each whose clocks go alike over the next two days: of the world's 400 about 40. */
function withDifferentDays(zones: Iterable<string>, after: Date): Iterable<string> {
  const found = new Map<string, string>();
  for (const zone of zones) {
    const local = [0, 1, 2].map((days) => localMsOf(new Date(after.getTime() + days * 86_400_000), zone));
    found.set(local.join(), zone);
  }
  return found.values();
}

/** The next day that there is in the zone whose `time` comes after `after`. */
function nextDay(time: string, after: Date, zone: string): { at: Date; date: string } {
  // From the day before: in a gap over midnight a time of yesterday is an instant of today.
  for (let date = addDays(localDate(after, zone), -1); ; date = addDays(date, 1)) {
    const at = resolveLocal(date, time, zone);
    if (at > after && dayExists(date, zone)) return { at, date };
  }
}

/**
 * Whether `date` is an anniversary of the day `base` (both `YYYY-MM-DD`) in `zone`: the same month and day of a later
 * year, 29 February on the 28th where the year has none. Where the zone left out the day itself, on the next one.
 */
export function isAnniversary(base: string, date: string, zone: string): boolean {
  return daysKept(date, zone).some((day) => sameDay(base, day) && base.slice(0, 4) < day.slice(0, 4));
}

/**
 * Months and days (as month * 100 + day) whose anniversaries are kept on `date` in `zone`; `within` widens them by that
 * many days to either side, for an index that knows the day in another zone only.
 */
export function monthDaysKept(date: string, zone: string, within = 0): number[] {
  const found = new Set<number>();
  for (const day of daysKept(date, zone)) {
    for (let offset = -within; offset <= within; offset++) {
      const near = addDays(day, offset);
      found.add(monthDay(near));
      if (monthDay(near) === 228) found.add(229);
      if (monthDay(near) === 301) found.add(229);
    }
  }
  return [...found].sort((a, b) => a - b);
}

/** The day that a value stands for: the calendar day of an instant in the zone, the written one of a text. */
export function baseDay(value: Date | string, zone: string): string | null {
  if (value instanceof Date) return localDate(value, zone);
  const written = value.slice(0, 10);
  return isDate(written) && /^(?:$|[T ])/.test(value.slice(10)) ? written : null;
}

/** `date` itself and the days just before it that the zone left out. */
function daysKept(date: string, zone: string): string[] {
  const days = [date];
  for (let before = addDays(date, -1); !dayExists(before, zone); before = addDays(before, -1)) days.push(before);
  return days;
}

function sameDay(base: string, day: string): boolean {
  if (base.slice(5) === day.slice(5)) return true;
  return base.endsWith('-02-29') && day.endsWith('-02-28') && !isDate(`${day.slice(0, 4)}-02-29`);
}

function monthDay(date: string): number {
  return Number(date.slice(5, 7)) * 100 + Number(date.slice(8, 10));
}
