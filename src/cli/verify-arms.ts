import { type ArmDeviation, verifyArms } from '../enrollments/verify-arms';
import { Snapshot } from '../platform/database/snapshot';
import { Stopped } from './commands';
import { type AuditOptions } from './options';

/** Deviations that `--json` names; all are counted. */
const NAMED = 1_000;

/** Recomputes all arms and answers the exit code: 0, or 1 where one is not what its salt gives. @throws Stopped */
export async function runVerifyArms({ database, json }: AuditOptions, say: (text: string) => void): Promise<number> {
  const snapshot = await Snapshot.open(database, 'ritorno-verify-arms').catch((error: unknown) => {
    throw new Stopped(`the database cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  try {
    const named: ArmDeviation[] = [];
    const found = await verifyArms(snapshot, (deviation) => {
      const { what, id, of, detail } = deviation;
      if (!json) say(`${what}: ${id} (${of}): ${detail}\n`);
      else if (named.length < NAMED) named.push(deviation);
    });
    if (json) say(`${JSON.stringify({ ...found, named }, null, 2)}\n`);
    else {
      const { holdout, imported, split, globalHoldout } = found.checked;
      say(
        `${holdout} arms of campaigns (${imported} imported), ${split} of splits, ${globalHoldout} of the global holdout.\n`,
      );
      say(found.ok ? 'Each is what its salt gives.\n' : `${found.deviations} are not what their salts give.\n`);
    }
    return found.ok ? 0 : 1;
  } finally {
    await snapshot.close();
  }
}
