import { Injectable } from '@nestjs/common';
import { OutcomeProgress } from '../attribution/outcome-progress';
import type { CampaignDefinition } from '../campaigns/campaign.types';
import { Refusal } from '../kernel/errors';
import { reportedCampaign, type ReportedCampaign } from './data/campaign.sql';
import { ReportsDatabase } from './data/reports-database';
import { reportWindowMs } from './domain/report-window';
import { ReportHeads } from './report-heads';
import type { ReportHead } from './reports.types';

/** What is asked of a report on a campaign, as text from outside. */
export interface CampaignQuestion {
  ref: string;
  asOf?: Date | undefined;
  window?: string | undefined;
  epoch?: number | undefined;
}

/** A window of a report: as it was written, and exactly. */
export interface ReportWindow {
  text: string;
  ms: number;
}

/** The measured window where the definition names none. */
const DEFAULT_WINDOW = 'P30D';

/** The parts that all reports on a campaign share: the campaign, the instant, the window, the head of the answer. */
@Injectable()
export class CampaignQuestions {
  constructor(
    private readonly database: ReportsDatabase,
    private readonly heads: ReportHeads,
    private readonly outcomes: OutcomeProgress,
  ) {}

  /**
   * The campaign with the definition of the epoch asked for, once the orders known by now have been matched.
   * @throws Refusal 404, or 422 for an epoch that never was.
   */
  async campaign(question: CampaignQuestion): Promise<ReportedCampaign & { definition: CampaignDefinition }> {
    const [campaign] = await this.database.query<ReportedCampaign>(reportedCampaign(question.ref, question.epoch));
    if (!campaign) throw Refusal.notFound(`The campaign ${question.ref}`);
    await this.outcomes.caughtUp();
    const { definition } = campaign;
    if (!definition) throw Refusal.invalid([{ path: 'epoch', message: 'is not an epoch of this campaign' }]);
    return { ...campaign, definition };
  }

  /** The instant that the report is about, default now. @throws Refusal 422 for one that has not come yet. */
  asOf(question: CampaignQuestion): Date {
    return this.heads.asOf(question.asOf);
  }

  /** The window asked for, else the fallback. @throws Refusal 422 when it is none or longer than `longestDays`. */
  window(question: CampaignQuestion, fallback: string, longestDays: number): ReportWindow {
    const text = question.window ?? fallback;
    const ms = reportWindowMs(text, longestDays);
    if (ms === undefined) {
      const message = `must be hours, days or weeks such as P30D, at most P${longestDays}D (months have no exact length)`;
      throw Refusal.invalid([{ path: 'window', message }]);
    }
    return { text, ms };
  }

  head(asOf: Date, excluded: Record<string, number>): Promise<ReportHead> {
    return this.heads.head(asOf, excluded);
  }
}

/** The window that was fixed for a campaign before anything was read: of its measure, else its goal, else P30D. */
export function fixedWindow({ measure, goal }: CampaignDefinition): string {
  return measure?.window ?? goal?.within ?? DEFAULT_WINDOW;
}
