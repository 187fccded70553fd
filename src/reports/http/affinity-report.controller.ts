import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { READERS, Roles } from '../../access/roles';
import { PAIR_SORTS, type PairSort } from '../../catalog/catalog.types';
import { DEFAULT_LIMIT, MAX_LIMIT } from '../../platform/http/page';
import { type AffinityReport, AffinityReports } from '../affinity-report.service';
import { csvAnswer } from './csv-answer';
import { ReportQuery } from './report-query';

const toNumber = ({ value }: { value: unknown }): unknown =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;

/** Query of `GET /api/v1/reports/affinities`. */
export class AffinityReportQuery extends ReportQuery {
  @IsOptional() @Transform(toNumber) @IsInt() @Min(1) @Max(MAX_LIMIT) limit: number = DEFAULT_LIMIT;
  @IsOptional() @IsString() @MaxLength(1000) cursor?: string;
  /** Pairs in fewer orders are left out. */
  @IsOptional() @Transform(toNumber) @IsInt() @Min(1) @Max(1_000_000_000) minOrders: number = 5;
  @IsOptional() @IsIn(PAIR_SORTS) sort: PairSort = 'orders';
}

const COLUMNS = ['a', 'b', 'orders', 'support', 'confidenceAB', 'confidenceBA', 'lift'] as const;

/** Which products are bought together. */
@ApiTags('reports')
@Controller('api/v1/reports/affinities')
export class AffinityReportController {
  constructor(private readonly reports: AffinityReports) {}

  /** Pairs of products with support, confidence and lift, most orders (or greatest lift) first. As CSV the next page is in `Link`. */
  @Get()
  @Roles(...READERS)
  async report(
    @Query() query: AffinityReportQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AffinityReport | string> {
    const { format, asOf, ...question } = query;
    const report = await this.reports.pairs({ ...question, ...(asOf === undefined ? {} : { asOf: new Date(asOf) }) });
    if (format !== 'csv') return report;
    if (report.nextCursor !== null) void reply.header('link', nextPage(query, report.nextCursor));
    const rows = report.items.map((pair) => COLUMNS.map((column) => pair[column]));
    return csvAnswer(report, { header: COLUMNS, rows }, reply);
  }
}

/** A table has no place for where it goes on: RFC 8288. */
function nextPage(query: AffinityReportQuery, cursor: string): string {
  const next = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) next.set(name, String(value));
  next.set('cursor', cursor);
  return `</api/v1/reports/affinities?${next.toString()}>; rel="next"`;
}
