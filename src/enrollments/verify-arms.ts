import { type Snapshot } from '../platform/database/snapshot';
import {
  PERIODS,
  SPLITS,
  type SplitRow,
  STORED_ARMS,
  STORED_DRAWS,
  STORED_SPLITS,
  type StoredArmRow,
  type StoredDrawRow,
  type StoredSplitRow,
  type VerifiedPeriodRow,
} from './data/verify-arms.sql';
import { isGloballyHeldOut } from './domain/global-holdout';
import { armDeviation, globalDeviation, type SplitArms, splitDeviation } from './domain/verify-arm';
import { firstDrawNotBelow } from './holdout-draw-sql';

/** An arm that is not what its salt gives. */
export interface ArmDeviation {
  what: 'holdout' | 'split' | 'global_holdout';
  /** Of the enrollment; of the global holdout the customer. */
  id: string;
  /** Key of the campaign, or the period. */
  of: string;
  detail: string;
}

/** What the verification answers at its end. */
export interface ArmsVerified {
  ok: boolean;
  /** Arms that were looked at. */
  checked: { holdout: number; imported: number; split: number; globalHoldout: number };
  deviations: number;
}

/**
 * Recomputes every stored arm from its salt, as it stands at one instant: the arms of campaigns, of splits and of the global
 * holdout, and that no member of it entered a marketing campaign in its period. Deviations are told one by one; memory does
 * not grow with the people.
 */
export async function verifyArms(snapshot: Snapshot, tell: (deviation: ArmDeviation) => void): Promise<ArmsVerified> {
  const checked = { holdout: 0, imported: 0, split: 0, globalHoldout: 0 };
  let deviations = 0;
  const judge = (what: ArmDeviation['what'], id: string, of: string, detail: string | null): void => {
    if (detail === null) return;
    deviations++;
    tell({ what, id, of, detail });
  };
  const periods = await snapshot.query<VerifiedPeriodRow>(PERIODS);
  for await (const row of snapshot.stream<StoredArmRow>(STORED_ARMS)) {
    checked.holdout++;
    if (row.armReason === 'imported') checked.imported++;
    judge('holdout', row.id, row.campaign, armDeviation(row) ?? enteredDespite(row, periods));
  }
  const splits = await splitsByKey(snapshot);
  for await (const row of snapshot.stream<StoredSplitRow>(STORED_SPLITS)) {
    checked.split++;
    judge(
      'split',
      row.enrollmentId,
      row.campaign,
      splitDeviation(row, splits.get(`${row.campaignId} ${row.key}`) ?? []),
    );
  }
  const byId = new Map(periods.map((period) => [period.id, period]));
  for (const { id, number, share, drawnBelow } of periods) {
    const same = drawnBelow.equals(firstDrawNotBelow(share));
    judge(
      'global_holdout',
      id,
      `period ${number}`,
      same ? null : `drawn below ${drawnBelow.toString('hex')}, not ${share}`,
    );
  }
  for await (const row of snapshot.stream<StoredDrawRow>(STORED_DRAWS)) {
    checked.globalHoldout++;
    const period = byId.get(row.periodId);
    if (period) judge('global_holdout', row.customerId, `period ${period.number}`, globalDeviation(period, row));
  }
  return { ok: deviations === 0, checked, deviations };
}

/** A member of the global holdout who entered all the same while it was in force. */
function enteredDespite(row: StoredArmRow, periods: readonly VerifiedPeriodRow[]): string | null {
  if (row.armReason === 'imported' || row.basis === 'transactional' || row.mergedIds.length > 0) return null;
  const at = row.enteredAt;
  const inForce = periods.find(({ startedAt, endedAt }) => startedAt < at && (endedAt === null || at < endedAt));
  if (!inForce || !isGloballyHeldOut(inForce, row.customerId)) return null;
  return `entered, but belongs to the global holdout of period ${inForce.number}`;
}

async function splitsByKey(snapshot: Snapshot): Promise<Map<string, SplitArms[]>> {
  const found = new Map<string, SplitArms[]>();
  for (const { campaignId, key, arms } of await snapshot.query<SplitRow>(SPLITS)) {
    const name = `${campaignId} ${key}`;
    found.set(name, [...(found.get(name) ?? []), arms]);
  }
  return found;
}
