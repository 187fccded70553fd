/** What became of one mail to an address, as far as it says anything about the address. */
export interface AddressTry {
  at: Date;
  /** `unknown`: a fault of ours or of the mail, or nobody knows whether it arrived; neither counts nor breaks a row. */
  outcome: 'soft' | 'arrived' | 'unknown';
}

const IN_A_ROW = 3;
const WITHIN_MS = 14 * 86_400_000;

/**
 * Whether an address has turned back three mails in a row within 14 days (`reliability.md`). Notices may come late and in
 * any order, so every row of three is looked at, not the last alone.
 */
export function isSoftStreak(tries: readonly AddressTry[]): boolean {
  const telling = tries.filter(({ outcome }) => outcome !== 'unknown').sort((a, b) => a.at.getTime() - b.at.getTime());
  return telling.some((first, i) => {
    const row = telling.slice(i, i + IN_A_ROW);
    const last = row.at(-1);
    return (
      row.length === IN_A_ROW &&
      row.every(({ outcome }) => outcome === 'soft') &&
      last !== undefined &&
      last.at.getTime() - first.at.getTime() <= WITHIN_MS
    );
  });
}
