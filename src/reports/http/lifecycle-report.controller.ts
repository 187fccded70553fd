import { csvAnswer } from './csv-answer';
import type { CsvTable } from './report-csv';
import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { READERS, Roles } from '../../access/roles';
import { type LifecycleReport, LifecycleReports } from '../lifecycle-report.service';
import { ReportQuery } from './report-query';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const NO_DAY = { message: 'must be a calendar day such as 2026-03-01' };

/** Query of `GET /api/v1/reports/lifecycle`; days of the store's calendar. */
export class LifecycleReportQuery extends ReportQuery {
  @IsOptional() @Matches(DAY, NO_DAY) at?: string;
  /** With `to`: from which stage to which people went between the two; `to` exclusive. */
  @IsOptional() @Matches(DAY, NO_DAY) from?: string;
  @IsOptional() @Matches(DAY, NO_DAY) to?: string;
}

/** How many customers stand at which stage. */
@ApiTags('reports')
@Controller('api/v1/reports/lifecycle')
export class LifecycleReportController {
  constructor(private readonly reports: LifecycleReports) {}

  /** Customers by stage at the end of a day of the store; with `from` and `to` also who went where in between. */
  @Get()
  @Roles(...READERS)
  async report(
    @Query() query: LifecycleReportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LifecycleReport | string> {
    const { format, asOf, ...question } = query;
    const report = await this.reports.stages({ ...question, ...(asOf === undefined ? {} : { asOf: new Date(asOf) }) });
    if (format !== 'csv') return report;
    return csvAnswer(report, stagesTable(report), reply);
  }
}

/** A line a stage; with flows, those follow. */
function stagesTable({ at, flows, stages }: LifecycleReport): CsvTable {
  const counts = Object.entries(stages);
  if (!flows) return { header: ['at', 'stage', 'customers'], rows: counts.map(([stage, n]) => [at, stage, n]) };
  return {
    header: ['kind', 'from', 'to', 'customers'],
    rows: [
      ...counts.map(([stage, n]) => ['stage', null, stage, n]),
      ...flows.map((flow) => ['flow', flow.from, flow.to, flow.customers]),
    ],
  };
}
