import { type LedgerLine } from './point-account';

/** What the ledger says so far of one thing: the sum of its rows. */
export interface LedgerSum {
  /** Expiries of a lot are told apart from its earning. */
  expiry: boolean;
  reference: string;
  at: Date;
  expiresAt: Date | null;
  delta: number;
}

/**
 * The rows to append so that the ledger says what the lines say. Nothing is ever changed or taken out: what no longer
 * holds is taken back by a row with the same time, so that the ledger is right as of any instant.
 */
export function ledgerDifference(lines: readonly LedgerLine[], sums: readonly LedgerSum[]): LedgerLine[] {
  const wanted = new Map<string, LedgerLine>();
  for (const line of lines) {
    const key = keyOf({ ...line, expiry: line.kind === 'expired' });
    const known = wanted.get(key);
    wanted.set(key, known ? { ...known, delta: known.delta + line.delta } : line);
  }
  const rows: LedgerLine[] = [];
  const said = new Map(sums.map((sum) => [keyOf(sum), sum]));
  for (const [key, line] of wanted) {
    const delta = line.delta - (said.get(key)?.delta ?? 0);
    if (delta !== 0) rows.push({ ...line, kind: kindOf(line, delta), delta });
  }
  for (const [key, sum] of said) {
    if (wanted.has(key) || sum.delta === 0) continue;
    const { reference, at, expiresAt } = sum;
    rows.push({ kind: sum.expiry ? 'expired' : 'reversed', reference, at, expiresAt, delta: -sum.delta });
  }
  return rows;
}

/** A correction downwards of what was earned is shown as taken back. */
function kindOf({ kind }: LedgerLine, delta: number): LedgerLine['kind'] {
  if (kind === 'expired') return kind;
  if (delta < 0) return 'reversed';
  return kind;
}

function keyOf({ expiry, reference, at, expiresAt }: Omit<LedgerSum, 'delta'>): string {
  return `${expiry ? 'x' : ''} ${reference} ${at.getTime()} ${expiresAt?.getTime() ?? ''}`;
}
