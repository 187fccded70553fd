/** Numbers one after the other, many of them. */
export class GrowingList {
  private numbers = new Float64Array(16);
  private length = 0;

  push(number: number): void {
    if (this.length === this.numbers.length) {
      const grown = new Float64Array(2 * this.length);
      grown.set(this.numbers);
      this.numbers = grown;
    }
    this.numbers[this.length++] = number;
  }

  /** The sum of the greatest of them, a share rounded up to whole ones. Changes their order, but does not sort them. */
  sumOfGreatest(share: number): number {
    const first = this.length - Math.ceil(share * this.length);
    const list = this.numbers.subarray(0, this.length);
    partition(list, first);
    return list.subarray(first).reduce((sum, number) => sum + number, 0);
  }
}

/** Puts at `place` what would be there in ascending order, what is less before and what is greater behind (Hoare 1961). */
function partition(list: Float64Array, place: number): void {
  const at = (i: number): number => list[i] ?? 0;
  let [low, high] = [0, list.length - 1];
  while (low < high) {
    const pivot = at((low + high) >> 1);
    let [i, j] = [low, high];
    while (i <= j) {
      while (at(i) < pivot) i++;
      while (at(j) > pivot) j--;
      if (i > j) break;
      const moved = at(i);
      list[i++] = at(j);
      list[j--] = moved;
    }
    if (place <= j) high = j;
    else if (place >= i) low = i;
    else return;
  }
}
