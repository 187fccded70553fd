import { auditLedger, type LedgerViolation } from '../messages/audit-ledger';
import { Snapshot } from '../platform/database/snapshot';
import { Stopped } from './commands';
import { type AuditOptions } from './options';

/** Violations that `--json` names; all are counted. */
const NAMED = 1_000;

/** Runs the audit and answers its exit code: 0, or 2 when it has found something. @throws Stopped */
export async function runAudit({ database, json }: AuditOptions, say: (text: string) => void): Promise<number> {
  const snapshot = await Snapshot.open(database, 'ritorno-audit').catch((error: unknown) => {
    throw new Stopped(`the database cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  try {
    const named: LedgerViolation[] = [];
    const audit = await auditLedger(snapshot, (violation) => {
      if (!json) say(`${violation.check}: ${violation.id}: ${violation.detail}\n`);
      else if (named.length < NAMED) named.push(violation);
    });
    if (json) say(`${JSON.stringify({ ...audit, violations: named }, null, 2)}\n`);
    else {
      for (const { says, violations } of audit.checks)
        say(`${violations === 0 ? 'holds' : `BROKEN ${violations} times`}: ${says}\n`);
      for (const { origin, status, count } of audit.counts) say(`${origin} ${status}: ${count}\n`);
      say(`${audit.total} messages. ${audit.ok ? 'All is accounted for.' : 'Not all is accounted for.'}\n`);
    }
    return audit.ok ? 0 : 2;
  } finally {
    await snapshot.close();
  }
}
