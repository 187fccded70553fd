import { Injectable } from '@nestjs/common';
import type { SourceDays } from './domain/tracking-gap';

/**
 * Port of the reports: whoever takes in shop events says when each source was heard of. The bulk door and imports are no
 * sources. Register in `onModuleInit` with {@link SourceActivities}.
 */
export interface SourceActivity {
  /** The days of the store's calendar, `from` and `to` (`YYYY-MM-DD`) included, on which each source delivered. */
  days(from: string, to: string): Promise<SourceDays[]>;
  /** The last delivery of each source by `asOf`, by the source's key. */
  through(asOf: Date): Promise<Array<{ source: string; at: Date }>>;
}

/** All that take in shop events. */
@Injectable()
export class SourceActivities {
  private readonly list: SourceActivity[] = [];

  register(activity: SourceActivity): void {
    this.list.push(activity);
  }

  async days(from: string, to: string): Promise<SourceDays[]> {
    const parts = await Promise.all(this.list.map((activity) => activity.days(from, to)));
    return parts.flat();
  }

  /** `dataThrough` of a report: the instant of the last delivery by source. */
  async dataThrough(asOf: Date): Promise<Record<string, string>> {
    const parts = await Promise.all(this.list.map((activity) => activity.through(asOf)));
    return Object.fromEntries(parts.flat().map(({ source, at }) => [source, at.toISOString()]));
  }
}
