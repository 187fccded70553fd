import { Injectable } from '@nestjs/common';
import { daysBetween, localDate } from '../kernel/local-time';
import { AppConfig } from '../platform/config/config';
import { type Queryable } from '../platform/database/database';
import { gapCounts } from './data/gap-counts.sql';
import { type GapCount, lapseThreshold, type LapseThreshold, movesEnough } from './domain/lapse-threshold';

export type { LapseBasis, LapseThreshold } from './domain/lapse-threshold';

/** The lapse threshold that the shop's own orders suggest. */
@Injectable()
export class LapseThresholds {
  constructor(private readonly config: AppConfig) {}

  /** The threshold `auto` from all orders known now with own times up to `asOf`. */
  async estimate(db: Queryable, asOf: Date): Promise<LapseThreshold> {
    const zone = this.config.store.timezone;
    const today = localDate(asOf, zone);
    const rows = await db.query<GapCount & { firstDay: string }>(gapCounts(asOf, today, zone));
    const firstDay = rows.reduce((first, row) => (row.firstDay < first ? row.firstDay : first), today);
    return lapseThreshold(rows, daysBetween(firstDay, today));
  }

  /** Whether an estimate replaces the threshold in force: it must have moved by 10 % and by 3 days at least. */
  isAdopted(estimate: LapseThreshold, inForceDays: number): boolean {
    return movesEnough(inForceDays, estimate.days);
  }
}
