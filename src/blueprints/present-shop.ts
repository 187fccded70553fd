import { type CampaignStatus } from '../campaigns/campaign.types';
import { type Queryable } from '../platform/database/database';
import {
  presentCampaigns,
  presentSegments,
  presentTemplates,
  type PresentCampaign,
  type PresentSegment,
  type PresentTemplate,
} from './data/present-shop.sql';
import { type Blueprint, type CampaignBlueprint } from './blueprint.types';
import { nameByKey } from './domain/name-by-key';

export { type PresentCampaign, type PresentSegment } from './data/present-shop.sql';

/** Statuses that a file says; a draft's goes without saying. */
const SAID: readonly CampaignStatus[] = ['active', 'paused'];

/** The content of the shop as it is, everything named by key. */
export interface PresentShop {
  segments: Map<string, PresentSegment>;
  templates: Map<string, PresentTemplate>;
  campaigns: Map<string, PresentCampaign>;
  /** From id to key, of all three. */
  keys: Map<string, string>;
}

/** Reads it in `db`; in a transaction, what that has done so far included. */
export async function readPresentShop(db: Queryable): Promise<PresentShop> {
  const segments = await db.query<PresentSegment>(presentSegments);
  const templates = await db.query<PresentTemplate>(presentTemplates);
  const campaigns = await db.query<PresentCampaign>(presentCampaigns);
  const keys = new Map([...segments, ...templates, ...campaigns].map(({ id, key }) => [id, key]));
  return {
    segments: byKey(segments.map((one) => ({ ...one, condition: nameByKey(one.condition, keys) }))),
    templates: byKey(templates),
    campaigns: byKey(campaigns.map((one) => ({ ...one, definition: nameByKey(one.definition, keys) }))),
    keys,
  };
}

/** The same as content: what is archived is gone, drafts go without a status. */
export function blueprintOf({ segments, templates, campaigns }: PresentShop): Blueprint {
  return {
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

function byKey<T extends { key: string }>(rows: readonly T[]): Map<string, T> {
  return new Map(rows.map((row) => [row.key, row]));
}
