import { type Fault, Refusal } from '../kernel/errors';
import { isDate } from '../kernel/local-time';
import { type CalendarPeriod, calendarPeriods, type Interval } from './domain/calendar-periods';

/** More periods would be a table that nobody reads and a query that nobody waits for. */
const MOST_PERIODS = 120;

/**
 * The calendar periods that have a day in [from, to).
 *
 * @throws Refusal (422) for days that do not exist or are in the wrong order, and for too many periods.
 */
export function periodsAsked(from: string, to: string, interval: Interval, zone: string): CalendarPeriod[] {
  const faults: Fault[] = Object.entries({ from, to })
    .filter(([, day]) => !isDate(day))
    .map(([path]) => ({ path, message: 'must be a calendar day such as 2026-03-01' }));
  if (faults.length === 0 && from >= to) faults.push({ path: 'to', message: 'must be later than from' });
  const periods = faults.length === 0 ? calendarPeriods(from, to, interval, zone) : [];
  if (periods.length > MOST_PERIODS) {
    faults.push({ path: 'to', message: `makes ${periods.length} periods; ${MOST_PERIODS} at most` });
  }
  if (faults.length > 0) throw Refusal.invalid(faults);
  return periods;
}
