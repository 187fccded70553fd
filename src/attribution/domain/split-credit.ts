/**
 * Splits a whole amount in proportion to the weights into whole parts that sum to it exactly: each part is rounded down,
 * then the largest remainders get one unit more (ties to the larger key). Every key of positive weight is in the answer,
 * with 0 where its part is less than a unit.
 */
export function splitByLargestRemainder(amount: number, weights: ReadonlyMap<string, number>): Map<string, number> {
  const shares = [...weights].filter(([, weight]) => weight > 0);
  const total = shares.reduce((sum, [, weight]) => sum + weight, 0);
  const parts = shares.map(([key, weight]) => {
    const exact = (amount * weight) / total;
    const whole = Math.floor(exact);
    return { key, whole, remainder: exact - whole };
  });
  let left = amount - parts.reduce((sum, part) => sum + part.whole, 0);
  const byRemainder = [...parts].sort((a, b) => b.remainder - a.remainder || (a.key < b.key ? 1 : -1));
  for (const part of byRemainder) {
    if (left <= 0) break;
    part.whole++;
    left--;
  }
  return new Map(parts.map((part) => [part.key, part.whole]));
}
