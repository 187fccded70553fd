import { WEEKDAYS, type SendWindow } from '../../campaigns/campaign.types';
import { type Reason } from '../../kernel/reasons';
import { localDate, localMsOf, localTime } from '../../kernel/local-time';

/**
 * Rules about the wall clock that hold a mail back: quiet hours, the send window of a campaign, blackout dates. Each is
 * a statement about what the clocks show, so a change of the clock needs no rule of its own: what shows 21:30 is quiet,
 * both times that it does, and a quiet hour that a change swallows is not there.
 */
export interface Bar {
  reason: Extract<Reason, 'quiet_hours' | 'send_window' | 'blackout'>;
  zone: string;
  /** Whether it holds at this wall-clock time (milliseconds as if the zone were UTC). */
  blocks(localMs: number): boolean;
  /** Of a time that it blocks: up to when it blocks at least, in the same measure; later, by a day at most. */
  blockedUntil(localMs: number): number;
  /** What explain shows of it. */
  shown: Record<string, unknown>;
}

/** Hours of the day at which no marketing mail goes out; over midnight where `from` is later than `to`. */
export interface QuietHours {
  /** `HH:MM`, the first quiet minute. */
  from: string;
  /** `HH:MM`, the first that is not. */
  to: string;
  /** `customer`, or an IANA zone. */
  timezone: string;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday, the day with index 3 of a week that begins on Monday. */
const FIRST_WEEKDAY = 3;

/** Quiet hours for a customer who lives in `zone`. */
export function quietHoursBar(quiet: QuietHours, zone: string): Bar {
  const [from, to] = [timeMs(quiet.from), timeMs(quiet.to)];
  return {
    reason: 'quiet_hours',
    zone: zoneOf(quiet.timezone, zone),
    blocks: (local) => within(timeOfDay(local), from, to),
    blockedUntil: (local) => nextTime(local, to),
    shown: { quietHours: `${quiet.from}-${quiet.to}` },
  };
}

/** All but the window of a campaign; one over midnight belongs to the day on which it opens. */
export function sendWindowBar(window: SendWindow, zone: string): Bar {
  const [from, to] = [timeMs(window.from), timeMs(window.to)];
  const days = new Set((window.days ?? WEEKDAYS).map((day) => WEEKDAYS.indexOf(day)));
  const opens = (local: number): boolean => days.has((((Math.floor(local / DAY_MS) + FIRST_WEEKDAY) % 7) + 7) % 7);
  return {
    reason: 'send_window',
    zone: zoneOf(window.timezone, zone),
    blocks: (local) => {
      const time = timeOfDay(local);
      if (!within(time, from, to)) return true;
      return !opens(from >= to && time < to ? local - DAY_MS : local);
    },
    blockedUntil: (local) => nextTime(local, from),
    shown: { sendWindow: `${window.from}-${window.to}`, ...(window.days ? { days: window.days } : {}) },
  };
}

/** Dates (`YYYY-MM-DD`, in `zone`) on which no marketing mail goes out. */
export function blackoutBar(dates: readonly string[], zone: string): Bar {
  return {
    reason: 'blackout',
    zone,
    blocks: (local) => dates.includes(new Date(local).toISOString().slice(0, 10)),
    blockedUntil: (local) => nextTime(local, 0),
    shown: {},
  };
}

/** Whether the bar holds at the instant. */
export function holds(bar: Bar, at: Date): boolean {
  return bar.blocks(localMsOf(at, bar.zone));
}

/** What explain shows of a bar at an instant: the rule, and what the clocks and the calendar say there. */
export function barValues(bar: Bar, at: Date): Record<string, unknown> {
  const date = localDate(at, bar.zone);
  return { ...bar.shown, timezone: bar.zone, localDate: date, localTime: localTime(at, bar.zone) };
}

/**
 * The first instant at or after `from` at which none of the bars holds, looked for no further than `limit`: where there
 * is none up to it, some instant after `limit`.
 */
export function firstClear(bars: readonly Bar[], from: Date, limit: Date): Date {
  let at = from.getTime();
  for (let moved = true; moved && at <= limit.getTime();) {
    moved = false;
    for (const bar of bars) {
      const clear = endOfBar(bar, at, limit.getTime());
      if (clear > at) [at, moved] = [clear, true];
    }
  }
  return at === from.getTime() ? from : new Date(at);
}

function endOfBar(bar: Bar, from: number, limit: number): number {
  let at = from;
  while (at <= limit) {
    const local = localMs(at, bar.zone);
    if (!bar.blocks(local)) return at;
    const end = at + (bar.blockedUntil(local) - local);
    // A change of the clock on the way: what holds after it is another question, asked there.
    at = localMs(end, bar.zone) - end === local - at ? end : firstChange(at, end, bar.zone);
  }
  return at;
}

/** The first instant in (`from`, `to`] with another offset than `from`; at `to` the offset is another. */
function firstChange(from: number, to: number, zone: string): number {
  const offset = localMs(from, zone) - from;
  let [before, after] = [from, to];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (localMs(middle, zone) - middle === offset) before = middle;
    else after = middle;
  }
  return after;
}

function localMs(at: number, zone: string): number {
  return localMsOf(new Date(at), zone);
}

function zoneOf(timezone: string, customers: string): string {
  return timezone === 'customer' ? customers : timezone;
}

/** From `from` up to `to`, over midnight where `from` is the later; all day where they are the same. */
function within(time: number, from: number, to: number): boolean {
  return from < to ? from <= time && time < to : time >= from || time < to;
}

function timeOfDay(local: number): number {
  return ((local % DAY_MS) + DAY_MS) % DAY_MS;
}

/** The next time that clocks show `time`, after `local`. */
function nextTime(local: number, time: number): number {
  const at = Math.floor(local / DAY_MS) * DAY_MS + time;
  return at > local ? at : at + DAY_MS;
}

function timeMs(time: string): number {
  return (Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))) * MINUTE_MS;
}
