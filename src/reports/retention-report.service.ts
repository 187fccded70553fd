import { Injectable } from '@nestjs/common';
import { Refusal } from '../kernel/errors';
import { addDays, startOfDay } from '../kernel/local-time';
import { minorDigits } from '../kernel/money';
import { AppConfig } from '../platform/config/config';
import { ReportsDatabase } from './data/reports-database';
import { engagedPeople, mailablePeople, promoterCounts } from './data/retention/engagement.sql';
import { byCategory, byCohort, bySource, byStage, type Grouping, type GroupingName } from './data/retention/groups.sql';
import { type PeriodScope } from './data/retention/period-scope';
import { type CalendarPeriod, type Interval, periodBefore } from './domain/calendar-periods';
import { groupsOf, retentionCounts, type RetentionRows, waitsOf } from './domain/retention-counts';
import {
  type RetentionCounts,
  type RetentionFigures,
  retentionFigures,
  retentionUndefinedBecause,
} from './domain/retention-figures';
import { type SecondOrderTime, secondOrderTime } from './domain/second-order-time';
import { DoneByPeriod, engagementCounts } from './histories/domain/engagement-count';
import { type Groups, OrderHistories } from './histories/order-histories';
import { scanRetention } from './histories/retention-scan';
import type { EngagementRow, PromoterRow } from './domain/retention-rows';
import { periodsAsked } from './periods-asked';
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

/** The figures of all people, or of one group of them. */
export interface RetentionTable {
  periods: RetentionPeriod[];
  /** Of everybody who ordered before `to`, each observed until then. */
  secondOrder: SecondOrderTime & { undefinedBecause: Record<string, string> };
}

/** `GET reports/retention`. */
export interface RetentionReport extends ReportHead, RetentionTable {
  interval: Interval;
  basis: RetentionBasis;
  by: RetentionGrouping | null;
  /** With `by`: the same of each group, in the order of their names. */
  groups?: Array<{ name: string } & RetentionTable>;
}

/** Whether people are kept who ordered in the period, or who were not lapsed at its bounds. */
export const RETENTION_BASES = ['activity', 'stage'] as const;
export type RetentionBasis = (typeof RETENTION_BASES)[number];

export const RETENTION_GROUPINGS = ['stage', 'cohort', 'source', 'category'] as const satisfies GroupingName[];
export type RetentionGrouping = (typeof RETENTION_GROUPINGS)[number];

export interface RetentionQuestion {
  /** Days of the store's calendar, `to` exclusive. */
  from: string;
  to: string;
  interval?: Interval;
  basis?: RetentionBasis;
  by?: RetentionGrouping;
  /** What has to be new in an order for the upsell ratio; default the product. */
  upsell?: 'product' | 'category';
  /** Default now. */
  asOf?: Date;
}

/** A table of more groups is for another tool; the cohorts have their own report. */
const MOST_GROUPS = 100;

/** Who stayed, who came back and what they spent, by calendar periods of the store. */
@Injectable()
export class RetentionReports {
  constructor(
    private readonly database: ReportsDatabase,
    private readonly histories: OrderHistories,
    private readonly heads: ReportHeads,
    private readonly config: AppConfig,
  ) {}

  /**
   * The calendar periods that have a day in [from, to), by the definitions of retention, by the facts as known now.
   *
   * @throws Refusal (422) for days that do not exist or are in the wrong order, and for too many periods or groups; for an
   * `asOf` to come.
   */
  async retention(question: RetentionQuestion): Promise<RetentionReport> {
    const { from, to, interval = 'quarter', basis = 'activity', by, upsell = 'product' } = question;
    const asOf = this.heads.asOf(question.asOf);
    const zone = this.config.store.timezone;
    const asked = periodsAsked(from, to, interval, zone);
    const [first] = asked;
    if (!first) throw new Error('no period between two days');
    const scope: PeriodScope = { periods: [periodBefore(first, interval, zone), ...asked], asOf, zone };
    const broken: PeriodScope | undefined = by && { ...scope, grouping: this.grouping(by, first, interval, asOf) };
    const [orders, people, done, promoters, promotersByGroup] = await Promise.all([
      scanRetention(this.histories, broken ?? scope, { stages: basis === 'stage', upsell, mostGroups: MOST_GROUPS }),
      this.database.heavyBytes(mailablePeople(scope)),
      this.done(scope),
      this.database.heavy<PromoterRow>(promoterCounts(scope)),
      broken && this.database.heavy<PromoterRow>(promoterCounts(broken)),
    ]);
    const { firstOrders, groups: asGroups } = orders;
    const engaged = engagementCounts({ people, firstOrders, members: asGroups?.members }, done);
    const engagement = engaged.all.map((row) => ({ grp: null, ...row }));
    const all = { ...orders.all, engagement, promoters, stages: basis === 'stage' ? orders.all.stages : null };
    const grouped = orders.grouped && {
      ...orders.grouped,
      engagement: engagementByGroup(engaged.groups, asGroups),
      promoters: promotersByGroup ?? [],
      stages: basis === 'stage' ? orders.grouped.stages : null,
    };
    const counts = retentionCounts(all, null, scope.periods.length);
    const names = grouped ? groupsOf(grouped) : [];
    const groups = Math.max(names.length, asGroups?.names.length ?? 0);
    if (groups > MOST_GROUPS) {
      throw Refusal.invalid([{ path: 'by', message: `makes ${groups} groups; ${MOST_GROUPS} at most` }]);
    }
    return {
      ...{ interval, basis, by: by ?? null },
      ...this.table(all, null, asked, asOf),
      ...(grouped
        ? { groups: names.map((name) => ({ name: name ?? '', ...this.table(grouped, name, asked, asOf) })) }
        : {}),
      ...(await this.heads.head(asOf, { otherCurrency: counts.reduce((sum, one) => sum + one.otherCurrency, 0) })),
    };
  }

  /** Worked out while the orders are still read. */
  private async done(scope: PeriodScope): Promise<DoneByPeriod> {
    return new DoneByPeriod(await this.database.heavyBytes(engagedPeople(scope)), scope.periods.length);
  }

  private grouping(by: RetentionGrouping, first: CalendarPeriod, interval: Interval, asOf: Date): Grouping {
    switch (by) {
      case 'stage': {
        const end = startOfDay(first.from, this.config.store.timezone);
        const known = new Date(Math.min(end.getTime() - 1, asOf.getTime()));
        return byStage({ day: addDays(first.from, -1), end, asOf: known }, this.config.store.timezone);
      }
      case 'cohort':
        return byCohort(interval);
      case 'source':
        return bySource;
      case 'category':
        return byCategory;
      default:
        return by satisfies never;
    }
  }

  private table(rows: RetentionRows, group: string | null, asked: CalendarPeriod[], asOf: Date): RetentionTable {
    const time = secondOrderTime(waitsOf(rows, group));
    const counts = retentionCounts(rows, group, asked.length + 1);
    return {
      periods: asked.flatMap((period, i) => {
        const own = counts[i];
        return own ? [this.period(period, own, asOf)] : [];
      }),
      secondOrder: { ...time, undefinedBecause: secondOrderUndefinedBecause(time) },
    };
  }

  private period(period: CalendarPeriod, counts: RetentionCounts, asOf: Date): RetentionPeriod {
    const figures = retentionFigures(counts);
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

function engagementByGroup(
  counts: ReadonlyMap<number, Array<Omit<EngagementRow, 'grp'>>>,
  groups: Groups | undefined,
): EngagementRow[] {
  return [...counts].flatMap(([place, rows]) => rows.map((row) => ({ grp: groups?.names[place] ?? '', ...row })));
}

function secondOrderUndefinedBecause({
  customers,
  medianDays,
  returnedWithin,
}: SecondOrderTime): Record<string, string> {
  const within = Object.entries(returnedWithin).filter(([, share]) => share === null);
  return {
    ...(medianDays === null ? { medianDays: customers === 0 ? 'no_customers' : 'under_half_returned' } : {}),
    ...Object.fromEntries(
      within.map(([name]) => [`returnedWithin.${name}`, customers === 0 ? 'no_customers' : 'not_observed_so_long']),
    ),
  };
}
