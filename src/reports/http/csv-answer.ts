import { type FastifyReply } from 'fastify';
import { CSV_MEDIA_TYPE, csvText } from '../../platform/http/csv';
import type { ReportHead } from '../reports.types';
import type { CsvTable } from './report-csv';

/**
 * What a table has no place for stands in headers: as of when the report is, and (read from a replica) up to when its data
 * goes.
 */
export function csvHead(report: ReportHead, reply: FastifyReply): void {
  void reply.header('content-type', CSV_MEDIA_TYPE).header('report-as-of', report.asOf);
  if (report.replica) void reply.header('report-changes-through', report.replica.changesThrough ?? 'unknown');
}

/** A report as a table, with {@link csvHead}. */
export function csvAnswer(report: ReportHead, { header, rows }: CsvTable, reply: FastifyReply): string {
  csvHead(report, reply);
  return csvText(header, rows);
}
