import { Injectable } from '@nestjs/common';
import type { CampaignDefinition } from '../campaigns/campaign.types';
import { type AudienceCount, CampaignAudience } from '../enrollments/campaign-audience';
import { Clock } from '../kernel/clock';
import { Refusal } from '../kernel/errors';
import { fixedWindow } from './campaign-question';
import {
  ownEntries,
  type OwnEntriesRow,
  plannedCampaign,
  type PlannedCampaignRow,
  startsInThePast,
  type StartsRow,
} from './data/lift-plan.sql';
import { ReportsDatabase } from './data/reports-database';
import {
  bestShare,
  type LiftExpectation,
  PLAN_SHARES,
  planAdvice,
  type PlanShare,
  planShares,
} from './domain/lift-plan';
import { plannedEffect } from './domain/power';
import { LONGEST_LIFT_WINDOW_DAYS, reportWindowMs } from './domain/report-window';
import { ReportHeads } from './report-heads';
import type { ReportHead } from './reports.types';

export interface LiftPlanQuestion {
  ref: string;
  /** What the shop knows better than its history: the rate without the campaign, the effect that matters, the pace. */
  baseline?: number | undefined;
  minimumEffect?: number | undefined;
  perWeek?: number | undefined;
}

/** Where a figure of the plan comes from. */
export type PlanSource = 'asked' | 'own_control' | 'own_entries' | 'people_like_these' | 'calendar';

/** `GET campaigns/:ref/lift-plan`. */
export interface LiftPlan extends ReportHead {
  campaign: string;
  window: string;
  /** As the campaign has it now. */
  holdout: number;
  audience: AudienceCount;
  /** Who can enter at once, and how many enter in a week. */
  entering: { now: number; perWeek: number | null; source: PlanSource | null };
  /** Repurchase within the window without the campaign. */
  baseline: { rate: number | null; people: number; source: PlanSource | null };
  minimumEffect: number | null;
  shares: PlanShare[] | null;
  best: PlanShare | null;
  advice: string[];
  undefinedBecause: Record<string, string>;
}

interface Found {
  entering: LiftPlan['entering'];
  baseline: LiftPlan['baseline'];
}

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** The pace is that of so many weeks, or of as many as are known. */
const PACE_WEEKS = 12;
/** Starts of people like these are taken from half a year before the last whole window. */
const LOOK_BACK_DAYS = 180;
/** Fewer mature people say nothing of a rate. */
const LEAST_PEOPLE = 50;
const WEEKS_A_YEAR = 52;

/** Says before a campaign begins what can be shown of it by when, and which share to hold out. */
@Injectable()
export class LiftPlans {
  constructor(
    private readonly database: ReportsDatabase,
    private readonly clock: Clock,
    private readonly heads: ReportHeads,
    private readonly audiences: CampaignAudience,
  ) {}

  /** @throws Refusal 404. */
  async plan(question: LiftPlanQuestion): Promise<LiftPlan> {
    const [campaign] = await this.database.query<PlannedCampaignRow>(plannedCampaign(question.ref));
    if (!campaign) throw Refusal.notFound(`The campaign ${question.ref}`);
    const { definition } = campaign;
    const now = this.clock.now();
    const window = fixedWindow(definition);
    const windowMs = reportWindowMs(window, LONGEST_LIFT_WINDOW_DAYS) ?? 0;
    const audience = await this.audiences.count(campaign.id);
    const found = await this.history(campaign, audience, windowMs, now);
    const entering = question.perWeek === undefined ? found.entering : asked(found.entering, question.perWeek);
    const baseline: LiftPlan['baseline'] =
      question.baseline === undefined ? found.baseline : { rate: question.baseline, people: 0, source: 'asked' };
    const { rate } = baseline;
    const wish = question.minimumEffect ?? definition.measure?.minimumEffect;
    const minimumEffect = rate === null ? (wish ?? null) : plannedEffect(rate, wish);
    const expected: LiftExpectation | null =
      rate === null || entering.perWeek === null || !minimumEffect
        ? null
        : { rate, minimumEffect, now: entering.now, perWeek: entering.perWeek, windowMs };
    return {
      ...(await this.heads.head(now, {})),
      ...{ campaign: campaign.key, window },
      ...{ holdout: definition.holdout, audience, entering, baseline, minimumEffect },
      ...planned(expected, definition.holdout, { entering, baseline, minimumEffect }),
    };
  }

  /** What the campaign's own past tells, else that of people who were where it finds its own. */
  private async history(
    { id, definition }: PlannedCampaignRow,
    audience: AudienceCount,
    windowMs: number,
    now: Date,
  ): Promise<Found> {
    const recentFrom = new Date(now.getTime() - PACE_WEEKS * WEEK_MS);
    const from = new Date(now.getTime() - windowMs - LOOK_BACK_DAYS * DAY_MS);
    const [own] = await this.database.query<OwnEntriesRow>(ownEntries(id, { now, recentFrom, windowMs }));
    const statement = startsInThePast(definition.trigger, { now, recentFrom, from, windowMs });
    const [starts] = statement ? await this.database.query<StartsRow>(statement) : [];
    return { entering: enteringOf(definition, audience, own, starts, now), baseline: baselineOf(own, starts) };
  }
}

function asked(entering: LiftPlan['entering'], perWeek: number): LiftPlan['entering'] {
  return { ...entering, perWeek, source: 'asked' };
}

/** How many enter. Of those who would by what happened, the share that may be written to now. */
function enteringOf(
  { trigger }: CampaignDefinition,
  audience: AudienceCount,
  own: OwnEntriesRow | undefined,
  starts: StartsRow | undefined,
  now: Date,
): LiftPlan['entering'] {
  const present = Math.max(0, audience.mailable - audience.entered);
  const weekly = (row: { recent: number; firstAt: Date | null }): number => {
    const known = row.firstAt ? (now.getTime() - row.firstAt.getTime()) / WEEK_MS : 0;
    return row.recent / Math.min(PACE_WEEKS, Math.max(1, known));
  };
  if (trigger.on === 'anniversary') return { now: 0, perWeek: audience.mailable / WEEKS_A_YEAR, source: 'calendar' };
  if (trigger.on === 'date' || trigger.on === 'manual' || trigger.on === 'schedule')
    return { now: present, perWeek: own?.firstAt ? weekly(own) : 0, source: own?.firstAt ? 'own_entries' : 'calendar' };
  const atOnce = trigger.on === 'segment' ? present : 0;
  if (own?.firstAt) return { now: 0, perWeek: weekly(own), source: 'own_entries' };
  if (!starts?.firstAt) return { now: atOnce, perWeek: null, source: null };
  const mailable = audience.matched === 0 ? 1 : audience.mailable / audience.matched;
  return { now: atOnce, perWeek: weekly(starts) * mailable, source: 'people_like_these' };
}

function baselineOf(own: OwnEntriesRow | undefined, starts: StartsRow | undefined): LiftPlan['baseline'] {
  for (const [row, source] of [
    [own, 'own_control'],
    [starts, 'people_like_these'],
  ] as const)
    if (row && row.people >= LEAST_PEOPLE) return { rate: row.cameBack / row.people, people: row.people, source };
  return { rate: null, people: Math.max(own?.people ?? 0, starts?.people ?? 0), source: null };
}

function planned(
  expected: LiftExpectation | null,
  holdout: number,
  { entering, baseline, minimumEffect }: Pick<LiftPlan, 'entering' | 'baseline' | 'minimumEffect'>,
): Pick<LiftPlan, 'shares' | 'best' | 'advice' | 'undefinedBecause'> {
  const undefinedBecause: Record<string, string> = {
    ...(entering.perWeek === null ? { 'entering.perWeek': 'no_history', 'entering.source': 'no_history' } : {}),
    ...(baseline.rate === null ? { 'baseline.rate': 'under_50_people', 'baseline.source': 'under_50_people' } : {}),
    ...(minimumEffect === null ? { minimumEffect: 'no_baseline' } : {}),
  };
  if (!expected) {
    const why = entering.perWeek === null ? 'no_pace' : baseline.rate === null ? 'no_baseline' : 'no_effect';
    return {
      ...{ shares: null, best: null },
      advice: [
        'Too little is known of people like these. Say what you expect: ?baseline= (share that buys again within the window by itself), ?perWeek= (people who enter), ?minimumEffect= (the difference that would matter).',
      ],
      undefinedBecause: { ...undefinedBecause, shares: why, best: why },
    };
  }
  const wanted = [...new Set([...PLAN_SHARES, ...(holdout > 0 && holdout < 1 ? [holdout] : [])])].sort((a, b) => a - b);
  const shares = planShares(expected, wanted);
  const best = bestShare(shares);
  const advice = planAdvice(expected, shares, holdout);
  return {
    ...{ shares, best, advice },
    undefinedBecause: { ...undefinedBecause, ...rowReasons(shares), ...(best ? {} : { best: 'not_within_a_year' }) },
  };
}

function rowReasons(shares: readonly PlanShare[]): Record<string, string> {
  const reasons: Record<string, string> = {};
  shares.forEach(({ customersNeeded, weeksNeeded, dates }, i) => {
    if (customersNeeded === null) reasons[`shares[${i}].customersNeeded`] = 'effect_beyond_everybody';
    if (weeksNeeded === null) reasons[`shares[${i}].weeksNeeded`] = 'never_at_this_pace';
    if (dates.some(({ minimumDetectable }) => minimumDetectable === null))
      reasons[`shares[${i}].dates[].minimumDetectable`] = 'few_customers';
  });
  return reasons;
}
