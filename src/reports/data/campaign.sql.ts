import type { CampaignDefinition, Program } from '../../campaigns/campaign.types';
import { isUuid } from '../../kernel/ids';
import { type Sql } from '../../platform/database/database';

/** What a report must know of its campaign. */
export interface ReportedCampaign {
  id: string;
  key: string;
  /** The latest. */
  epoch: number;
  archivedAt: Date | null;
  /** What runs now (of a draft: what would). */
  program: Program;
  /** As fixed when the epoch asked for was opened; null when the campaign has no such epoch. */
  definition: CampaignDefinition | null;
}

/** The campaign by id or key, with the definition under which the epoch (default: the latest) was opened. */
export function reportedCampaign(ref: string, epoch: number | undefined): Sql {
  return {
    text: `
      select c.id, c.key, c.epoch, c.archived_at as "archivedAt",
        (select v.program from campaign_versions v
          where v.campaign_id = c.id and v.version = coalesce(c.live_version, c.version)) as program,
        (select v.definition from campaign_versions v
          where v.campaign_id = c.id and v.epoch = coalesce($2::int, c.epoch)
          order by v.published_at nulls last, v.version limit 1) as definition
      from campaigns c where c.${isUuid(ref) ? 'id = $1::uuid' : 'key = $1'}`,
    values: [ref, epoch ?? null],
  };
}
