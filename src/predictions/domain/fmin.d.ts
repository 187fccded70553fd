/** The part of fmin that is used; it ships no types. */
declare module 'fmin' {
  export interface NelderMeadSettings {
    maxIterations?: number;
    /** Ends when the corners of the simplex differ by less, in value and in place. */
    minErrorDelta?: number;
    /** Size of the first simplex relative to the starting point. */
    nonZeroDelta?: number;
    zeroDelta?: number;
    /** Shrinking factor; 1 ends instead of shrinking. */
    sigma?: number;
  }
  /** Downhill simplex (Nelder and Mead 1965). */
  export function nelderMead(
    f: (x: readonly number[]) => number,
    start: number[],
    settings?: NelderMeadSettings,
  ): { x: number[]; fx: number };
}
