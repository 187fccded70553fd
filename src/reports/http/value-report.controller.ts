import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { READERS, Roles } from '../../access/roles';
import { type ValueReport, ValueReports } from '../value-report.service';
import { csvAnswer } from './csv-answer';
import { figuresTable } from './report-csv';
import { ReportQuery } from './report-query';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const NO_DAY = { message: 'must be a calendar day such as 2026-03-01' };

/** Query of `GET /api/v1/reports/value`; days of the store's calendar, both included. */
export class ValueReportQuery extends ReportQuery {
  /** Last day that the models see; default: three quarters of the history, the last 26 weeks left out at most. */
  @IsOptional() @Matches(DAY, NO_DAY) calibrationEnd?: string;
  /** Last day that they are judged by; default the day of `asOf`. */
  @IsOptional() @Matches(DAY, NO_DAY) holdoutEnd?: string;
}

/** What customers are worth. */
@ApiTags('reports')
@Controller('api/v1/reports/value')
export class ValueReportController {
  constructor(private readonly reports: ValueReports) {}

  /** Customer lifetime value so far, its concentration, and the year to come by BG/NBD with Gamma-Gamma. */
  @Get()
  @Roles(...READERS)
  async report(
    @Query() query: ValueReportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ValueReport | string> {
    const { format, asOf, ...question } = query;
    const report = await this.reports.value({ ...question, ...(asOf === undefined ? {} : { asOf: new Date(asOf) }) });
    if (format !== 'csv') return report;
    return csvAnswer(report, figuresTable(report), reply);
  }
}
