import { Injectable } from '@nestjs/common';
import { Announcements } from '../enrollments/announcements';
import { type ForecastBasis, SendForecast } from '../enrollments/send-forecast';
import { Clock } from '../kernel/clock';
import { type Fault, Refusal } from '../kernel/errors';
import { addDays, daysBetween, isDate, localDate, startOfDay } from '../kernel/local-time';
import { AppConfig } from '../platform/config/config';
import { type CalendarDay, calendarFeed } from './domain/calendar-feed';
import { ReportHeads } from './report-heads';
import type { ReportHead } from './reports.types';

/** `GET calendar`. */
export interface CalendarReport extends ReportHead {
  from: string;
  to: string;
  days: CalendarDay[];
  /** What the forecast rests on; null where none was made, with the reason. */
  forecastBasis: ForecastBasis | null;
  undefinedBecause: Record<string, string>;
}

export interface CalendarQuestion {
  /** Days of the store's calendar, `to` exclusive; default four weeks from today. */
  from?: string;
  to?: string;
  /** Default now. */
  asOf?: Date;
}

const DEFAULT_DAYS = 28;
/** A forecast further ahead says nothing, and each day of it costs. */
const MOST_DAYS = 100;
/** What a feed shows without being asked: what has just been, and what is coming. */
const FEED_BEFORE = 28;
const FEED_AFTER = 63;

/** Announcements and the mails that are to be expected, day by day. */
@Injectable()
export class CalendarReports {
  constructor(
    private readonly clock: Clock,
    private readonly config: AppConfig,
    private readonly heads: ReportHeads,
    private readonly announcements: Announcements,
    private readonly forecast: SendForecast,
  ) {}

  /**
   * Every day of [from, to). A forecast is made from how things stand now, so one as of the past has none.
   * @throws Refusal (422) for days that do not exist, are in the wrong order or too many; for an `asOf` to come.
   */
  async calendar({ from: first, to: last, asOf: wish }: CalendarQuestion): Promise<CalendarReport> {
    const asOf = this.heads.asOf(wish);
    const zone = this.config.store.timezone;
    const from = first ?? localDate(asOf, zone);
    const to = last ?? (isDate(from) ? addDays(from, DEFAULT_DAYS) : from);
    checkDays(from, to);
    const now = this.clock.now();
    const past = asOf < now;
    const made = past ? null : await this.forecast.byDay(now, startOfDay(to, zone));
    const forecasts = new Map(made?.days.map((day) => [day.date, day.forecast]));
    const announced = await this.announcements.between(from, to, asOf);
    const announcements = new Map(announced.map((day) => [day.date, day.announcements]));
    const days = Array.from({ length: daysBetween(from, to) }, (_, n) => {
      const date = addDays(from, n);
      return { date, announcements: announcements.get(date) ?? [], forecast: forecasts.get(date) ?? [] };
    });
    const undefinedBecause: Record<string, string> = past ? { forecastBasis: 'as_of_the_past' } : {};
    const head = await this.heads.head(asOf, {});
    return { ...head, from, to, days, forecastBasis: made?.basis ?? null, undefinedBecause };
  }

  /** The same as iCalendar. @throws as {@link calendar}. */
  async feed(question: CalendarQuestion): Promise<string> {
    const { store, publicUrl } = this.config;
    const now = this.heads.asOf(question.asOf);
    const today = localDate(now, store.timezone);
    const from = question.from ?? addDays(today, -FEED_BEFORE);
    const { days } = await this.calendar({ to: addDays(today, FEED_AFTER), ...question, from });
    return calendarFeed(days, {
      store: store.name,
      host: new URL(publicUrl).host,
      timezone: store.timezone,
      now,
    });
  }
}

function checkDays(from: string, to: string): void {
  const faults: Fault[] = [];
  for (const [path, day] of Object.entries({ from, to })) {
    if (!isDate(day)) faults.push({ path, message: 'is not a day that exists' });
  }
  if (faults.length === 0 && to <= from) faults.push({ path: 'to', message: 'must be later than from' });
  if (faults.length === 0 && daysBetween(from, to) > MOST_DAYS) {
    faults.push({ path: 'to', message: `must be at most ${MOST_DAYS} days after from` });
  }
  if (faults.length > 0) throw Refusal.invalid(faults);
}
