import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { type FastifyReply } from 'fastify';
import { READERS, Roles } from '../../access/roles';
import { type CalendarQuestion, type CalendarReport, CalendarReports } from '../calendar-report.service';
import { csvAnswer } from './csv-answer';
import { ReportQuery } from './report-query';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const NO_DAY = { message: 'must be a calendar day such as 2026-03-01' };

/** Query of `GET /api/v1/calendar` and `/api/v1/calendar.ics`; days of the store's calendar, `to` exclusive. */
export class CalendarQuery extends ReportQuery {
  @IsOptional() @Matches(DAY, NO_DAY) from?: string;
  @IsOptional() @Matches(DAY, NO_DAY) to?: string;
}

const COLUMNS = ['date', 'kind', 'campaign', 'time', 'timezone', 'state', 'messages'] as const;

/** What goes out when. */
@ApiTags('calendar')
@Controller('api/v1')
export class CalendarController {
  constructor(private readonly reports: CalendarReports) {}

  /**
   * Every day from `from` (default today) up to but without `to` (default four weeks later) with its announcements and
   * the mails to be expected; `forecastBasis` says what the forecast rests on.
   */
  @Get('calendar')
  @Roles(...READERS)
  async calendar(
    @Query() query: CalendarQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CalendarReport | string> {
    const report = await this.reports.calendar(questionOf(query));
    if (query.format !== 'csv') return report;
    return csvAnswer(report, { header: COLUMNS, rows: rowsOf(report) }, reply);
  }

  /** The same as iCalendar (RFC 5545), by default from four weeks ago to nine weeks ahead. */
  @Get('calendar.ics')
  @Roles(...READERS)
  async feed(@Query() query: CalendarQuery, @Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    const feed = await this.reports.feed(questionOf(query));
    void reply.header('content-type', 'text/calendar; charset=utf-8');
    return feed;
  }
}

function questionOf({ from, to, asOf }: CalendarQuery): CalendarQuestion {
  return {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(asOf === undefined ? {} : { asOf: new Date(asOf) }),
  };
}

function rowsOf({ days }: CalendarReport): Array<Array<string | number | null>> {
  return days.flatMap(({ date, announcements, forecast }) => [
    ...announcements.map((one) => [date, 'announcement', one.campaign, one.time, one.timezone, one.state, null]),
    ...forecast.map((one) => [date, 'forecast', one.campaign, null, null, null, one.messages]),
  ]);
}
