import { Injectable } from '@nestjs/common';
import { Refusal } from '../kernel/errors';
import { minorDigits } from '../kernel/money';
import { AppConfig } from '../platform/config/config';
import { CampaignQuestions, type ReportWindow } from './campaign-question';
import { programCounts, reportedPeriods, type ReportedPeriod } from './data/program-lift.sql';
import { ReportsDatabase } from './data/reports-database';
import { type ArmRow, type CountedArms, countedArms } from './domain/arm-totals';
import { type LiftFigures, liftFigures } from './domain/lift-figures';
import { LONGEST_LIFT_WINDOW_DAYS } from './domain/report-window';
import type { TrackingGap } from './domain/tracking-gap';
import { undefinedBecause } from './domain/undefined-because';
import type { ReportHead } from './reports.types';
import { SourceActivities } from './source-activity';
import { watchedSilences } from './watched-silences';

export interface ProgramLiftQuestion {
  asOf?: Date | undefined;
  window?: string | undefined;
  /** Number of a period; default the latest. */
  period?: number | undefined;
}

/** A period of the global holdout and its lift in short. */
export interface PeriodSummary {
  number: number;
  share: number;
  startedAt: string;
  /** Null: in force. */
  endedAt: string | null;
  customers: { treatment: number; holdout: number };
  absolute: LiftFigures['lift']['absolute'];
  ci: LiftFigures['lift']['ci'];
  revenuePerCustomer: LiftFigures['revenueLift']['perCustomer'];
  verdict: LiftFigures['verdict'];
}

/** `GET reports/program-lift`: as the lift of a campaign, `holdout` being the global holdout and `treatment` everyone else. */
export interface ProgramLiftReport extends ReportHead, LiftFigures {
  /** From the draw. */
  window: string;
  period: Pick<PeriodSummary, 'number' | 'share' | 'startedAt' | 'endedAt'> | null;
  overRefunded: number;
  trackingGaps: TrackingGap[];
  /** The latest first. */
  periods: PeriodSummary[];
  undefinedBecause: Record<string, string>;
}

/** A period with what it came to. */
interface ReadPeriod {
  period: ReportedPeriod;
  arms: CountedArms;
  gaps: TrackingGap[];
  figures: LiftFigures;
}

const DEFAULT_WINDOW = 'P30D';
/** More periods than anybody compares. */
const MOST_PERIODS = 12;

/** What all campaigns together changed: the global holdout against everyone else, period by period. */
@Injectable()
export class ProgramLiftReports {
  private readonly minorUnits: number;
  private readonly zone: string;

  constructor(
    private readonly questions: CampaignQuestions,
    private readonly database: ReportsDatabase,
    private readonly sources: SourceActivities,
    config: AppConfig,
  ) {
    this.minorUnits = 10 ** minorDigits(config.store.currency);
    this.zone = config.store.timezone;
  }

  /** @throws Refusal 422 for a bad window, a period that never was, an instant to come. */
  async lift(question: ProgramLiftQuestion): Promise<ProgramLiftReport> {
    const asOf = this.questions.asOf({ ref: '', ...question });
    const window = this.questions.window({ ref: '', ...question }, DEFAULT_WINDOW, LONGEST_LIFT_WINDOW_DAYS);
    const all = await this.database.query<ReportedPeriod>(reportedPeriods(asOf, MOST_PERIODS));
    const { period: number = all[0]?.number } = question;
    const wanted = all.find((period) => period.number === number);
    if (question.period !== undefined && !wanted) {
      const message = `is none of the last ${MOST_PERIODS} periods of the global holdout`;
      throw Refusal.invalid([{ path: 'period', message }]);
    }
    const read: ReadPeriod[] = [];
    for (const period of all) read.push(await this.read(period, window, asOf));
    const found = read.find(({ period }) => period === wanted);
    const { arms, gaps, figures } = found ?? this.nothing(window, asOf);
    const { treatment, holdout } = arms;
    const otherCurrency = treatment.otherCurrency + holdout.otherCurrency;
    const periods = read.map(summaryOf);
    return {
      window: window.text,
      period: found ? identity(found.period) : null,
      ...(await this.questions.head(asOf, { merged: 0, periodEnded: 0, ...arms.excluded, otherCurrency })),
      ...figures,
      overRefunded: (treatment.overRefunded + holdout.overRefunded) / this.minorUnits,
      trackingGaps: gaps,
      periods,
      undefinedBecause: {
        ...(found ? undefinedBecause(figures) : forWantOfAPeriod(figures)),
        ...Object.fromEntries(periods.flatMap(whyUnknown)),
      },
    };
  }

  private async read(period: ReportedPeriod, window: ReportWindow, asOf: Date): Promise<ReadPeriod> {
    const scope = { periodId: period.id, windowMs: window.ms, asOf };
    const arms = countedArms(await this.database.query<ArmRow>(programCounts(scope)), scope);
    const gaps = await watchedSilences(this.sources, arms.spans, this.zone);
    return { period, arms, gaps, figures: this.figures(period, arms, gaps, window, asOf) };
  }

  private nothing(window: ReportWindow, asOf: Date): Omit<ReadPeriod, 'period'> {
    const arms = countedArms([], { windowMs: window.ms, asOf });
    return { arms, gaps: [], figures: this.figures(null, arms, [], window, asOf) };
  }

  private figures(
    period: ReportedPeriod | null,
    { treatment, holdout, lastStart }: CountedArms,
    gaps: readonly TrackingGap[],
    window: ReportWindow,
    asOf: Date,
  ): LiftFigures {
    return liftFigures({
      ...{ treatment, holdout, asOf, minorUnits: this.minorUnits, windowMs: window.ms },
      holdoutShare: period?.share ?? 0,
      plannedCustomers: undefined,
      entriesOpen: period !== null && period.endedAt === null,
      readAt: null,
      trackingGap: gaps.length > 0,
      lastStart,
    });
  }
}

function identity({ number, share, startedAt, endedAt }: ReportedPeriod): NonNullable<ProgramLiftReport['period']> {
  return { number, share, startedAt: startedAt.toISOString(), endedAt: endedAt?.toISOString() ?? null };
}

function summaryOf({ period, figures }: ReadPeriod): PeriodSummary {
  const { arms, lift, revenueLift, verdict } = figures;
  return {
    ...identity(period),
    customers: { treatment: arms.treatment.customers, holdout: arms.holdout.customers },
    absolute: lift.absolute,
    ci: lift.ci,
    revenuePerCustomer: revenueLift.perCustomer,
    verdict,
  };
}

/** A period is compared as soon as somebody is mature in both arms. */
function whyUnknown({ absolute, ci, revenuePerCustomer }: PeriodSummary, i: number): Array<[string, string]> {
  const unknown = Object.entries({ absolute, ci, revenuePerCustomer }).filter(([, value]) => value === null);
  return unknown.map(([name]) => [`periods[${i}].${name}`, 'no_mature_customers']);
}

function forWantOfAPeriod(figures: LiftFigures): Record<string, string> {
  const paths = ['period', ...Object.keys(undefinedBecause(figures))];
  return Object.fromEntries(paths.map((path) => [path, 'no_global_holdout']));
}
