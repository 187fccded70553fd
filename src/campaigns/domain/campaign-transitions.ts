import { type CampaignStatus } from '../campaign.types';

export type CampaignAction = 'activate' | 'pause' | 'resume' | 'archive';

/** The life of a campaign; what is not in the table is not allowed (409). Stands as a diagram in docs/campaigns.md. */
export const CAMPAIGN_TRANSITIONS: Record<CampaignStatus, Partial<Record<CampaignAction, CampaignStatus>>> = {
  draft: { activate: 'active', archive: 'archived' },
  active: { pause: 'paused', archive: 'archived' },
  paused: { resume: 'active', archive: 'archived' },
  archived: {},
};

/** The status that `action` leads to; undefined when it is not allowed. */
export function afterAction(status: CampaignStatus, action: CampaignAction): CampaignStatus | undefined {
  return CAMPAIGN_TRANSITIONS[status][action];
}
