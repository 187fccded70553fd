import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { READERS, Roles } from '../../access/roles';
import { type Interval, INTERVALS } from '../domain/calendar-periods';
import {
  RETENTION_BASES,
  RETENTION_GROUPINGS,
  type RetentionBasis,
  type RetentionGrouping,
  type RetentionReport,
  RetentionReports,
} from '../retention-report.service';
import { csvAnswer } from './csv-answer';
import { retentionTable } from './retention-csv';
import { ReportQuery } from './report-query';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const NO_DAY = { message: 'must be a calendar day such as 2026-03-01' };

/** Query of `GET /api/v1/reports/retention`; days of the store's calendar, `to` exclusive. */
export class RetentionReportQuery extends ReportQuery {
  @Matches(DAY, NO_DAY) from!: string;
  @Matches(DAY, NO_DAY) to!: string;
  /** Weeks begin on Mondays. */
  @IsOptional() @IsIn(INTERVALS) interval?: Interval;
  /** `stage`: at the bounds are those who are recent or repeat, instead of those with an order in the period. */
  @IsOptional() @IsIn(RETENTION_BASES) basis?: RetentionBasis;
  /**
   * Breaks all figures down: by stage when the first period began, by period of the first order, by the storefront that
   * told of it, by category bought.
   */
  @IsOptional() @IsIn(RETENTION_GROUPINGS) by?: RetentionGrouping;
  /** What has to be new in an order for the upsell ratio. */
  @IsOptional() @IsIn(['product', 'category']) upsell?: 'product' | 'category';
}

/** Who stayed and what they spent. */
@ApiTags('reports')
@Controller('api/v1/reports/retention')
export class RetentionReportController {
  constructor(private readonly reports: RetentionReports) {}

  /** Retention, churn, repeat purchase, revenue retention and the rest by whole calendar periods of the store. */
  @Get()
  @Roles(...READERS)
  async report(
    @Query() query: RetentionReportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RetentionReport | string> {
    const { format, asOf, ...question } = query;
    const report = await this.reports.retention({
      ...question,
      ...(asOf === undefined ? {} : { asOf: new Date(asOf) }),
    });
    if (format !== 'csv') return report;
    return csvAnswer(report, retentionTable(report), reply);
  }
}
