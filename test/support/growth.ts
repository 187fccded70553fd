/** Eight times the input: where the work grows with its square that is 64 times the work. */
const TIMES = 8;
const REPETITIONS = 7;

/** Between 8 (linear) and 64 (quadratic), with room for a machine that has other things to do. */
export const ABOUT_LINEAR = 30;

/**
 * How many times as long `work` takes for an input of eight times the size. Only the ratio counts, never a time: of each
 * size the best of some turns, one after the other, so that a slow or busy machine is one for both.
 */
export function growth<T>(input: (size: number) => T, size: number, work: (input: T) => unknown): number {
  const [small, large] = [input(size), input(size * TIMES)];
  let [least, most] = [Infinity, Infinity];
  for (let turn = 0; turn < REPETITIONS; turn++) {
    least = Math.min(
      least,
      timeOf(() => work(small)),
    );
    most = Math.min(
      most,
      timeOf(() => work(large)),
    );
  }
  return most / least;
}

/** Nanoseconds, one at least. */
function timeOf(work: () => unknown): number {
  const began = process.hrtime.bigint();
  work();
  return Math.max(1, Number(process.hrtime.bigint() - began));
}
