import { type CampaignDefinition, type CampaignStatus } from './campaign.types';
import { type CampaignRow } from './data/campaign-rows';

/** A campaign as the API shows it: its definition, and where it stands. Times are ISO 8601. */
export interface CampaignView extends CampaignDefinition {
  id: string;
  status: CampaignStatus;
  /** The latest version; a draft's may still be written over. */
  version: number;
  /** The version that new enrollments run; null before activation. */
  liveVersion: number | null;
  /** With it anyone can recompute who is held out. */
  salt: string;
  epoch: number;
  activatedAt: string | null;
  pausedAt: string | null;
  archivedAt: string | null;
  createdAt: string;
  updatedAt: string;
}

/** A campaign just written, with what its author should know. */
export interface WrittenCampaign extends CampaignView {
  warnings: CampaignWarning[];
}

export interface CampaignWarning {
  path: string;
  message: string;
}

export interface CampaignVersionView {
  version: number;
  epoch: number;
  createdAt: string;
  publishedAt: string | null;
  definition: CampaignDefinition;
}

/** Fields in the order of the contract; jsonb keeps none. */
const ORDER: ReadonlyArray<keyof CampaignDefinition> = [
  ...(['key', 'name', 'purpose', 'basis', 'trigger', 'audience', 'entry', 'goal'] as const),
  ...([
    'exitWhen',
    'holdout',
    'holdoutGroup',
    'measure',
    'priority',
    'sendWindow',
    'maxLateness',
    'topic',
    'sender',
    'utm',
    'steps',
  ] as const),
];

export function campaignView(row: CampaignRow): CampaignView {
  return {
    id: row.id,
    ...inOrder(row.definition),
    status: row.status,
    version: row.version,
    liveVersion: row.live_version,
    salt: row.salt,
    epoch: row.epoch,
    activatedAt: row.activated_at?.toISOString() ?? null,
    pausedAt: row.paused_at?.toISOString() ?? null,
    archivedAt: row.archived_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

export function inOrder(definition: CampaignDefinition): CampaignDefinition {
  const shown: Partial<Record<keyof CampaignDefinition, unknown>> = {};
  for (const field of ORDER) if (definition[field] !== undefined) shown[field] = definition[field];
  return Object.assign(shown, definition);
}
