import { addDays, startOfDay } from '../../kernel/local-time';

export const INTERVALS = ['week', 'month', 'quarter', 'year'] as const;
export type Interval = (typeof INTERVALS)[number];

/** A calendar period of the store: days `YYYY-MM-DD`, `to` exclusive, and the midnights at both. */
export interface CalendarPeriod {
  from: string;
  to: string;
  start: Date;
  end: Date;
}

/** Weeks begin on Mondays (ISO 8601). The first day of the period that the day lies in. */
export function periodStart(day: string, interval: Interval): string {
  const [year = '', month = ''] = day.split('-');
  switch (interval) {
    case 'week':
      return addDays(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
    case 'month':
      return `${year}-${month}-01`;
    case 'quarter':
      return `${year}-${String(Math.floor((Number(month) - 1) / 3) * 3 + 1).padStart(2, '0')}-01`;
    case 'year':
      return `${year}-01-01`;
    default:
      return interval satisfies never;
  }
}

const LONGEST_DAYS = { week: 7, month: 31, quarter: 92, year: 366 } as const;

/** The first day of the period after the one that begins on `start`. */
export function nextPeriodStart(start: string, interval: Interval): string {
  // A few days into the next one, whatever the length of this one.
  return periodStart(addDays(start, LONGEST_DAYS[interval]), interval);
}

/**
 * The calendar periods that have a day in [from, to), in order: whole ones, so the first may begin before `from` and
 * the last end after `to`.
 */
export function calendarPeriods(from: string, to: string, interval: Interval, zone: string): CalendarPeriod[] {
  const periods: CalendarPeriod[] = [];
  for (let day = periodStart(from, interval); day < to;) {
    const next = nextPeriodStart(day, interval);
    periods.push({ from: day, to: next, start: startOfDay(day, zone), end: startOfDay(next, zone) });
    day = next;
  }
  return periods;
}

/** The period before one. */
export function periodBefore(period: CalendarPeriod, interval: Interval, zone: string): CalendarPeriod {
  const from = periodStart(addDays(period.from, -1), interval);
  return { from, to: period.from, start: startOfDay(from, zone), end: period.start };
}
