import { Injectable } from '@nestjs/common';
import { dayNumber, daysBetween, localDate } from '../kernel/local-time';
import { AppConfig } from '../platform/config/config';
import { type Queryable } from '../platform/database/database';
import { gapCounts } from './data/gap-counts.sql';
import { ownOrderDays } from './data/histories.sql';
import { type GapCount, lapseThreshold, type LapseThreshold, movesEnough } from './domain/lapse-threshold';
import { ownLapse, type OwnLapse } from './domain/own-lapse';

export type { LapseBasis, LapseThreshold } from './domain/lapse-threshold';
export type { OwnLapse } from './domain/own-lapse';

/** The lapse thresholds that orders suggest: of the whole shop, and of one customer. */
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

  /** A customer's own threshold, and how they stand to it, by all orders known now with own times up to `asOf`. */
  async ofCustomer(db: Queryable, customerId: string, asOf: Date): Promise<OwnLapse> {
    const zone = this.config.store.timezone;
    const rows = await db.query<{ day: number }>(ownOrderDays(customerId, asOf, zone));
    return ownLapse(
      rows.map(({ day }) => day),
      dayNumber(localDate(asOf, zone)),
    );
  }

  /** Whether an estimate replaces the threshold in force: it must have moved by 10 % and by 3 days at least. */
  isAdopted(estimate: LapseThreshold, inForceDays: number): boolean {
    return movesEnough(inForceDays, estimate.days);
  }
}
