import { Cron } from 'croner';
import { instantOfLocalMs, localMsOf } from '../../kernel/local-time';
import { dayExists } from './local-days';

const MAX_LINES = 500;
const lines = new Map<string, Cron>();

/**
 * The first instant after `after` at which a cron line is due in `zone`; null when it never is again. The library
 * enumerates wall-clock times; which instant each of them is, is said by the one rule of `local-time`: in the gap of a
 * clock change the first instant after it, in the overlap the first of the two. So each wall-clock time is due once:
 * several that fall into one gap are one instant, and the second pass of an overlap has none. A day that the zone left
 * out has no times. About 20 µs.
 * @throws TypeError for what is no cron line of five fields.
 */
export function nextCronTime(line: string, after: Date, zone: string): Date | null {
  const cron = cronOf(line);
  // Instants never fall as the wall-clock time rises, and that of the present one is not after `after`.
  let local = new Date(localMsOf(after, zone));
  for (;;) {
    const next = cron.nextRun(local);
    if (next === null) return null;
    const at = instantOfLocalMs(next.getTime(), zone);
    if (at > after && dayExists(next.toISOString().slice(0, 10), zone)) return at;
    local = next;
  }
}

function cronOf(line: string): Cron {
  const known = lines.get(line);
  if (known) return known;
  // To the library "?" is the moment of reading; a plan must not depend on it. Elsewhere it means "any".
  const cron = new Cron(line.replaceAll('?', '*'), { paused: true, utcOffset: 0, mode: '5-part' });
  if (lines.size >= MAX_LINES) lines.clear();
  lines.set(line, cron);
  return cron;
}
