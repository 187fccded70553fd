import { Injectable } from '@nestjs/common';
import { Affinities, type PairsPage, type PairsQuestion } from '../catalog/affinities';
import { Clock } from '../kernel/clock';
import { DEFINITIONS_VERSION } from '../kernel/definitions-version';
import { ReportsDatabase } from './data/reports-database';
import type { ReportHead } from './reports.types';
import { SourceActivities } from './source-activity';

/** `GET reports/affinities`. */
export type AffinityReport = ReportHead & PairsPage;

/** Which products are bought together. */
@Injectable()
export class AffinityReports {
  constructor(
    private readonly affinities: Affinities,
    private readonly database: ReportsDatabase,
    private readonly sources: SourceActivities,
    private readonly clock: Clock,
  ) {}

  /** All pairs of products, counted from the orders as they are. @throws Refusal (422) for a cursor of another list */
  async pairs(question: PairsQuestion): Promise<AffinityReport> {
    const asOf = question.asOf ?? this.clock.now();
    return {
      ...(await this.affinities.pairs(this.database, question)),
      asOf: asOf.toISOString(),
      definitions: DEFINITIONS_VERSION,
      excluded: {},
      dataThrough: await this.sources.dataThrough(asOf),
    };
  }
}
