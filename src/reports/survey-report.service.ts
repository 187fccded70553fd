import { Injectable } from '@nestjs/common';
import { Refusal } from '../kernel/errors';
import { addDays, localDate, startOfDay } from '../kernel/local-time';
import { AppConfig } from '../platform/config/config';
import { ReportsDatabase } from './data/reports-database';
import {
  type AnswerCountRow,
  answerCounts,
  answerCountsByPeriod,
  type AnswerWindow,
  type AskedRow,
  askedMails,
  firstAnswer,
  type PeriodCountRow,
  surveyByRef,
  type SurveyRow,
} from './data/survey.sql';
import { type CalendarPeriod, calendarPeriods, type Interval } from './domain/calendar-periods';
import type { Interval as Limits } from './domain/proportion-interval';
import { checkDays } from './domain/report-days';
import {
  type AnswerCount,
  meanInterval,
  noInterval,
  type ResponseRate,
  responseRate,
  type SurveyAsked,
  type SurveyFigures,
  surveyFigures,
  surveyUndefinedBecause,
} from './domain/survey-figures';
import { ReportHeads } from './report-heads';
import type { ReportHead } from './reports.types';

/** One group of a dimension, its largest first; `name` is a key, an external id, or the first day of a period. */
export type SurveyGroup = { name: string } & SurveyFigures;

/** `GET reports/surveys/:ref`. Rates are of 1, intervals at 95 %, an NPS from -100 to 100. */
export interface SurveyReport extends ReportHead, SurveyFigures, ResponseRate {
  survey: string;
  kind: SurveyRow['kind'];
  scale: SurveyRow['scale'];
  from: string | null;
  to: string | null;
  /** Of `loyalty`: each of its questions by itself. */
  items: Record<string, { mean: number | null; ci: Limits | null }> | null;
  /** Answers with a comment or a word on the follow-up question, among the answered mails. */
  comments: number;
  by: {
    campaign: Array<SurveyGroup & Partial<ResponseRate>>;
    segment: SurveyGroup[];
    product: SurveyGroup[];
    time: Array<SurveyGroup & { from: string; to: string; complete: boolean }>;
  };
  note: string;
  undefinedBecause: Record<string, string>;
}

export interface SurveyQuestion {
  ref: string;
  /** Days of the store's calendar, `to` exclusive; default everything up to `asOf`. */
  from?: string;
  to?: string;
  interval?: Interval;
  asOf?: Date;
}

const MOST_PERIODS = 120;
const MOST_PRODUCTS = 100;
const ITEMS = ['recommend', 'buyAgain', 'tryOthers'] as const;

/** What was answered to a survey, by whom, and how far it speaks for those who said nothing. */
@Injectable()
export class SurveyReports {
  constructor(
    private readonly database: ReportsDatabase,
    private readonly heads: ReportHeads,
    private readonly config: AppConfig,
  ) {}

  /**
   * The figures of a survey by `definitions.md`, of the last answer of each person in the period.
   *
   * @throws Refusal (404) without such a survey, (422) for days that do not exist or are in the wrong order.
   */
  async survey({ ref, from, to, interval = 'month', asOf: wish }: SurveyQuestion): Promise<SurveyReport> {
    const asOf = this.heads.asOf(wish);
    const zone = this.config.store.timezone;
    checkDays(from, to);
    const [row] = await this.database.query<SurveyRow>(surveyByRef(ref));
    if (!row) throw Refusal.notFound(`The survey ${ref}`);
    const day = (text: string | undefined): Date | null => (text === undefined ? null : startOfDay(text, zone));
    const window: AnswerWindow = { surveyId: row.id, from: day(from), to: day(to), asOf };
    const asked: SurveyAsked = { ...row, choices: (row.choices ?? []).map(({ value }) => value) };
    const counts = await this.database.query<AnswerCountRow>(answerCounts(window));
    const mails = await this.database.query<AskedRow>(askedMails(window));
    const figures = surveyFigures(asked, of(counts, 'all'));
    const rate = rateOf(mails);
    const items = row.kind === 'loyalty' ? itemsOf(counts) : null;
    const by: SurveyReport['by'] = {
      campaign: byCampaign(groups(asked, counts, 'campaign'), mails),
      segment: groups(asked, counts, 'segment'),
      product: groups(asked, counts, 'product').slice(0, MOST_PRODUCTS),
      time: await this.byTime(asked, window, interval),
    };
    return {
      ...{ survey: row.key, kind: row.kind, scale: row.scale, from: from ?? null, to: to ?? null },
      ...figures,
      ...rate,
      comments: mails.reduce((sum, one) => sum + one.comments, 0),
      items,
      by,
      note: noteOn(rate),
      undefinedBecause: {
        ...surveyUndefinedBecause(asked, figures),
        ...rateUndefinedBecause(rate),
        ...(items ? itemsUndefinedBecause(items, counts) : { items: 'only_of_loyalty' }),
        ...groupsUndefinedBecause(asked, by),
      },
      ...(await this.heads.head(asOf, {})),
    };
  }

  private async byTime(
    asked: SurveyAsked,
    window: AnswerWindow,
    interval: Interval,
  ): Promise<SurveyReport['by']['time']> {
    const zone = this.config.store.timezone;
    const [first] = await this.database.query<{ at: Date | null }>(firstAnswer(window.surveyId));
    const start = window.from ?? first?.at;
    if (!start) return [];
    const last =
      window.to && window.to <= window.asOf ? localDate(window.to, zone) : addDays(localDate(window.asOf, zone), 1);
    const periods = calendarPeriods(localDate(start, zone), last, interval, zone);
    if (periods.length > MOST_PERIODS) {
      const message = `makes ${periods.length} periods; ${MOST_PERIODS} at most`;
      throw Refusal.invalid([{ path: 'interval', message }]);
    }
    const rows = await this.database.query<PeriodCountRow>(answerCountsByPeriod(window, periods));
    return periods.map(({ from, to, end }: CalendarPeriod, i) => ({
      ...{ name: from, from, to, complete: end <= window.asOf },
      ...surveyFigures(
        asked,
        rows.filter(({ period }) => period === i),
      ),
    }));
  }
}

function of(rows: readonly AnswerCountRow[], dimension: AnswerCountRow['dimension']): AnswerCountRow[] {
  return rows.filter((row) => row.dimension === dimension);
}

function groups(
  asked: SurveyAsked,
  rows: readonly AnswerCountRow[],
  dimension: AnswerCountRow['dimension'],
): SurveyGroup[] {
  const found = new Map<string, AnswerCount[]>();
  for (const row of of(rows, dimension)) {
    const known = found.get(row.name);
    if (known) known.push(row);
    else found.set(row.name, [row]);
  }
  return [...found]
    .map(([name, counts]) => ({ name, ...surveyFigures(asked, counts) }))
    .sort((a, b) => b.responses - a.responses || (a.name < b.name ? -1 : 1));
}

function itemsOf(rows: readonly AnswerCountRow[]): SurveyReport['items'] {
  return Object.fromEntries(
    ITEMS.map((item) => [item, meanInterval(of(rows, item).map(({ value, n }) => ({ score: Number(value), n })))]),
  );
}

/** Each with the response rate of its own mails. */
function byCampaign(answered: readonly SurveyGroup[], mails: readonly AskedRow[]): SurveyReport['by']['campaign'] {
  const rates = new Map(mails.map((row) => [row.campaign, rateOf([row])]));
  return answered.map((group) => ({ ...group, ...rates.get(group.name) }));
}

function rateOf(mails: readonly AskedRow[]): ResponseRate {
  const delivered = mails.reduce((sum, one) => sum + one.delivered, 0);
  return responseRate(
    delivered,
    mails.reduce((sum, one) => sum + one.answered, 0),
  );
}

function rateUndefinedBecause(rate: Partial<ResponseRate>): Record<string, string> {
  if (rate.responseRate !== null) return {};
  return { responseRate: 'nothing_delivered', responseRateCi: 'nothing_delivered' };
}

function itemsUndefinedBecause(
  items: NonNullable<SurveyReport['items']>,
  rows: readonly AnswerCountRow[],
): Record<string, string> {
  return Object.fromEntries(
    ITEMS.flatMap((item) => {
      const why = noInterval(of(rows, item).reduce((sum, { n }) => sum + n, 0));
      const { mean = null, ci = null } = items[item] ?? {};
      return [
        ...(mean === null ? [[`items.${item}.mean`, why]] : []),
        ...(ci === null ? [[`items.${item}.ci`, why]] : []),
      ];
    }),
  ) as Record<string, string>;
}

/** Of each group by itself: `by.time[2].ci`. */
function groupsUndefinedBecause(asked: SurveyAsked, by: SurveyReport['by']): Record<string, string> {
  const reasons: Record<string, string> = {};
  for (const [dimension, list] of Object.entries(by) as Array<[string, SurveyReport['by']['campaign']]>) {
    list.forEach((group, i) => {
      const own = { ...surveyUndefinedBecause(asked, group), ...rateUndefinedBecause(group) };
      for (const [name, reason] of Object.entries(own)) reasons[`by.${dimension}[${i}].${name}`] = reason;
    });
  }
  return reasons;
}

/** A word on what the figures cannot say. */
function noteOn({ responseRate: rate, delivered, answered }: ResponseRate): string {
  const bias =
    'Who answers is not who was asked: the very content and the very discontent answer more often, and those who open ' +
    'no mails not at all. The interval is about chance alone, not about this. Compare periods and groups whose response ' +
    'rates are alike.';
  if (rate === null) return bias;
  const percent = (100 * rate).toFixed(1);
  return `${answered} of ${delivered} delivered mails were answered (${percent} %). ${bias}`;
}
