import { type CampaignStatus } from '../campaigns/campaign.types';
import { type LocaleSource, type TemplateKind } from '../templates/templates.types';

/** What can be kept as files. */
export const BLUEPRINT_KINDS = ['survey', 'segment', 'template', 'campaign'] as const;
export type BlueprintKind = (typeof BLUEPRINT_KINDS)[number];

/** A survey as the body of `POST /api/v1/surveys`. */
export interface SurveyBlueprint extends Record<string, unknown> {
  key: string;
}

/** A segment as the body of `POST /api/v1/segments`. */
export interface SegmentBlueprint {
  key: string;
  name: string;
  condition: Record<string, unknown>;
}

/** A template as the body of `POST /api/v1/templates`. */
export interface TemplateBlueprint {
  key: string;
  name: string;
  kind?: TemplateKind;
  defaultLocale: string;
  locales: Record<string, LocaleSource>;
}

/** A definition as the body of `POST /api/v1/campaigns`; with `status`, what the campaign is to be. */
export interface CampaignBlueprint extends Record<string, unknown> {
  key: string;
  status?: CampaignStatus;
}

/** A shop's surveys, segments, templates and campaigns as content: no ids, no times, no people. */
export interface Blueprint {
  surveys: SurveyBlueprint[];
  segments: SegmentBlueprint[];
  templates: TemplateBlueprint[];
  campaigns: CampaignBlueprint[];
}

/** One difference between two JSON values, at a path such as `steps[1].for`. */
export type ValueChange =
  | { path: string; kind: 'changed'; before: unknown; after: unknown }
  | { path: string; kind: 'added'; after: unknown }
  | { path: string; kind: 'removed'; before: unknown };

/**
 * What becomes of one thing: made, changed, left as it is; `missing`: the shop has it, the files do not, and it stays;
 * `delete` and `archive`: the same, and pruning takes it away.
 */
export type PlanAction = 'create' | 'update' | 'unchanged' | 'missing' | 'delete' | 'archive';

/** Whom a change concerns. Counts are of customers, as of now. */
export interface ConcernedPeople {
  /** Who is on the way in the campaign (in those that send the template), by the version that they finish. */
  inFlight?: Array<{ campaign: string; version: number; customers: number }>;
  /** Whom the audience or the segment means with the change, and to how many of them marketing mail may go. */
  matched?: number;
  mailable?: number;
  /** Segments that change: whom it means without the change. */
  matchedBefore?: number;
}

export interface PlanItem {
  kind: BlueprintKind;
  key: string;
  action: PlanAction;
  /** Of an update; empty where only the status changes. Values of templates are their whole texts. */
  changes: ValueChange[];
  /** Campaigns whose status changes; `before` is null for a new one. */
  status?: { before: CampaignStatus | null; after: CampaignStatus };
  /** Versions; `before` is null for something new. Absent where there is no new version. */
  version?: { before: number | null; after: number };
  /** A change of `holdout` on a live campaign opens a new epoch. */
  epoch?: { before: number; after: number };
  people?: ConcernedPeople;
  /** Which campaigns and segments name it. */
  usedBy?: string[];
  /** What its author should know although it is allowed. */
  warnings: Array<{ path: string; message: string }>;
  /** Why it is kept although it is missing from the files and pruning was asked for. */
  kept?: string;
}

/** The versions on which a plan rests: by `campaign:win-back`, the revision seen, null for what did not exist. */
export type PlanBasis = Record<string, number | null>;

/** The difference between a blueprint and the shop: before it is applied, or as it was applied. */
export interface BlueprintPlan {
  applied: boolean;
  /** Whether anything is to change (was changed). What is missing from the files is no change. */
  changes: boolean;
  summary: Record<PlanAction, number>;
  /** Surveys, segments, templates, campaigns; in each by key. */
  items: PlanItem[];
  basis: PlanBasis;
}
