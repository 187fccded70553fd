import { Injectable } from '@nestjs/common';
import { type Fault, Refusal } from '../kernel/errors';
import { isDate } from '../kernel/local-time';
import { minorDigits } from '../kernel/money';
import { AppConfig } from '../platform/config/config';
import { ReportsDatabase } from './data/reports-database';
import { retentionCounts, type RetentionRow } from './data/retention.sql';
import { type CalendarPeriod, calendarPeriods, type Interval, periodBefore } from './domain/calendar-periods';
import { type RetentionFigures, retentionFigures, retentionUndefinedBecause } from './domain/retention-figures';
import { ReportHeads } from './report-heads';
import type { ReportHead } from './reports.types';

/** One period: days `YYYY-MM-DD`, `to` exclusive; money in the store's currency. */
export interface RetentionPeriod extends RetentionFigures {
  from: string;
  to: string;
  /** Whether the whole period is known: it ended by `asOf`. */
  complete: boolean;
  /** Why a figure is null, by its name. */
  undefinedBecause: Record<string, string>;
}

/** `GET reports/retention`. */
export interface RetentionReport extends ReportHead {
  interval: Interval;
  periods: RetentionPeriod[];
}

export interface RetentionQuestion {
  /** Days of the store's calendar, `to` exclusive. */
  from: string;
  to: string;
  interval?: Interval;
  /** Default now. */
  asOf?: Date;
}

/** More periods would be a table that nobody reads and a query that nobody waits for. */
const MOST_PERIODS = 120;

/** Who stayed, who came back and what they spent, by calendar periods of the store. */
@Injectable()
export class RetentionReports {
  constructor(
    private readonly database: ReportsDatabase,
    private readonly heads: ReportHeads,
    private readonly config: AppConfig,
  ) {}

  /**
   * The calendar periods that have a day in [from, to), by the definitions of retention, by the facts as known now.
   *
   * @throws Refusal (422) for days that do not exist or are in the wrong order, and for too many periods; for an `asOf` to come.
   */
  async retention({ from, to, interval = 'quarter', asOf: wish }: RetentionQuestion): Promise<RetentionReport> {
    const asOf = this.heads.asOf(wish);
    const zone = this.config.store.timezone;
    const periods = periodsOf(from, to, interval, zone);
    const [first] = periods;
    const rows = first
      ? await this.database.query<RetentionRow>(
          retentionCounts([periodBefore(first, interval, zone), ...periods], asOf, zone),
        )
      : [];
    return {
      interval,
      periods: rows.map((row, i) => this.period(periods[i], row, asOf)),
      ...(await this.heads.head(asOf, { otherCurrency: rows.reduce((sum, row) => sum + row.otherCurrency, 0) })),
    };
  }

  private period(period: CalendarPeriod | undefined, row: RetentionRow, asOf: Date): RetentionPeriod {
    if (!period) throw new Error('a period that nobody asked for');
    const figures = retentionFigures(row);
    const { averageOrderValue } = figures;
    return {
      from: period.from,
      to: period.to,
      complete: period.end <= asOf,
      ...figures,
      averageOrderValue:
        averageOrderValue === null ? null : averageOrderValue / 10 ** minorDigits(this.config.store.currency),
      undefinedBecause: retentionUndefinedBecause(figures),
    };
  }
}

function periodsOf(from: string, to: string, interval: Interval, zone: string): CalendarPeriod[] {
  const faults: Fault[] = Object.entries({ from, to })
    .filter(([, day]) => !isDate(day))
    .map(([path]) => ({ path, message: 'must be a calendar day such as 2026-03-01' }));
  if (faults.length === 0 && from >= to) faults.push({ path: 'to', message: 'must be later than from' });
  const periods = faults.length === 0 ? calendarPeriods(from, to, interval, zone) : [];
  if (periods.length > MOST_PERIODS) {
    faults.push({ path: 'to', message: `makes ${periods.length} periods; ${MOST_PERIODS} at most` });
  }
  if (faults.length > 0) throw Refusal.invalid(faults);
  return periods;
}
