import { type CalendarPeriod } from '../../domain/calendar-periods';
import { type Grouping } from './groups.sql';
import { type PeriodPlaceholders } from './period-placeholders';

/**
 * What the statements on calendar periods are asked about: successive periods, by the facts known now whose own time is
 * <= `asOf`. In their rows `period` is the place in `periods` from 1; 0 is the time before all of them.
 */
export interface PeriodScope {
  periods: readonly CalendarPeriod[];
  asOf: Date;
  zone: string;
  /** Breaks every figure down; without it the rows have one group, null. */
  grouping?: Grouping | undefined;
}

/** `with` and the groups that people are in, if they are asked for; more of its parts may follow. */
export function withGroupsSql(scope: PeriodScope, p: PeriodPlaceholders, parts: readonly string[] = []): string {
  const who = scope.grouping ? [`who as materialized (${scope.grouping(p)})`] : [];
  const all = [...who, ...parts];
  return all.length === 0 ? '' : `with ${all.join(',\n      ')}`;
}
