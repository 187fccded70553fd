import { parseDuration, windowMs } from '../../kernel/duration';

/** The longest window of a lift or funnel report: outcomes are recorded up to 365 days after entry. */
export const LONGEST_LIFT_WINDOW_DAYS = 365;
/** The longest window of attribution, back from the order. */
export const LONGEST_TOUCH_WINDOW_DAYS = 90;

/** From when a person is watched: from entering, or from when the first e-mail step came due. */
export type LiftStart = 'entry' | 'first_due';

const DAY_MS = 86_400_000;

/**
 * Exact length in milliseconds of a report's window: weeks, days (of 24 hours) and hours. Years and months have no exact
 * length and are refused, as are minutes and seconds, an empty or unreadable text and more than `longestDays`:
 * undefined.
 */
export function reportWindowMs(text: string, longestDays: number): number | undefined {
  const duration = parseDuration(text);
  if (!duration || duration.minutes !== 0 || duration.seconds !== 0) return undefined;
  const ms = windowMs(duration);
  return ms !== undefined && ms > 0 && ms <= longestDays * DAY_MS ? ms : undefined;
}
