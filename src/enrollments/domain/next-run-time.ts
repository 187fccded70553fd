import { addDuration, type Duration } from '../../kernel/duration';
import { nextLocalTime } from '../../kernel/local-time';

const HOUR_MS = 3_600_000;

export interface Wait {
  for: Duration | null;
  /** `HH:MM` in the zone. */
  at: string | null;
}

/**
 * When a wait is over that begins at `plan`: the duration in the calendar of the zone, then the first such local time at
 * or after.
 */
export function endOfWait(wait: Wait, from: Date, zone: string): Date {
  const after = wait.for ? addDuration(from, wait.for, zone) : from;
  return wait.at === null ? after : nextLocalTime(after, wait.at, zone);
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
