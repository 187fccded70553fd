import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { READERS, Roles } from '../../access/roles';
import { type Purpose, PURPOSES } from '../../campaigns/campaign.types';
import { type PooledLiftReport, PooledLiftReports } from '../pooled-lift-report.service';
import { csvAnswer } from './csv-answer';
import { figuresTable } from './report-csv';
import { WindowQuery } from './report-query';

/** Query of `GET /api/v1/reports/pooled-lift`. */
export class PooledLiftQuery extends WindowQuery {
  /** Of the campaigns that are pooled. */
  @IsIn(PURPOSES) purpose!: Purpose;
}

/** What campaigns of one purpose change together. */
@ApiTags('reports')
@Controller('api/v1/reports/pooled-lift')
export class PooledLiftController {
  constructor(private readonly reports: PooledLiftReports) {}

  /** The effect of all campaigns of a purpose, each against its own control group, pooled by Mantel and Haenszel. */
  @Get()
  @Roles(...READERS)
  async report(
    @Query() query: PooledLiftQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PooledLiftReport | string> {
    const { purpose, window, asOf, format } = query;
    const report = await this.reports.pooledLift({ purpose, window, asOf: asOf === undefined ? asOf : new Date(asOf) });
    if (format !== 'csv') return report;
    return csvAnswer(report, figuresTable(report), reply);
  }
}
