import { Controller, Get, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { type FastifyReply } from 'fastify';
import { READERS, Roles } from '../../access/roles';
import { CSV_MEDIA_TYPE, type CsvCell, csvStream } from '../../platform/http/csv';
import { type Page } from '../../platform/http/page';
import { AttributionReports } from '../attribution-report.service';
import { FunnelReports } from '../funnel-report.service';
import type { SectionName } from '../lift/lift-sections';
import { LiftReports } from '../lift-report.service';
import type { LiftReport, LiftRow } from '../lift-report.types';
import type { AttributionReport, FunnelReport, ReportHead } from '../reports.types';
import { csvAnswer, csvHead } from './csv-answer';
import {
  attributionTable,
  type CsvTable,
  funnelTable,
  LIFT_ROW_HEADER,
  liftRowCells,
  figuresTable,
} from './report-csv';
import { LiftQuery, LiftRowsQuery, type ReportQuery, WindowQuery } from './report-query';

/** What became of a campaign: its messages, its effect against the control group, the orders credited to it. */
@ApiTags('reports')
@Controller('api/v1/reports/campaigns/:ref')
export class CampaignReportsController {
  constructor(
    private readonly funnels: FunnelReports,
    private readonly lifts: LiftReports,
    private readonly attributions: AttributionReports,
  ) {}

  /** Messages by step: due, sent, skipped by reason, opened and clicked by humans and machines, converted. */
  @Get('funnel')
  @Roles(...READERS)
  async funnel(
    @Param('ref') ref: string,
    @Query() query: WindowQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FunnelReport | string> {
    return answer(await this.funnels.funnel(questionOf(ref, query)), funnelTable, query, reply);
  }

  /** The effect on repurchase and revenue, with intervals and a verdict, or the reasons why none can be read. */
  @Get('lift')
  @Roles(...READERS)
  async lift(
    @Param('ref') ref: string,
    @Query() query: LiftQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LiftReport | string> {
    const { include, ...question } = questionOf(ref, query);
    const wanted = include && (include.includes('all') ? 'all' : new Set(include as SectionName[]));
    return answer(await this.lifts.lift({ ...question, include: wanted }), figuresTable, query, reply);
  }

  /** One row a person, to compute the lift again. As CSV all of them, without pages. */
  @Get('lift/rows')
  @Roles(...READERS)
  async liftRows(
    @Param('ref') ref: string,
    @Query() query: LiftRowsQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<(Page<LiftRow> & ReportHead) | StreamableFile> {
    const question = questionOf(ref, query);
    if (query.format !== 'csv') return this.lifts.rows(question, query.limit, query.cursor);
    const { head, chunks } = await this.lifts.allRows(question);
    csvHead(head, reply);
    return new StreamableFile(csvStream(LIFT_ROW_HEADER, cellsOf(chunks)), { type: CSV_MEDIA_TYPE });
  }

  /** Revenue credited to the campaign's messages by five models, and what is credited to none. */
  @Get('attribution')
  @Roles(...READERS)
  async attribution(
    @Param('ref') ref: string,
    @Query() query: WindowQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AttributionReport | string> {
    return answer(await this.attributions.attribution(questionOf(ref, query)), attributionTable, query, reply);
  }
}

/** The query with its instant read; the window is judged where its limits are known. */
function questionOf<Q extends ReportQuery>(ref: string, query: Q): Omit<Q, 'asOf'> & { ref: string; asOf?: Date } {
  const { asOf, ...rest } = query;
  return { ...rest, ref, ...(asOf === undefined ? {} : { asOf: new Date(asOf) }) };
}

function answer<Report extends ReportHead>(
  report: Report,
  tableOf: (report: Report) => CsvTable,
  { format }: ReportQuery,
  reply: FastifyReply,
): Report | string {
  if (format !== 'csv') return report;
  return csvAnswer(report, tableOf(report), reply);
}

async function* cellsOf(chunks: AsyncIterable<readonly LiftRow[]>): AsyncGenerator<CsvCell[][]> {
  for await (const rows of chunks) yield rows.map(liftRowCells);
}
