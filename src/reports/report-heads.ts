import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock';
import { DEFINITIONS_VERSION } from '../kernel/definitions-version';
import { Refusal } from '../kernel/errors';
import { ReportsDatabase } from './data/reports-database';
import type { ReportHead } from './reports.types';
import { SourceActivities } from './source-activity';

/** What every report says about itself: as of when, by which definitions, what it left out, how fresh its sources are. */
@Injectable()
export class ReportHeads {
  constructor(
    private readonly clock: Clock,
    private readonly sources: SourceActivities,
    private readonly database: ReportsDatabase,
  ) {}

  /** The instant that a report is about, default now. @throws Refusal 422 for one that has not come yet. */
  asOf(wish: Date | undefined): Date {
    const now = this.clock.now();
    if (wish && wish > now) throw Refusal.invalid([{ path: 'asOf', message: 'has not come yet' }]);
    return wish ?? now;
  }

  async head(asOf: Date, excluded: Record<string, number>): Promise<ReportHead> {
    const [dataThrough, replica] = await Promise.all([this.sources.dataThrough(asOf), this.database.replicaAge()]);
    return { asOf: asOf.toISOString(), definitions: DEFINITIONS_VERSION, excluded, dataThrough, replica };
  }
}
