import { type CampaignDefinition, type CampaignStatus } from '../../campaigns/campaign.types';
import { type Sql } from '../../platform/database/database';
import { type SurveyDefinition } from '../../surveys/surveys.types';
import { type LocaleSource, type TemplateKind } from '../../templates/templates.types';

export interface PresentSegment {
  id: string;
  key: string;
  name: string;
  condition: Record<string, unknown>;
  revision: number;
}

export interface PresentSurvey extends SurveyDefinition {
  id: string;
  archived: boolean;
  revision: number;
}

export interface PresentTemplate {
  id: string;
  key: string;
  name: string;
  kind: TemplateKind;
  defaultLocale: string;
  locales: Record<string, LocaleSource>;
  revision: number;
}

export interface PresentCampaign {
  id: string;
  key: string;
  status: CampaignStatus;
  salt: string;
  version: number;
  epoch: number;
  definition: CampaignDefinition;
  revision: number;
}

/** The shop's own segments; the built-in ones are no content. */
export const presentSegments: Sql = {
  text: 'select id, key, name, condition, version as revision from segments where not built_in order by key',
};

export const presentSurveys: Sql = {
  text: `select id, key, name, kind, question, questions, scale, choices, follow_up as "followUp",
      archived_at is not null as archived, version as revision
    from surveys order by key`,
};

/** Templates at their latest version: the one that is sent. */
export const presentTemplates: Sql = {
  text: `select t.id, t.key, t.name, t.kind, t.default_locale as "defaultLocale", v.locales, t.version as revision
    from templates t join template_versions v on v.template_id = t.id and v.version = t.version order by t.key`,
};

export const presentCampaigns: Sql = {
  text: `select c.id, c.key, c.status, c.salt, c.version, c.epoch, v.definition, c.revision
    from campaigns c join campaign_versions v on v.campaign_id = c.id and v.version = c.version order by c.key`,
};

export interface InFlightRow {
  campaign: string;
  version: number;
  customers: number;
}

/** Who is on the way, by campaign and version; an index-only count over the active enrollments of those campaigns. */
export function inFlight(campaignIds: readonly string[]): Sql {
  return {
    text: `select c.key as campaign, e.version, count(distinct e.customer_id) as customers
      from enrollments e join campaigns c on c.id = e.campaign_id
      where e.campaign_id = any($1::uuid[]) and e.status = 'active'
      group by c.key, e.version order by c.key, e.version`,
    values: [campaignIds],
  };
}

/** One blueprint at a time: two people who apply at once see each other's work, or are told of it. */
export const holdBlueprints: Sql = { text: 'select pg_advisory_xact_lock(7264117091)' };
