import { Cron } from 'croner';
import { parseDuration, windowMs } from '../../kernel/duration';
import { isDate, isTimeOfDay, isZone } from '../../kernel/local-time';
import { type SendWindow, type Weekday, WEEKDAYS } from '../campaign.types';
import { type Faults, readObject } from './read-value';

/** From here a cron line is asked for its next time; any instant will do to tell a line that has none. */
const ANY_TIME = new Date('2024-01-01T00:00:00Z');

/** Reads an ISO 8601 duration; years and months are allowed: they are added in the calendar. */
export function readDuration(raw: unknown, path: string, faults: Faults): string | undefined {
  if (raw === undefined) return faults.add(path, 'is missing');
  if (typeof raw === 'string' && parseDuration(raw)) return raw;
  return faults.add(path, 'must be an ISO 8601 duration such as P3D or PT2H');
}

/** Reads a duration of exact length, in which a day is 24 hours. */
export function readWindow(raw: unknown, path: string, faults: Faults): string | undefined {
  const duration = typeof raw === 'string' ? parseDuration(raw) : undefined;
  if (!duration) return faults.add(path, 'must be an ISO 8601 duration such as P30D');
  if (windowMs(duration) === undefined)
    return faults.add(path, 'must be in weeks, days or hours: months and years have no fixed length');
  return raw as string;
}

/** Reads an instant and gives it in UTC. */
export function readInstant(raw: unknown, path: string, faults: Faults): string | undefined {
  const iso = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$/;
  const ms = typeof raw === 'string' && iso.test(raw) ? Date.parse(raw) : Number.NaN;
  if (Number.isNaN(ms)) return faults.add(path, 'must be an ISO 8601 instant such as 2026-03-01T08:00:00Z');
  return new Date(ms).toISOString();
}

/** Reads a wall-clock date and time without offset, `2026-12-01T09:00:00`; seconds may be left out. */
export function readLocalInstant(raw: unknown, path: string, faults: Faults): string | undefined {
  if (raw === undefined) return faults.add(path, 'is missing');
  const match = typeof raw === 'string' ? /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::([0-5]\d))?$/.exec(raw) : null;
  const [, date = '', time = '', seconds = '00'] = match ?? [];
  if (!isDate(date) || !isTimeOfDay(time)) {
    return faults.add(path, 'must be a local date and time without offset, such as 2026-12-01T09:00:00');
  }
  return `${date}T${time}:${seconds}`;
}

/** Reads `HH:MM`. */
export function readTimeOfDay(raw: unknown, path: string, faults: Faults): string | undefined {
  if (raw === undefined) return faults.add(path, 'is missing');
  if (typeof raw === 'string' && isTimeOfDay(raw)) return raw;
  return faults.add(path, 'must be a time of day such as 09:00');
}

/** Reads an IANA zone; `customer`, each customer's own, where that is meant. */
export function readZone(raw: unknown, path: string, faults: Faults, customers: boolean): string | undefined {
  if (raw === undefined) return faults.add(path, 'is missing');
  if (raw === 'customer') {
    return customers ? raw : faults.add(path, 'customer is for dates; a schedule runs in one IANA zone');
  }
  if (typeof raw === 'string' && isZone(raw)) return raw;
  const allowed = customers ? 'customer or an IANA time zone' : 'an IANA time zone';
  return faults.add(path, `must be ${allowed} such as Europe/Rome`);
}

/** Reads weekdays, each once, at least one; they come back in the order of the week. */
export function readDays(raw: unknown, path: string, faults: Faults): Weekday[] | undefined {
  if (!Array.isArray(raw)) return faults.add(path, `must be a list of weekdays: ${WEEKDAYS.join(', ')}`);
  if (raw.length === 0) return faults.add(path, 'must have at least one weekday');
  const before = faults.list.length;
  for (const [index, day] of raw.entries()) {
    if (!(WEEKDAYS as readonly unknown[]).includes(day)) {
      faults.add(`${path}[${index}]`, `must be one of ${WEEKDAYS.join(', ')}`);
    } else if (raw.indexOf(day) < index) faults.add(`${path}[${index}]`, `${String(day)} stands there already`);
  }
  return faults.list.length > before ? undefined : WEEKDAYS.filter((day) => raw.includes(day));
}

/** Reads a window of local time in which mails may go; one whose `to` lies before its `from` goes over midnight. */
export function readSendWindow(raw: unknown, path: string, faults: Faults): SendWindow | undefined {
  const value = readObject(raw, path, faults, ['days', 'from', 'to', 'timezone']);
  if (!value) return undefined;
  const days = value.days === undefined ? undefined : readDays(value.days, `${path}.days`, faults);
  const from = readTimeOfDay(value.from, `${path}.from`, faults);
  const to =
    value.to === undefined
      ? faults.add(`${path}.to`, 'is missing: a window needs an end')
      : readTimeOfDay(value.to, `${path}.to`, faults);
  const timezone = readZone(value.timezone, `${path}.timezone`, faults, true);
  if (from === undefined || to === undefined || timezone === undefined) return undefined;
  if (from === to) return faults.add(`${path}.to`, 'must differ from `from`: the window would have no length');
  return { ...(days ? { days } : {}), from, to, timezone };
}

/** Reads a cron line of five fields (minute, hour, day, month, weekday) that comes at least once. */
export function readCron(raw: unknown, path: string, faults: Faults): string | undefined {
  if (raw === undefined) return faults.add(path, 'is missing');
  if (typeof raw !== 'string' || raw.length > 100 || raw.trim().split(/\s+/).length !== 5) {
    return faults.add(path, 'must be a cron line of five fields such as 0 9 * * 1');
  }
  const line = raw.trim().replace(/\s+/g, ' ');
  try {
    const cron = new Cron(line, { mode: '5-part', paused: true, timezone: 'UTC' });
    return cron.nextRun(ANY_TIME) ? line : faults.add(path, 'is a time that never comes');
  } catch (error) {
    const said = error instanceof Error ? error.message.replace(/^CronPattern:\s*/, '') : 'it cannot be read';
    return faults.add(path, `is not a cron line: ${said}`);
  }
}
