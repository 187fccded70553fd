import { type SendWindow, WEEKDAYS } from '../campaign.types';

const DAY = 1_440;
const WEEK = 7 * DAY;

/** The longest stretch in which a window is closed, in minutes of a week without changes of the clock. */
export function longestClosed(window: SendWindow): number {
  const from = minuteOf(window.from);
  const to = minuteOf(window.to);
  const length = to > from ? to - from : to + DAY - from;
  const opens = (window.days ?? WEEKDAYS).map((day) => WEEKDAYS.indexOf(day) * DAY + from).sort((a, b) => a - b);
  const closed = opens.map((open, index) => (opens[index + 1] ?? (opens[0] ?? 0) + WEEK) - (open + length));
  return Math.max(0, ...closed);
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
