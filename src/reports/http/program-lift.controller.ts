import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Min } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { READERS, Roles } from '../../access/roles';
import { type ProgramLiftReport, ProgramLiftReports } from '../program-lift-report.service';
import { csvAnswer } from './csv-answer';
import { figuresTable } from './report-csv';
import { WindowQuery } from './report-query';

const toNumber = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;

/** Query of `GET /api/v1/reports/program-lift`. */
export class ProgramLiftQuery extends WindowQuery {
  /** Number of a period of the global holdout; default the latest. */
  @IsOptional() @Transform(toNumber) @IsInt() @Min(1) period?: number;
}

/** What all campaigns together changed. */
@ApiTags('reports')
@Controller('api/v1/reports/program-lift')
export class ProgramLiftController {
  constructor(private readonly reports: ProgramLiftReports) {}

  /** The global holdout against everyone else, in one period and in short in each. */
  @Get()
  @Roles(...READERS)
  async report(
    @Query() { format, asOf, ...question }: ProgramLiftQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProgramLiftReport | string> {
    const report = await this.reports.lift({ ...question, ...(asOf === undefined ? {} : { asOf: new Date(asOf) }) });
    if (format !== 'csv') return report;
    return csvAnswer(report, figuresTable(report), reply);
  }
}
