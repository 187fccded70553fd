import type { Credit } from '../credit-models';

/** One row to append to the ledger: a credit adds, a reversal takes back (its amount is negative). */
export interface LedgerEntry {
  messageId: string;
  kind: 'credit' | 'reversal';
  amount: number;
}

/**
 * The rows that bring what the ledger holds for an order and a model to what it should hold. A refund lowers the
 * revenue, so each message gives back in the proportion in which it was credited; a cancel takes everything back; the
 * order coming to count again credits anew. The ledger is append-only: nothing is ever changed, and its sum per message is
 * the credit as known now. An order of no revenue leaves a credit of 0, so that the ledger says which message it is owed
 * to.
 */
export function reconcileCredit(held: ReadonlyMap<string, number>, wanted: Credit): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  for (const [messageId, amount] of held) {
    const difference = (wanted.get(messageId) ?? 0) - amount;
    if (difference < 0) entries.push({ messageId, kind: 'reversal', amount: difference });
  }
  for (const [messageId, amount] of wanted) {
    const difference = amount - (held.get(messageId) ?? 0);
    if (difference > 0 || !held.has(messageId)) entries.push({ messageId, kind: 'credit', amount: difference });
  }
  return entries;
}
