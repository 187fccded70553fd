import { addDays, localDate } from '../kernel/local-time';
import type { LiftArmRow } from './data/lift.sql';
import { type ObservedSpan, TRACKING_LOOKBACK_DAYS, type TrackingGap, trackingGaps } from './domain/tracking-gap';
import type { SourceActivities } from './source-activity';

/** Silences of lively sources in the stretches of time in which anybody of a lift was watched. */
export async function watchedSilences(
  sources: SourceActivities,
  spans: LiftArmRow['spans'],
  zone: string,
): Promise<TrackingGap[]> {
  const observed: ObservedSpan[] = spans.map((span) => ({ from: new Date(span.from), to: new Date(span.to) }));
  const [first, last] = [observed[0], observed.at(-1)];
  if (!first || !last) return [];
  const days = await sources.days(
    addDays(localDate(first.from, zone), -TRACKING_LOOKBACK_DAYS),
    localDate(last.to, zone),
  );
  return trackingGaps(days, observed, zone);
}
