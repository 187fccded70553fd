import { type CampaignStatus } from '../campaigns/campaign.types';
import { type Queryable } from '../platform/database/database';
import {
  presentCampaigns,
  presentSegments,
  presentSurveys,
  presentTemplates,
  type PresentCampaign,
  type PresentSegment,
  type PresentSurvey,
  type PresentTemplate,
} from './data/present-shop.sql';
import { type SurveyDefinition } from '../surveys/surveys.types';
import { type Blueprint, type CampaignBlueprint, type SurveyBlueprint } from './blueprint.types';
import { nameByKey } from './domain/name-by-key';

export { type PresentCampaign, type PresentSegment, type PresentSurvey } from './data/present-shop.sql';

/** Statuses that a file says; a draft's goes without saying. */
const SAID: readonly CampaignStatus[] = ['active', 'paused'];

/** The content of the shop as it is, everything named by key. */
export interface PresentShop {
  /** The archived ones among them. */
  surveys: Map<string, PresentSurvey>;
  segments: Map<string, PresentSegment>;
  templates: Map<string, PresentTemplate>;
  campaigns: Map<string, PresentCampaign>;
  /** From id to key, of all of them. */
  keys: Map<string, string>;
}

/** Reads it in `db`; in a transaction, what that has done so far included. */
export async function readPresentShop(db: Queryable): Promise<PresentShop> {
  const surveys = await db.query<PresentSurvey>(presentSurveys);
  const segments = await db.query<PresentSegment>(presentSegments);
  const templates = await db.query<PresentTemplate>(presentTemplates);
  const campaigns = await db.query<PresentCampaign>(presentCampaigns);
  const keys = new Map([...surveys, ...segments, ...templates, ...campaigns].map(({ id, key }) => [id, key]));
  return {
    surveys: byKey(surveys),
    segments: byKey(segments.map((one) => ({ ...one, condition: nameByKey(one.condition, keys) }))),
    templates: byKey(templates),
    campaigns: byKey(campaigns.map((one) => ({ ...one, definition: nameByKey(one.definition, keys) }))),
    keys,
  };
}

/** The same as content: what is archived is gone, drafts go without a status. */
export function blueprintOf({ surveys, segments, templates, campaigns }: PresentShop): Blueprint {
  return {
    surveys: [...surveys.values()].filter(({ archived }) => !archived).map(surveyContent),
    segments: [...segments.values()].map(({ key, name, condition }) => ({ key, name, condition })),
    templates: [...templates.values()].map(({ key, name, kind, defaultLocale, locales }) => ({
      key,
      name,
      kind,
      defaultLocale,
      locales,
    })),
    campaigns: [...campaigns.values()]
      .filter(({ status }) => status !== 'archived')
      .map(({ definition, status }): CampaignBlueprint => ({
        ...definition,
        ...(SAID.includes(status) ? { status } : {}),
      })),
  };
}

/** What a person writes of a survey: what it does not have is left out. */
export function surveyContent(survey: SurveyDefinition): SurveyBlueprint {
  const { key, name, kind, question, questions, scale, choices, followUp } = survey;
  const parts = Object.entries({ name, kind, question, questions, scale, choices, followUp });
  return { key, ...Object.fromEntries(parts.filter(([, part]) => part !== null)) };
}

function byKey<T extends { key: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.key, row]));
}
