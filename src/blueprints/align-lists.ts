/** Lists longer than this are compared place by place: the alignment takes time by the square. */
const ALIGNED_ITEMS = 500;

/**
 * The places of what two lists have in common (longest common subsequence), as ascending pairs. Equality is deep. What
 * both begin and end with is common whatever the length; of what is left between, more than {@link ALIGNED_ITEMS} items
 * are compared place by place.
 */
export function commonItems(before: readonly unknown[], after: readonly unknown[]): Array<readonly [number, number]> {
  const old = before.map(textOf);
  const now = after.map(textOf);
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < shorter - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  const between = alignment(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  return [
    ...Array.from({ length: head }, (_, n) => [n, n] as const),
    ...between.map(([i, j]) => [head + i, head + j] as const),
    ...Array.from({ length: tail }, (_, n) => [old.length - tail + n, now.length - tail + n] as const),
  ];
}

function alignment(old: readonly string[], now: readonly string[]): Array<readonly [number, number]> {
  if (old.length > ALIGNED_ITEMS || now.length > ALIGNED_ITEMS) {
    return old.flatMap((item, i) => (item === now[i] ? [[i, i] as const] : []));
  }
  const width = now.length + 1;
  // lengths[i * width + j]: of the longest common subsequence of what stands at or behind i and j.
  const lengths = new Uint16Array((old.length + 1) * width);
  const lengthAt = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        old[i] === now[j] ? 1 + lengthAt(i + 1, j + 1) : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1));
    }
  }
  const pairs: Array<readonly [number, number]> = [];
  for (let i = 0, j = 0; i < old.length && j < now.length;) {
    if (old[i] === now[j]) pairs.push([i++, j++]);
    else if (lengthAt(i + 1, j) >= lengthAt(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}

/** JSON with the fields of objects in one order, so that equal values are equal texts. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
