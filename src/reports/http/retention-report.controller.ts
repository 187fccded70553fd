import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { READERS, Roles } from '../../access/roles';
import { CSV_MEDIA_TYPE, csvText } from '../../platform/http/csv';
import { type Interval, INTERVALS } from '../domain/calendar-periods';
import { type RetentionPeriod, type RetentionReport, RetentionReports } from '../retention-report.service';
import { ReportQuery } from './report-query';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const NO_DAY = { message: 'must be a calendar day such as 2026-03-01' };

/** Query of `GET /api/v1/reports/retention`; days of the store's calendar, `to` exclusive. */
export class RetentionReportQuery extends ReportQuery {
  @Matches(DAY, NO_DAY) from!: string;
  @Matches(DAY, NO_DAY) to!: string;
  /** Weeks begin on Mondays. */
  @IsOptional() @IsIn(INTERVALS) interval?: Interval;
}

const COLUMNS = [
  ...['from', 'to', 'complete', 'customersAtStart', 'customersAtEnd', 'newCustomers', 'reactivated', 'retentionRate'],
  ...['retentionRateStrict', 'churnRate', 'repeatPurchaseRate', 'netRevenueRetention', 'netRevenueChurn'],
  ...['grossRevenueRetention', 'upsellRatio', 'winBackRate', 'secondOrderRate90', 'engagementRate'],
  ...['averageOrderValue', 'purchaseFrequency', 'nps'],
] as Array<Exclude<keyof RetentionPeriod, 'undefinedBecause'>>;

/** Who stayed and what they spent. */
@ApiTags('reports')
@Controller('api/v1/reports/retention')
export class RetentionReportController {
  constructor(private readonly reports: RetentionReports) {}

  /** Retention, churn, repeat purchase and revenue retention by whole calendar periods of the store. */
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
    void reply.header('content-type', CSV_MEDIA_TYPE);
    return csvText(
      COLUMNS,
      report.periods.map((period) => COLUMNS.map((column) => period[column])),
    );
  }
}
