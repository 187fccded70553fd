import { isDeepStrictEqual } from 'node:util';
import { type Fault } from '../../kernel/errors';
import { type CampaignDefinition, type CampaignStatus } from '../campaign.types';

export interface PresentCampaign {
  status: CampaignStatus;
  version: number;
  epoch: number;
  definition: CampaignDefinition;
}

export type ChangePlan =
  | { kind: 'refused'; faults: Fault[] }
  | { kind: 'unchanged' }
  /** A draft is written over; nobody has seen it run. */
  | { kind: 'overwrite'; version: number; epoch: number }
  /** A live campaign gets a new version, published at once; people in it finish theirs. */
  | { kind: 'publish'; version: number; epoch: number };

/**
 * What a new definition does to a campaign that is not archived. Another `holdout` on a live one opens a new epoch;
 * `measure` is fixed at activation, and so is the group that shares the salt.
 */
export function planChange(present: PresentCampaign, next: CampaignDefinition): ChangePlan {
  const { definition, version, epoch, status } = present;
  if (isDeepStrictEqual(plain(definition), plain(next))) return { kind: 'unchanged' };
  if (status === 'draft') return { kind: 'overwrite', version, epoch };
  const faults: Fault[] = [];
  if (!isDeepStrictEqual(plain(definition.measure), plain(next.measure))) {
    faults.push({ path: 'measure', message: 'was fixed at activation' });
  }
  if (definition.holdoutGroup !== next.holdoutGroup) {
    faults.push({ path: 'holdoutGroup', message: 'was fixed at activation: it decides who is held out' });
  }
  if (faults.length > 0) return { kind: 'refused', faults };
  return { kind: 'publish', version: version + 1, epoch: definition.holdout === next.holdout ? epoch : epoch + 1 };
}

/** Without the difference between an absent field and one that is undefined. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
