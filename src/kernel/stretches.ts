/**
 * The stretches of time between given instants, in which something stays as it is: an instant belongs to the stretch that
 * begins at or last before it. Made for questions that mostly move forward: the answer is looked for from the last one on.
 */
export class Stretches {
  private readonly starts: readonly number[];
  private last = 0;

  /** @param changes in any order, also several times the same */
  constructor(changes: Iterable<number>) {
    this.starts = [...new Set(changes)].sort((a, b) => a - b);
  }

  /** The index of the stretch: 0 before the first change, then one more with each. */
  at(instant: number): number {
    const { starts } = this;
    let index = this.last;
    while (index > 0 && (starts[index - 1] ?? Infinity) > instant) index--;
    while (index < starts.length && (starts[index] ?? Infinity) <= instant) index++;
    return (this.last = index);
  }
}
