import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { READERS, Roles } from '../../access/roles';
import { type ExitReasonsReport, ExitReasonsReports } from '../exit-reasons-report.service';
import { csvAnswer } from './csv-answer';
import { exitTable } from './report-csv';
import { ReportQuery } from './report-query';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const NO_DAY = { message: 'must be a calendar day such as 2026-03-01' };

/** Query of `GET /api/v1/reports/exit-reasons`; days of the store's calendar, `to` exclusive. */
export class ExitReasonsQuery extends ReportQuery {
  @IsOptional() @Matches(DAY, NO_DAY) from?: string;
  @IsOptional() @Matches(DAY, NO_DAY) to?: string;
}

/** Why people leave. */
@ApiTags('reports')
@Controller('api/v1/reports/exit-reasons')
export class ExitReasonsReportController {
  constructor(private readonly reports: ExitReasonsReports) {}

  /** Who unsubscribed, who was asked why, and the reasons that they gave, by campaign; the newest words. */
  @Get()
  @Roles(...READERS)
  async report(
    @Query() { format, asOf, ...question }: ExitReasonsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ExitReasonsReport | string> {
    const wish = asOf === undefined ? {} : { asOf: new Date(asOf) };
    const report = await this.reports.exitReasons({ ...question, ...wish });
    if (format !== 'csv') return report;
    return csvAnswer(report, exitTable(report), reply);
  }
}
