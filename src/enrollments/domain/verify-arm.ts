import { holdoutDraw, splitDraw } from '../../kernel/hash';
import { type Arm } from './decide-entry';
import { type GlobalHoldout, isGloballyHeldOut } from './global-holdout';

/** An arm of a campaign as it is stored, and what it was drawn from. */
export interface StoredArm {
  salt: string;
  customerId: string;
  mergedIds: readonly string[];
  arm: Arm;
  armReason: string;
  share: number | null;
  firstArm: Arm;
  excluded: string | null;
}

/** Why a stored arm is not what its salt gives; null where it is. An arm that another tool drew cannot be recomputed. */
export function armDeviation(stored: StoredArm): string | null {
  const { salt, customerId, mergedIds, arm, armReason, share, firstArm, excluded } = stored;
  switch (armReason) {
    case 'imported':
      return null;
    case 'no_holdout':
      if (share !== 0) return `nobody was to be held out, but the epoch holds out ${share}`;
      return arm === 'treatment' ? null : 'holdout, where nobody is held out';
    case 'kept':
      return arm === firstArm || excluded !== null ? null : `${arm} is not the ${firstArm} of the first enrollment`;
    case 'drawn': {
      if (share === null) return 'its epoch is of no version';
      const armOf = (id: string): Arm => (holdoutDraw(salt, id) < share ? 'holdout' : 'treatment');
      if ([customerId, ...mergedIds].some((id) => armOf(id) === arm)) return null;
      return `${arm}, but ${holdoutDraw(salt, customerId)} of ${share} is ${armOf(customerId)}`;
    }
    default:
      return `${armReason} is no way to an arm`;
  }
}

/** An arm of a split as it is stored. */
export interface StoredSplit {
  salt: string;
  customerId: string;
  mergedIds: readonly string[];
  key: string;
  arm: string;
}

/** The arms of a split with the upper ends of their draws, as compiled. */
export type SplitArms = ReadonlyArray<{ name: string; upTo: number }>;

/** Why the stored arm of a split is not what the salt gives, by any of the versions that had the split; null where it is. */
export function splitDeviation(stored: StoredSplit, versions: readonly SplitArms[]): string | null {
  const { salt, customerId, mergedIds, key, arm } = stored;
  if (versions.length === 0) return `no version has the split ${key}`;
  const armOf = (id: string, arms: SplitArms): string | undefined => {
    const draw = splitDraw(salt, key, id);
    return (arms.find(({ upTo }) => draw < upTo) ?? arms.at(-1))?.name;
  };
  const ids = [customerId, ...mergedIds];
  if (versions.some((arms) => ids.some((id) => armOf(id, arms) === arm))) return null;
  const given = versions.map((arms) => armOf(customerId, arms)).join(' or ');
  return `${arm} of ${key}, but ${splitDraw(salt, key, customerId)} is ${given}`;
}

/** Why a stored draw of the global holdout is not what the period's salt gives; null where it is. */
export function globalDeviation(
  period: GlobalHoldout,
  { customerId, arm }: { customerId: string; arm: Arm },
): string | null {
  const given = isGloballyHeldOut(period, customerId) ? 'holdout' : 'treatment';
  return arm === given ? null : `${arm}, but ${holdoutDraw(period.salt, customerId)} of ${period.share} is ${given}`;
}
