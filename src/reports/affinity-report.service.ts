import { Injectable } from '@nestjs/common';
import { Affinities, type PairsPage, type PairsQuestion } from '../catalog/affinities';
import { ReportsDatabase } from './data/reports-database';
import { ReportHeads } from './report-heads';
import type { ReportHead } from './reports.types';

/** `GET reports/affinities`. */
export type AffinityReport = ReportHead & PairsPage;

/** Which products are bought together. */
@Injectable()
export class AffinityReports {
  constructor(
    private readonly affinities: Affinities,
    private readonly database: ReportsDatabase,
    private readonly heads: ReportHeads,
  ) {}

  /**
   * All pairs of products, counted from the orders as they are.
   *
   * @throws Refusal (422) for a cursor of another list, and for an instant that has not come yet
   */
  async pairs(question: PairsQuestion): Promise<AffinityReport> {
    const asOf = this.heads.asOf(question.asOf);
    return { ...(await this.affinities.pairs(this.database, question)), ...(await this.heads.head(asOf, {})) };
  }
}
