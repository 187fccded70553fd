import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { READERS, Roles } from '../../access/roles';
import { type Interval, INTERVALS } from '../domain/calendar-periods';
import { type SurveyReport, SurveyReports } from '../survey-report.service';
import { csvAnswer } from './csv-answer';
import { surveyTable } from './report-csv';
import { ReportQuery } from './report-query';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const NO_DAY = { message: 'must be a calendar day such as 2026-03-01' };

/** Query of `GET /api/v1/reports/surveys/:ref`; days of the store's calendar, `to` exclusive. */
export class SurveyReportQuery extends ReportQuery {
  @IsOptional() @Matches(DAY, NO_DAY) from?: string;
  @IsOptional() @Matches(DAY, NO_DAY) to?: string;
  /** Of `by.time`. Default month; weeks begin on Mondays. */
  @IsOptional() @IsIn(INTERVALS) interval?: Interval;
}

/** What customers answered. */
@ApiTags('reports')
@Controller('api/v1/reports/surveys/:ref')
export class SurveyReportController {
  constructor(private readonly reports: SurveyReports) {}

  /** Score with its interval, response rate and distribution of a survey, by campaign, segment, product and time. */
  @Get()
  @Roles(...READERS)
  async report(
    @Param('ref') ref: string,
    @Query() query: SurveyReportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SurveyReport | string> {
    const { format, asOf, ...question } = query;
    const wish = asOf === undefined ? {} : { asOf: new Date(asOf) };
    const report = await this.reports.survey({ ref, ...question, ...wish });
    if (format !== 'csv') return report;
    return csvAnswer(report, surveyTable(report), reply);
  }
}
