import { addDays, daysBetween, localDate, startOfDay } from '../../kernel/local-time';

/** The days (calendar, in the store's zone, ascending, each once) on which a source delivered anything. */
export interface SourceDays {
  source: string;
  days: readonly string[];
}

/** A stretch of time in which orders of the population were watched. */
export interface ObservedSpan {
  from: Date;
  to: Date;
}

/** Whole calendar days, both inclusive, on which a source that had been lively said nothing. */
export interface TrackingGap {
  source: string;
  from: string;
  to: string;
}

const SILENT_DAYS = 3;
const LIVELY_DAYS = 10;
const DAYS_BEFORE = 14;

/** How far before the first window the days of a source must be known for {@link trackingGaps}. */
export const TRACKING_LOOKBACK_DAYS = 30;

/**
 * The silences of sources that leave an experiment unreadable: a source that delivered on 10 or more of the 14 days
 * before was silent for 3 whole days or more inside the population's windows. `spans` must not overlap and end at the
 * report's `asOf` at the latest: the day that is still running is not whole.
 */
export function trackingGaps(
  sources: readonly SourceDays[],
  spans: readonly ObservedSpan[],
  zone: string,
): TrackingGap[] {
  const watched = spans.map((span) => wholeDays(span, zone)).filter((days) => days.from <= days.to);
  const last = watched.reduce((latest, days) => (days.to > latest ? days.to : latest), '');
  const gaps: TrackingGap[] = [];
  for (const { source, days } of sources) {
    days.forEach((day, index) => {
      const next = days[index + 1];
      const from = addDays(day, 1);
      const to = next === undefined ? last : addDays(next, -1);
      if (to < from || daysBetween(from, to) + 1 < SILENT_DAYS || !wasLively(days, index, from)) return;
      for (const span of watched) {
        const start = from > span.from ? from : span.from;
        const end = to < span.to ? to : span.to;
        if (start <= end && daysBetween(start, end) + 1 >= SILENT_DAYS) gaps.push({ source, from: start, to: end });
      }
    });
  }
  return gaps;
}

function wasLively(days: readonly string[], index: number, silentFrom: string): boolean {
  const earliest = addDays(silentFrom, -DAYS_BEFORE);
  let count = 0;
  for (let i = index; i >= 0; i--) {
    const day = days[i];
    if (day === undefined || day < earliest) break;
    count++;
  }
  return count >= LIVELY_DAYS;
}

/** First and last calendar day that lie whole inside the span; `from` > `to` when none does. */
function wholeDays(span: ObservedSpan, zone: string): { from: string; to: string } {
  const first = localDate(span.from, zone);
  const from = startOfDay(first, zone).getTime() >= span.from.getTime() ? first : addDays(first, 1);
  return { from, to: addDays(localDate(span.to, zone), -1) };
}
