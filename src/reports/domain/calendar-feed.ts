import ical, { ICalCalendarMethod, ICalEventTransparency } from 'ical-generator';
import { type Announcement } from '../../enrollments/announcements';

/** One day of the calendar; `date` is `YYYY-MM-DD`. */
export interface CalendarDay {
  date: string;
  announcements: Announcement[];
  /** Mails expected, by campaign key, the most first. */
  forecast: Array<{ campaign: string; messages: number }>;
}

/** Who publishes it, and as of when. */
export interface FeedFrame {
  store: string;
  /** Host by which the events are told from those of other calendars. */
  host: string;
  timezone: string;
  now: Date;
}

const HOUR_MS = 3_600_000;

/**
 * The calendar as iCalendar (RFC 5545): each announcement an event, in UTC where it has one instant and in floating time
 * where each customer has their own; each day's forecast an event of the whole day. The ids of events stay the same, so
 * that a calendar program that reads it again replaces what it has.
 */
export function calendarFeed(days: readonly CalendarDay[], { store, host, timezone, now }: FeedFrame): string {
  const calendar = ical({
    name: `${store}: campaigns`,
    prodId: { company: 'Ritorno', product: 'calendar', language: 'EN' },
    method: ICalCalendarMethod.PUBLISH,
    ttl: 3600,
  });
  calendar.x('X-WR-TIMEZONE', timezone);
  for (const { date, announcements, forecast } of days) {
    for (const one of announcements) {
      const floating = one.at === null;
      const start = one.at === null ? new Date(`${date}T${one.time}:00.000Z`) : new Date(one.at);
      const often = one.times > 1 ? ` (${one.times} times)` : '';
      calendar.createEvent({
        id: `${one.campaign}.${date}.${one.time.replace(':', '')}@${host}`,
        stamp: now,
        // Floating times and whole days are written with the parts that the date has in UTC.
        start,
        end: new Date(start.getTime() + HOUR_MS),
        floating,
        summary: `${one.name}${often}`,
        description: [
          `Campaign ${one.campaign} (${one.status}) to the segment ${one.segment}: ${one.state}.`,
          floating ? 'At this time where each customer lives.' : `At ${one.time} in ${one.timezone}.`,
        ].join('\n'),
        categories: [{ name: 'announcement' }],
        transparency: ICalEventTransparency.TRANSPARENT,
      });
    }
    if (forecast.length === 0) continue;
    const total = forecast.reduce((sum, { messages }) => sum + messages, 0);
    calendar.createEvent({
      id: `forecast.${date}@${host}`,
      stamp: now,
      start: new Date(`${date}T00:00:00.000Z`),
      allDay: true,
      summary: `About ${total} mails`,
      description: forecast.map(({ campaign, messages }) => `${campaign}: ${messages}`).join('\n'),
      categories: [{ name: 'forecast' }],
      transparency: ICalEventTransparency.TRANSPARENT,
    });
  }
  return calendar.toString();
}
