import { type ProductPair } from '../catalog.types';
import { type BasketIndex } from './basket-index';

/** A pair by the numbers of its products. */
export interface RankedPair {
  a: number;
  b: number;
  orders: number;
  /** What the list is sorted by. */
  score: number;
}

/** The figures of a pair (definitions, Affinity). */
export function pairOf(index: BasketIndex, { a, b, orders }: Omit<RankedPair, 'score'>): ProductPair {
  const countA = index.counts[a] ?? 0;
  const countB = index.counts[b] ?? 0;
  return {
    a: index.products[a] ?? '',
    b: index.products[b] ?? '',
    orders,
    support: orders / index.baskets,
    confidenceAB: orders / countA,
    confidenceBA: orders / countB,
    lift: liftOf(index, a, b, orders),
  };
}

/** lift = support / (p(a) p(b)), multiplied out so that it is one division. */
export function liftOf(index: BasketIndex, a: number, b: number, orders: number): number {
  return (orders * index.baskets) / ((index.counts[a] ?? 0) * (index.counts[b] ?? 0));
}

/** Whether `x` stands before `y` in the list: greater score first, then the smaller products. */
export function before(x: RankedPair, y: RankedPair): boolean {
  if (x.score !== y.score) return x.score > y.score;
  return x.a !== y.a ? x.a < y.a : x.b < y.b;
}

/**
 * Keeps the first `size` pairs of a stream in the order of the list: a binary heap whose root is the last of them, so a
 * million pairs cost no more memory than a page.
 */
export class FirstPairs {
  private readonly heap: RankedPair[] = [];

  constructor(
    private readonly size: number,
    /** Only pairs behind this one are kept: the last of the page before. */
    private readonly after?: RankedPair,
  ) {}

  add(pair: RankedPair): void {
    if (this.after && !before(this.after, pair)) return;
    const root = this.heap[0];
    if (this.heap.length >= this.size) {
      if (!root || !before(pair, root)) return;
      this.heap[0] = pair;
      this.sink();
      return;
    }
    this.heap.push(pair);
    this.rise();
  }

  sorted(): RankedPair[] {
    return [...this.heap].sort((x, y) => (before(x, y) ? -1 : 1));
  }

  private rise(): void {
    let at = this.heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isBehind(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private sink(): void {
    let at = 0;
    for (;;) {
      let last = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.heap.length && this.isBehind(child, last)) last = child;
      if (last === at) return;
      this.swap(at, last);
      at = last;
    }
  }

  private isBehind(x: number, y: number): boolean {
    const [one, other] = [this.heap[x], this.heap[y]];
    return one !== undefined && other !== undefined && before(other, one);
  }

  private swap(x: number, y: number): void {
    const [one, other] = [this.heap[x], this.heap[y]];
    if (one && other) [this.heap[x], this.heap[y]] = [other, one];
  }
}
