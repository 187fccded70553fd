import { Body, Controller, Get, Put, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { ADMIN, READERS, Roles } from '../../access/roles';
import { CSV_MEDIA_TYPE, csvText } from '../../platform/http/csv';
import { Lifecycle, type LifecycleView } from '../lifecycle';
import { type LifecycleReport, LifecycleReports } from '../lifecycle-report';
import { LifecycleBody, LifecycleReportQuery } from './segments.dto';

/** From when a customer counts as lapsed, and how many stand at which stage. */
@ApiTags('lifecycle')
@Controller('api/v1')
export class LifecycleController {
  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly reports: LifecycleReports,
  ) {}

  /** The setting; `effective` is the threshold in force, `basis` what `auto` rests on. */
  @Get('settings/lifecycle')
  @Roles(...READERS)
  view(): Promise<LifecycleView> {
    return this.lifecycle.view();
  }

  /** Changes it. Everyone is sorted anew at once, silently: no campaign starts from it. */
  @Put('settings/lifecycle')
  @Roles(...ADMIN)
  change(@Body() body: LifecycleBody): Promise<LifecycleView> {
    return this.lifecycle.change(body);
  }

  /** Customers by stage at the end of a day of the store; with `from` and `to` also who went where in between. */
  @Get('reports/lifecycle')
  @Roles(...READERS)
  async report(
    @Query() query: LifecycleReportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LifecycleReport | string> {
    const { format, asOf, ...question } = query;
    const report = await this.reports.stages({ ...question, ...(asOf === undefined ? {} : { asOf: new Date(asOf) }) });
    if (format !== 'csv') return report;
    void reply.header('content-type', CSV_MEDIA_TYPE);
    return report.flows
      ? csvText(
          ['from', 'to', 'customers'],
          report.flows.map((flow) => [flow.from, flow.to, flow.customers]),
        )
      : csvText(
          ['at', 'stage', 'customers'],
          Object.entries(report.stages).map(([stage, n]) => [report.at, stage, n]),
        );
  }
}
