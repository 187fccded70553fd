/** A product of the order that is looked at: its baskets, and which products share how many of them. */
export interface LineProduct {
  baskets: number;
  partners: readonly number[];
  shared: readonly number[];
}

/** A product that might be recommended. */
export interface Candidate {
  number: number;
  /** Baskets shared with the lines, summed over them. */
  shared: number;
  /** The greatest share over the lines of a line's baskets that also hold it: lift but for the candidate's own baskets. */
  pull: number;
}

/**
 * Finds, order after order, the products that share baskets with its lines. Sums in flat arrays that are used again:
 * 500 orders of 22 lines with 380 partners each take 0.1 s, with a Map of objects 2 s.
 */
export class TogetherRanking {
  private shared = new Int32Array(0);
  private pull = new Float64Array(0);

  /**
   * The products that share most baskets with the lines: the first `size`, and all that tie with the last of them,
   * because ties are decided by lift, which takes more to know. Those in `without` are passed over.
   */
  candidates(lines: readonly LineProduct[], without: ReadonlySet<number>, size: number): Candidate[] {
    const touched = this.add(lines).filter((number) => !without.has(number));
    const sums = Int32Array.from(touched, (number) => this.shared[number] ?? 0).sort();
    const last = sums.length > size ? (sums[sums.length - size] ?? 0) : 0;
    const found = touched
      .filter((number) => (this.shared[number] ?? 0) >= last)
      .map((number) => ({ number, shared: this.shared[number] ?? 0, pull: this.pull[number] ?? 0 }));
    this.clear(lines);
    return found;
  }

  private add(lines: readonly LineProduct[]): number[] {
    const touched: number[] = [];
    for (const { baskets, partners, shared } of lines) {
      this.reserve(partners);
      for (let i = 0; i < partners.length; i++) {
        const number = partners[i] ?? 0;
        const together = shared[i] ?? 0;
        const before = this.shared[number] ?? 0;
        if (before === 0) touched.push(number);
        this.shared[number] = before + together;
        this.pull[number] = Math.max(this.pull[number] ?? 0, together / baskets);
      }
    }
    return touched;
  }

  private clear(lines: readonly LineProduct[]): void {
    for (const { partners } of lines) {
      for (const number of partners) {
        this.shared[number] = 0;
        this.pull[number] = 0;
      }
    }
  }

  private reserve(partners: readonly number[]): void {
    let needed = this.shared.length;
    for (const number of partners) if (number >= needed) needed = number + 1;
    if (needed === this.shared.length) return;
    const [shared, pull] = [new Int32Array(needed * 2), new Float64Array(needed * 2)];
    shared.set(this.shared);
    pull.set(this.pull);
    [this.shared, this.pull] = [shared, pull];
  }
}

/** By shared baskets, then lift, then external id (numbers follow the ids). @param baskets of each candidate */
export function inOrderOfRank(candidates: readonly Candidate[], baskets: ReadonlyMap<number, number>): Candidate[] {
  const lift = ({ number, pull }: Candidate): number => pull / (baskets.get(number) ?? Infinity);
  return [...candidates].sort((a, b) => b.shared - a.shared || lift(b) - lift(a) || a.number - b.number);
}
