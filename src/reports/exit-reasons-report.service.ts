import { Injectable } from '@nestjs/common';
import { startOfDay } from '../kernel/local-time';
import { AppConfig } from '../platform/config/config';
import {
  type ExitWindow,
  leftByCampaign,
  type LeftRow,
  newestWords,
  type ReasonRow,
  reasonsByCampaign,
  type WordsRow,
} from './data/exit-reasons.sql';
import { ReportsDatabase } from './data/reports-database';
import { type ExitFigures, exitFigures } from './domain/exit-figures';
import { checkDays } from './domain/report-days';
import { ReportHeads } from './report-heads';
import type { ReportHead } from './reports.types';

/** `GET reports/exit-reasons`. Rates are of 1, intervals at 95 %. */
export interface ExitReasonsReport extends ReportHead, ExitFigures {
  from: string | null;
  to: string | null;
  /** By the campaign whose mail people left by, largest first; `campaign` null: by none, such as a complaint. */
  campaigns: Array<{ campaign: string | null } & ExitFigures>;
  /** The newest words of people, without their names. */
  words: Array<Omit<WordsRow, 'at'> & { at: string }>;
  note: string;
  undefinedBecause: Record<string, string>;
}

export interface ExitQuestionOf {
  /** Days of the store's calendar, `to` exclusive; default everything up to `asOf`. */
  from?: string;
  to?: string;
  asOf?: Date;
}

const MOST_WORDS = 100;
const NOBODY_ASKED = 'nobody_asked';
const NOTE =
  'People are asked once, on the page that says that they have left, and need not answer; mailbox providers that ' +
  'unsubscribe for somebody are not asked. Reasons of those who answered say little of those who did not.';

/** Why people leave, in their own word, by campaign. */
@Injectable()
export class ExitReasonsReports {
  constructor(
    private readonly database: ReportsDatabase,
    private readonly heads: ReportHeads,
    private readonly config: AppConfig,
  ) {}

  /** @throws Refusal (422) for days that do not exist or are in the wrong order. */
  async exitReasons({ from, to, asOf: wish }: ExitQuestionOf): Promise<ExitReasonsReport> {
    const asOf = this.heads.asOf(wish);
    checkDays(from, to);
    const day = (text: string | undefined): Date | null =>
      text === undefined ? null : startOfDay(text, this.config.store.timezone);
    const window: ExitWindow = { from: day(from), to: day(to), asOf };
    const left = await this.database.query<LeftRow>(leftByCampaign(window));
    const reasons = await this.database.query<ReasonRow>(reasonsByCampaign(window));
    const words = await this.database.query<WordsRow>(newestWords(window, MOST_WORDS));
    const campaigns = [...new Set([...left, ...reasons].map(({ campaign }) => campaign))];
    const of = <Row extends { campaign: string | null }>(rows: readonly Row[], campaign: string | null): Row[] =>
      rows.filter((row) => row.campaign === campaign);
    const all = exitFigures(left, reasons);
    const byCampaign = campaigns
      .map((campaign) => ({ campaign, ...exitFigures(of(left, campaign), of(reasons, campaign)) }))
      .sort((a, b) => b.left - a.left || (a.campaign ?? '~').localeCompare(b.campaign ?? '~', 'en'));
    return {
      ...{ from: from ?? null, to: to ?? null },
      ...all,
      campaigns: byCampaign,
      words: words.map((row) => ({ ...row, at: row.at.toISOString() })),
      note: NOTE,
      undefinedBecause: {
        ...(all.answerRate === null ? { answerRate: NOBODY_ASKED } : {}),
        ...Object.fromEntries(
          byCampaign.flatMap(({ answerRate }, i) =>
            answerRate === null ? [[`campaigns[${i}].answerRate`, NOBODY_ASKED]] : [],
          ),
        ),
      },
      ...(await this.heads.head(asOf, {})),
    };
  }
}
