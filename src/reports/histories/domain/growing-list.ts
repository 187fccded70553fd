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

  /** In ascending order. */
  sorted(): Float64Array {
    return this.numbers.subarray(0, this.length).sort();
  }
}
