import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { READERS, Roles } from '../../access/roles';
import { COHORT_GROUPINGS, type CohortGrouping, type CohortReport, CohortReports } from '../cohort-report.service';
import { type Interval, INTERVALS } from '../domain/calendar-periods';
import { csvAnswer } from './csv-answer';
import { cohortCsv } from './retention-csv';
import { ReportQuery } from './report-query';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const NO_DAY = { message: 'must be a calendar day such as 2026-03-01' };

/** Query of `GET /api/v1/reports/cohorts`; days of the store's calendar, `to` exclusive. */
export class CohortReportQuery extends ReportQuery {
  /** Default month; weeks begin on Mondays. */
  @IsOptional() @IsIn(INTERVALS) interval?: Interval;
  /** Of the first orders. */
  @IsOptional() @Matches(DAY, NO_DAY) from?: string;
  @IsOptional() @Matches(DAY, NO_DAY) to?: string;
  /** Breaks the cohorts down: by the storefront that told of the first order, by category bought, by product of the first order. */
  @IsOptional() @IsIn(COHORT_GROUPINGS) by?: CohortGrouping;
}

/** What became of the people who came in one period. */
@ApiTags('reports')
@Controller('api/v1/reports/cohorts')
export class CohortReportController {
  constructor(private readonly reports: CohortReports) {}

  /** Cohorts by the period of the first order: who is active, who has come again, and what each is worth, k periods later. */
  @Get()
  @Roles(...READERS)
  async report(
    @Query() query: CohortReportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CohortReport | string> {
    const { format, asOf, ...question } = query;
    const report = await this.reports.cohorts({ ...question, ...(asOf === undefined ? {} : { asOf: new Date(asOf) }) });
    if (format !== 'csv') return report;
    return csvAnswer(report, cohortCsv(report), reply);
  }
}
