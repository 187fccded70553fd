import { verifyAuditChain } from '../access/verify-audit-chain';
import { Snapshot } from '../platform/database/snapshot';
import { Stopped } from './commands';
import { type AuditOptions } from './options';

/** Verifies the chain of the audit log and answers its exit code: 0, or 2 when it is broken. @throws Stopped */
export async function runVerifyAuditLog(
  { database, head: kept, json }: AuditOptions,
  say: (text: string) => void,
): Promise<number> {
  const snapshot = await Snapshot.open(database, 'ritorno-verify-audit-log').catch((error: unknown) => {
    throw new Stopped(`the database cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  try {
    const found = await verifyAuditChain(snapshot, kept);
    const { ok, head, broken } = found;
    if (json) say(`${JSON.stringify(found, null, 2)}\n`);
    else {
      if (broken) {
        const where = [
          broken.position === null ? '' : ` at position ${broken.position}`,
          broken.line && ` (${broken.line})`,
        ];
        say(`BROKEN${where.join('')}: ${broken.detail}\n`);
      }
      say(
        `${head.position} lines hold${ok ? '. Keep the head elsewhere' : ' before it. Head there'}: ${head.position}:${head.hash}\n`,
      );
    }
    return ok ? 0 : 2;
  } finally {
    await snapshot.close();
  }
}
