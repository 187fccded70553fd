import { addDays, localDate } from '../kernel/local-time';
import { type ObservedSpan, TRACKING_LOOKBACK_DAYS, type TrackingGap, trackingGaps } from './domain/tracking-gap';
import type { SourceActivities } from './source-activity';

/** Silences of lively sources in the stretches of time in which anybody of a lift was watched. */
export async function watchedSilences(
  sources: SourceActivities,
  spans: readonly ObservedSpan[],
  zone: string,
): Promise<TrackingGap[]> {
  const [first, last] = [spans[0], spans.at(-1)];
  if (!first || !last) return [];
  const days = await sources.days(
    addDays(localDate(first.from, zone), -TRACKING_LOOKBACK_DAYS),
    localDate(last.to, zone),
  );
  return trackingGaps(days, spans, zone);
}
