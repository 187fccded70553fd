import { type CampaignDefinition, type CampaignStatus, type Program } from '../../../src/campaigns/campaign.types';
import { type Database } from '../../../src/platform/database/database';
import { known, type Moment } from './facts-in-time';
import { type KnownAction } from './known-facts';

export interface PlannedVersion {
  campaignId: string;
  version: number;
  epoch: number;
  definition: CampaignDefinition;
  program: Program;
  publishedAt: Date;
}

export interface PlannedCampaign {
  id: string;
  key: string;
  salt: string;
  versions: PlannedVersion[];
  actions: KnownAction[];
}

const STATUS_AFTER: Readonly<Record<string, CampaignStatus>> = {
  'campaign.activate': 'active',
  'campaign.pause': 'paused',
  'campaign.resume': 'active',
  'campaign.archive': 'archived',
};

/** The plans with all their versions, and what was done to each. */
export async function readCampaigns(db: Database, actions: readonly KnownAction[]): Promise<PlannedCampaign[]> {
  const campaigns = await db.query<{ id: string; key: string; salt: string }>(
    'select id, key, salt from campaigns order by id',
  );
  const versions = await db.query<PlannedVersion>(
    `select campaign_id as "campaignId", version, epoch, definition, program, published_at as "publishedAt"
     from campaign_versions where published_at is not null order by version`,
  );
  return campaigns.map((campaign) => ({
    ...campaign,
    versions: versions.filter((version) => version.campaignId === campaign.id),
    actions: actions.filter(({ resource }) => resource === `campaign:${campaign.id}`),
  }));
}

export function statusThen(campaign: PlannedCampaign, moment: Moment): CampaignStatus {
  const last = campaign.actions.findLast(({ at }) => known(at, moment));
  return last ? (STATUS_AFTER[last.action] ?? 'draft') : 'draft';
}

/** The version that somebody who enters at the moment gets. */
export function versionThen(campaign: PlannedCampaign, moment: Moment): PlannedVersion {
  const version = campaign.versions.findLast(({ publishedAt }) => known(publishedAt, moment));
  if (!version) throw new Error(`the campaign ${campaign.key} had no version at ${moment.at.toISOString()}`);
  return version;
}
