import { Injectable } from '@nestjs/common';
import { type Fault, Refusal } from '../kernel/errors';
import { addDays, isDate, localDate } from '../kernel/local-time';
import { minorDigits } from '../kernel/money';
import { AppConfig } from '../platform/config/config';
import { ReportsDatabase } from './data/reports-database';
import { firstOrderAt } from './data/retention/first-order.sql';
import { byCategory, byFirstProduct, bySource, type Grouping, type GroupingName } from './data/retention/groups.sql';
import { type PeriodScope } from './data/retention/period-scope';
import { type CalendarPeriod, calendarPeriods, type Interval } from './domain/calendar-periods';
import { type Cohort, type CohortRow, cohortTable } from './domain/cohort-table';
import { scanCohorts } from './histories/cohort-scan';
import { OrderHistories } from './histories/order-histories';
import { ReportHeads } from './report-heads';
import type { ReportHead } from './reports.types';

export const COHORT_GROUPINGS = ['source', 'category', 'product'] as const satisfies GroupingName[];
export type CohortGrouping = (typeof COHORT_GROUPINGS)[number];

/** `GET reports/cohorts`. Shares are of 1, money in the store's currency. */
export interface CohortReport extends ReportHead {
  interval: Interval;
  by: CohortGrouping | null;
  cohorts: Cohort[];
  /** With `by`: the same of each group, the one with most customers first. */
  groups?: Array<{ name: string; customers: number; cohorts: Cohort[] }>;
  /** With `by`: how many groups more there are than are shown. */
  groupsLeftOut?: number;
}

export interface CohortQuestion {
  interval?: Interval;
  /** Days of the store's calendar: cohorts that have a day in [from, to). Default all, at most the last 120. */
  from?: string;
  to?: string;
  by?: CohortGrouping;
  /** Default now. */
  asOf?: Date;
}

const MOST_PERIODS = 120;
const MOST_GROUPS = 20;

const GROUPINGS: Record<CohortGrouping, Grouping> = {
  source: bySource,
  category: byCategory,
  product: byFirstProduct,
};

/** What became of the people who came in one period, period by period. */
@Injectable()
export class CohortReports {
  constructor(
    private readonly database: ReportsDatabase,
    private readonly histories: OrderHistories,
    private readonly heads: ReportHeads,
    private readonly config: AppConfig,
  ) {}

  /**
   * Cohorts by the calendar period of the first counting order, up to the period of the report.
   *
   * @throws Refusal (422) for days that do not exist or are in the wrong order, for too many periods, for an `asOf` to come.
   */
  async cohorts({ interval = 'month', from, to, by, asOf: wish }: CohortQuestion): Promise<CohortReport> {
    const asOf = this.heads.asOf(wish);
    const zone = this.config.store.timezone;
    checkDays(from, to);
    const periods = await this.periods(from, interval, asOf);
    const shown = periods.filter((period) => to === undefined || period.from < to).length;
    const scope: PeriodScope = { periods, asOf, zone, grouping: by && GROUPINGS[by] };
    const { all: rows, grouped } = await scanCohorts(this.histories, scope);
    const table = (own: readonly CohortRow[]): Cohort[] =>
      cohortTable(own, periods, asOf, 10 ** minorDigits(this.config.store.currency)).slice(0, shown);
    return {
      ...{ interval, by: by ?? null, cohorts: table(rows) },
      ...(grouped ? largest(grouped, table) : {}),
      ...(await this.heads.head(asOf, { otherCurrency: rows.reduce((sum, row) => sum + row.otherCurrency, 0) })),
    };
  }

  /** All from the one asked for, or from the first order's, to that of the report. */
  private async periods(from: string | undefined, interval: Interval, asOf: Date): Promise<CalendarPeriod[]> {
    const zone = this.config.store.timezone;
    const today = localDate(asOf, zone);
    if (from !== undefined) {
      const periods = calendarPeriods(from, addDays(today, 1), interval, zone);
      if (periods.length <= MOST_PERIODS) return periods;
      const message = `makes ${periods.length} periods; ${MOST_PERIODS} at most`;
      throw Refusal.invalid([{ path: 'from', message }]);
    }
    const [first] = await this.database.query<{ at: Date | null }>(firstOrderAt(asOf));
    if (!first?.at) return [];
    return calendarPeriods(localDate(first.at, zone), addDays(today, 1), interval, zone).slice(-MOST_PERIODS);
  }
}

/** The groups with most customers. */
function largest(
  rows: readonly CohortRow[],
  table: (own: readonly CohortRow[]) => Cohort[],
): Pick<CohortReport, 'groups' | 'groupsLeftOut'> {
  const byName = new Map<string, CohortRow[]>();
  for (const row of rows) {
    const own = byName.get(row.grp ?? '') ?? [];
    own.push(row);
    byName.set(row.grp ?? '', own);
  }
  const groups = [...byName].map(([name, own]) => ({
    ...{ name, own },
    customers: own.reduce((sum, row) => sum + row.customers, 0),
  }));
  groups.sort((a, b) => b.customers - a.customers || (a.name < b.name ? -1 : 1));
  return {
    groups: groups.slice(0, MOST_GROUPS).map(({ name, customers, own }) => ({ name, customers, cohorts: table(own) })),
    groupsLeftOut: Math.max(0, groups.length - MOST_GROUPS),
  };
}

function checkDays(from: string | undefined, to: string | undefined): void {
  const faults: Fault[] = Object.entries({ from, to })
    .filter(([, day]) => day !== undefined && !isDate(day))
    .map(([path]) => ({ path, message: 'must be a calendar day such as 2026-03-01' }));
  if (faults.length === 0 && from !== undefined && to !== undefined && from >= to) {
    faults.push({ path: 'to', message: 'must be later than from' });
  }
  if (faults.length > 0) throw Refusal.invalid(faults);
}
