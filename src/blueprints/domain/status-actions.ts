import { type CampaignStatus } from '../../campaigns/campaign.types';

/** What takes a campaign from one status to another; the names are those of the API's actions. */
export type StatusAction = 'activate' | 'pause' | 'resume' | 'archive';

const WAYS: Record<CampaignStatus, Partial<Record<CampaignStatus, StatusAction[]>>> = {
  draft: { active: ['activate'], paused: ['activate', 'pause'], archived: ['archive'] },
  active: { paused: ['pause'], archived: ['archive'] },
  paused: { active: ['resume'], archived: ['archive'] },
  archived: {},
};

/**
 * The actions that lead from the present status (null: a campaign that is only now made) to the one that the file says.
 * No word in the file: no action, a new campaign is a draft. An answer in words: there is no way.
 */
export function statusActions(
  present: CampaignStatus | null,
  wanted: CampaignStatus | undefined,
): StatusAction[] | string {
  const from = present ?? 'draft';
  if (wanted === undefined || wanted === from) return [];
  if (present === null && wanted === 'archived') return 'a campaign that does not exist cannot be archived';
  if (from === 'archived') return 'the campaign is archived, which is for good; give the file another name';
  return WAYS[from][wanted] ?? `the campaign is ${from} and cannot become a draft again`;
}
