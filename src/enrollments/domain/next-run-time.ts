import { type Weekday } from '../../campaigns/campaign.types';
import { addDuration, type Duration } from '../../kernel/duration';
import { addDays, localDate, nextLocalTime } from '../../kernel/local-time';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday. */
const FROM_EPOCH: readonly Weekday[] = ['thu', 'fri', 'sat', 'sun', 'mon', 'tue', 'wed'];
const ONE_DAY = { years: 0, months: 0, weeks: 0, days: 1, hours: 0, minutes: 0, seconds: 0 };

export interface Wait {
  for: Duration | null;
  /** `HH:MM` in the zone. */
  at: string | null;
  /** Absent or null: any day. */
  days?: readonly Weekday[] | null;
  /** It is not over before: what `until` comes to. */
  notBefore?: Date | null;
}

/**
 * When a wait is over that begins at `from`: the duration in the calendar of the zone (or the instant before which it is
 * not over), then the first such local time at or after, on one of the weekdays where they are given. Weekdays without a
 * time keep the time of day.
 */
export function endOfWait({ for: duration, at, days, notBefore }: Wait, from: Date, zone: string): Date {
  const waited = duration ? addDuration(from, duration, zone) : from;
  const after = notBefore && notBefore > waited ? notBefore : waited;
  if (at === null) return days?.length ? sameTimeOn(days, after, zone) : after;
  let end = nextLocalTime(after, at, zone);
  while (days?.length && !days.includes(weekday(localDate(end, zone)))) {
    end = nextLocalTime(new Date(end.getTime() + 1), at, zone);
  }
  return end;
}

/**
 * When the step after a wait is planned. Waits count from the plan of the step before, not from the moment at which the
 * engine got to it: a daily 09:00 would slip to every other day by a few milliseconds. But where the engine came so late
 * (a pause, an outage of more than an hour) that less than half of the wait would remain, the wait counts from `now`:
 * otherwise overdue steps would pour out one behind the other.
 */
export function nextRunTime(wait: Wait, plan: Date, now: Date, zone: string): Date {
  const planned = endOfWait(wait, plan, zone);
  const late = now.getTime() - plan.getTime();
  const remaining = planned.getTime() - now.getTime();
  const intended = planned.getTime() - plan.getTime();
  if (late <= HOUR_MS || 2 * remaining >= intended) return planned;
  return endOfWait(wait, now, zone);
}

/** The day of the week of a calendar date `YYYY-MM-DD`. */
export function weekday(date: string): Weekday {
  const day = FROM_EPOCH[(((Date.parse(`${date}T00:00:00.000Z`) / DAY_MS) % 7) + 7) % 7];
  if (!day) throw new RangeError(`${date} is not a date`);
  return day;
}

/** The same time of day on the first of the weekdays at or after; a day that the zone left out is none. */
function sameTimeOn(days: readonly Weekday[], after: Date, zone: string): Date {
  const date = localDate(after, zone);
  for (let offset = 0; ; offset++) {
    const wanted = addDays(date, offset);
    const at = offset === 0 ? after : addDuration(after, { ...ONE_DAY, days: offset }, zone);
    if (days.includes(weekday(wanted)) && localDate(at, zone) === wanted) return at;
  }
}
