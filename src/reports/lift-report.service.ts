import { Injectable } from '@nestjs/common';
import type { CampaignDefinition } from '../campaigns/campaign.types';
import { Refusal } from '../kernel/errors';
import { isUuid } from '../kernel/ids';
import { minorDigits } from '../kernel/money';
import { AppConfig } from '../platform/config/config';
import { decodeCursor, type Page, pageOf } from '../platform/http/page';
import { CampaignQuestions, type CampaignQuestion, fixedWindow, type ReportWindow } from './campaign-question';
import type { ReportedCampaign } from './data/campaign.sql';
import type { LiftScope } from './data/lift-population.sql';
import { liftCounts, liftPeople, type LiftPersonRow, type LiftShare, middleOfCampaign } from './data/lift.sql';
import { type LiftRowDetail, liftRowDetails } from './data/lift-rows.sql';
import { ReportsDatabase } from './data/reports-database';
import { type ArmRow, countedArms } from './domain/arm-totals';
import { liftFigures } from './domain/lift-figures';
import { LONGEST_LIFT_WINDOW_DAYS, type LiftStart, reportWindowMs } from './domain/report-window';
import type { TrackingGap } from './domain/tracking-gap';
import { undefinedBecause } from './domain/undefined-because';
import type { LiftContext, LiftCounted } from './lift/lift-section';
import { readSections, type Wanted } from './lift/lift-sections';
import type { LiftReport, LiftRow } from './lift-report.types';
import type { ReportHead } from './reports.types';
import { SourceActivities } from './source-activity';
import { watchedSilences } from './watched-silences';

export interface LiftQuestion extends CampaignQuestion {
  start?: LiftStart | undefined;
  /** The heavy sections that are wanted; absent: all of them, where the campaign is not too large. */
  include?: Wanted;
}

/** A question made exact: what the statements need. */
interface Scoped {
  campaign: ReportedCampaign & { definition: CampaignDefinition };
  window: ReportWindow;
  scope: LiftScope;
}

const ROWS_PER_CHUNK = 5_000;

/** What a campaign changed, against its own control group. */
@Injectable()
export class LiftReports {
  private readonly minorUnits: number;

  constructor(
    private readonly questions: CampaignQuestions,
    private readonly database: ReportsDatabase,
    private readonly sources: SourceActivities,
    private readonly config: AppConfig,
  ) {
    this.minorUnits = 10 ** minorDigits(config.store.currency);
  }

  /**
   * The lift of a campaign by the rules of the page of definitions.
   *
   * @throws Refusal 404 for an unknown campaign; 422 for a window that has no exact length or is too long, an epoch that
   * never was, an instant to come.
   */
  async lift(question: LiftQuestion): Promise<LiftReport> {
    const { campaign, window, scope } = await this.scope(question);
    const counted = await this.counted(campaign, scope);
    const { treatment, holdout, excluded, figures } = counted;
    const { minorUnits, database } = this;
    const { store } = this.config;
    const context: LiftContext = { database, store, campaign, window, scope, minorUnits, counted };
    const { values, undefinedBecause: sectionReasons } = await readSections(context, question.include);
    const { cuped, ...sections } = values;
    const otherCurrency = treatment.otherCurrency + holdout.otherCurrency;
    return {
      campaign: campaign.key,
      window: window.text,
      exploratory: window.ms !== reportWindowMs(fixedWindow(campaign.definition), LONGEST_LIFT_WINDOW_DAYS),
      epoch: scope.epoch,
      start: scope.start,
      ...(await this.questions.head(scope.asOf, { merged: 0, globalHoldout: 0, ...excluded, otherCurrency })),
      ...figures,
      revenueLift: { ...figures.revenueLift, cuped },
      overRefunded: (treatment.overRefunded + holdout.overRefunded) / minorUnits,
      trackingGaps: counted.gaps,
      ...sections,
      undefinedBecause: { ...undefinedBecause(figures), ...sectionReasons },
    };
  }

  /** The head of the report alone, for those who set several campaigns side by side. @throws Refusal as {@link lift}. */
  async summary(question: LiftQuestion): Promise<LiftCounted & { window: string }> {
    const { campaign, window, scope } = await this.scope(question);
    return { ...(await this.counted(campaign, scope)), window: window.text };
  }

  /** The head of the report: the arms counted, and what follows from them. */
  private async counted(
    campaign: Scoped['campaign'],
    scope: LiftScope,
  ): Promise<LiftCounted & { gaps: TrackingGap[] }> {
    const arms = countedArms(await this.armRows(scope), scope);
    const { treatment, holdout } = arms;
    const gaps = await watchedSilences(this.sources, arms.spans, this.config.store.timezone);
    const { holdout: share, measure } = campaign.definition;
    const figures = liftFigures({
      treatment,
      holdout,
      holdoutShare: share,
      plannedCustomers: measure?.plannedCustomers,
      entriesOpen: entriesOpen(campaign, scope),
      readAt: measure?.readAt === undefined ? null : new Date(measure.readAt),
      trackingGap: gaps.length > 0,
      lastStart: arms.lastStart,
      windowMs: scope.windowMs,
      asOf: scope.asOf,
      minorUnits: this.minorUnits,
    });
    return { ...arms, figures, gaps };
  }

  /** The statements of two shares say the same as one of all: none of what they count is about two people. */
  private async armRows(scope: LiftScope): Promise<ArmRow[]> {
    const [middle] = await this.database.query<{ customerId: string | null }>(middleOfCampaign(scope.campaignId));
    const customerId = middle?.customerId ?? null;
    const shares: Array<LiftShare | null> =
      customerId === null ? [null] : (['below', 'from'] as const).map((side) => ({ side, customerId }));
    const rows = await Promise.all(shares.map((share) => this.database.heavy<ArmRow>(liftCounts(scope, share))));
    return rows.flat();
  }

  /** One row a person, newest first: from these rows every figure of {@link lift} can be computed again. */
  async rows(question: LiftQuestion, limit: number, cursor: string | undefined): Promise<Page<LiftRow> & ReportHead> {
    const { scope } = await this.scope(question);
    const beforeId = cursor === undefined ? null : readCursor(cursor);
    const people = await this.database.query<LiftPersonRow>(liftPeople(scope, beforeId, limit + 1));
    const details = await this.details(people, scope);
    const page = pageOf(
      people,
      limit,
      (person) => this.row(person, details, scope),
      (person) => [person.enrollmentId],
    );
    return { ...page, ...(await this.questions.head(scope.asOf, {})) };
  }

  /** All rows of {@link rows}, in chunks. The question is checked before the first chunk is asked for. */
  async allRows(question: LiftQuestion): Promise<{ head: ReportHead; chunks: AsyncIterable<LiftRow[]> }> {
    const { scope } = await this.scope(question);
    return { head: await this.questions.head(scope.asOf, {}), chunks: this.chunks(scope) };
  }

  private async *chunks(scope: LiftScope): AsyncGenerator<LiftRow[]> {
    let beforeId: string | null = null;
    for (;;) {
      const people: LiftPersonRow[] = await this.database.query(liftPeople(scope, beforeId, ROWS_PER_CHUNK));
      const details = await this.details(people, scope);
      yield people.map((person) => this.row(person, details, scope));
      if (people.length < ROWS_PER_CHUNK) return;
      beforeId = people.at(-1)?.enrollmentId ?? null;
    }
  }

  private async details(people: readonly LiftPersonRow[], scope: LiftScope): Promise<Map<string, LiftRowDetail>> {
    if (people.length === 0) return new Map();
    const rows = await this.database.query<LiftRowDetail>(liftRowDetails(people, scope.windowMs, scope.asOf));
    return new Map(rows.map((row) => [row.enrollmentId, row]));
  }

  private row(person: LiftPersonRow, details: ReadonlyMap<string, LiftRowDetail>, scope: LiftScope): LiftRow {
    const detail = details.get(person.enrollmentId);
    if (!detail) throw new Error(`enrollment ${person.enrollmentId} has no details`);
    const { attributes } = detail;
    return {
      customerId: person.customerId,
      enrollmentId: person.enrollmentId,
      arm: person.arm,
      epoch: scope.epoch,
      enteredAt: person.enteredAt.toISOString(),
      startedAt: person.startedAt.toISOString(),
      mature: person.mature,
      repurchased: person.orders > 0,
      orders: person.orders,
      revenue: person.revenue / this.minorUnits,
      otherCurrency: person.otherCurrency,
      armReason: detail.armReason,
      firstOrderAt: detail.firstOrderAt?.toISOString() ?? null,
      ordersBefore: detail.ordersBefore,
      revenueBefore: detail.revenueBefore / this.minorUnits,
      revenueYearBefore: detail.revenueYearBefore / this.minorUnits,
      sent: detail.sent,
      couponCost: detail.couponCost / this.minorUnits,
      otherMessages: detail.otherMessages,
      unsubscribed: detail.unsubscribed,
      complained: detail.complained,
      stage: text(attributes.stage),
      locale: text(attributes.locale),
      tenureDays: typeof attributes.tenureDays === 'number' ? attributes.tenureDays : null,
      firstProduct: text(attributes.firstProduct),
    };
  }

  private async scope(question: LiftQuestion): Promise<Scoped> {
    const asOf = this.questions.asOf(question);
    const campaign = await this.questions.campaign(question);
    const window = this.questions.window(question, fixedWindow(campaign.definition), LONGEST_LIFT_WINDOW_DAYS);
    const scope: LiftScope = {
      campaignId: campaign.id,
      epoch: question.epoch ?? campaign.epoch,
      windowMs: window.ms,
      start: question.start ?? 'entry',
      asOf,
    };
    return { campaign, window, scope };
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** The enrollment after which a page begins. */
function readCursor(cursor: string): string {
  const [id = ''] = decodeCursor(cursor, 1);
  if (!isUuid(id)) throw Refusal.invalid([{ path: 'cursor', message: 'is not a cursor of this list' }]);
  return id;
}

/** Whether people can still enter this epoch: the campaign is not archived (as of the report) and has no later epoch. */
function entriesOpen(campaign: ReportedCampaign, { epoch, asOf }: LiftScope): boolean {
  const archived = campaign.archivedAt !== null && campaign.archivedAt <= asOf;
  return !archived && epoch === campaign.epoch;
}
