import { type CampaignDefinition, type CampaignStatus, type Program } from '../campaign.types';

/** A row of `campaigns` joined with the definition of its latest version. */
export interface CampaignRow {
  id: string;
  key: string;
  name: string;
  status: CampaignStatus;
  version: number;
  live_version: number | null;
  revision: number;
  salt: string;
  holdout_group: string | null;
  epoch: number;
  activated_at: Date | null;
  paused_at: Date | null;
  archived_at: Date | null;
  created_at: Date;
  updated_at: Date;
  definition: CampaignDefinition;
}

export interface VersionRow {
  version: number;
  epoch: number;
  definition: CampaignDefinition;
  created_at: Date;
  published_at: Date | null;
}

/** What is written for a version. */
export interface NewVersion {
  version: number;
  epoch: number;
  definition: CampaignDefinition;
  program: Program;
}
