import { addDays, resolveLocal, startOfDay } from '../../kernel/local-time';

/** Whether the zone has that calendar day: Samoa had no 30 December 2011. */
export function dayExists(date: string, zone: string): boolean {
  return startOfDay(date, zone) < startOfDay(addDays(date, 1), zone);
}

/** The instant of a local time on a day; of the next day that there is, where the zone left it out. */
export function instantOnDay(date: string, time: string, zone: string): Date {
  let day = date;
  while (!dayExists(day, zone)) day = addDays(day, 1);
  return resolveLocal(day, time, zone);
}
