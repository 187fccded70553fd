import { type Instruction } from '../campaigns/campaign.types';
import { type Snapshot } from '../platform/database/snapshot';
import {
  LEDGER_CHECKS,
  type LedgerCheck,
  ledgerCounts,
  passedWithoutMessage,
  type Standing,
  standings,
  type ViolationRow,
} from './data/audit-ledger.sql';
import { stepsSurelyPassed } from './domain/steps-surely-passed';

/** A violation that the audit found. */
export interface LedgerViolation {
  check: string;
  id: string;
  detail: string;
}

/** What the audit answers at its end. */
export interface LedgerAudit {
  ok: boolean;
  checks: Array<{ name: string; says: string; violations: number }>;
  /** Rows by origin and status; `total` is counted apart and must be their sum. */
  counts: Array<{ origin: string; status: string; count: number }>;
  total: number;
}

/**
 * Proves over the whole database, as it stands at one instant, that no key has two accepted mails and that every due step is
 * accounted for. Violations are told one by one as they are found; memory does not grow with the ledger.
 */
export async function auditLedger(
  snapshot: Snapshot,
  tell: (violation: LedgerViolation) => void,
): Promise<LedgerAudit> {
  const checks: LedgerAudit['checks'] = [];
  for (const { name, says, sql } of [...LEDGER_CHECKS, await passedSteps(snapshot)]) {
    let violations = 0;
    for await (const { id, detail } of snapshot.stream<ViolationRow>(sql)) {
      violations++;
      tell({ check: name, id, detail });
    }
    checks.push({ name, says, violations });
  }
  const counts = await snapshot.query<LedgerAudit['counts'][number]>(ledgerCounts);
  const [all] = await snapshot.query<{ total: number }>({ text: 'select count(*)::int as total from messages' });
  const total = all?.total ?? 0;
  const missing = total - counts.reduce((sum, { count }) => sum + count, 0);
  if (missing !== 0) tell({ check: 'counters', id: 'messages', detail: `${missing} rows are of no status` });
  checks.push({ name: 'counters', says: 'the statuses add up to all rows', violations: missing === 0 ? 0 : 1 });
  return { ok: checks.every(({ violations }) => violations === 0), checks, counts, total };
}

async function passedSteps(snapshot: Snapshot): Promise<LedgerCheck> {
  const rows = await snapshot.query<Omit<Standing, 'step'> & { instructions: Instruction[] | null }>(standings);
  const passed = rows.flatMap(({ instructions, ...standing }) =>
    stepsSurelyPassed(instructions ?? [], standing.position).map((step) => ({ ...standing, step })),
  );
  return {
    name: 'passed-without-message',
    says: 'everybody has a row of each e-mail step that they have surely passed',
    sql: passedWithoutMessage(passed),
  };
}
