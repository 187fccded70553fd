import { nelderMead } from 'fmin';
import { CholeskyDecomposition, Matrix } from 'ml-matrix';

/** Parameters that make a likelihood largest. */
export interface Fit {
  /** In the order asked for, all > 0. */
  parameters: number[];
  /** By the observed information (inverse Hessian, delta method); null where the likelihood is too flat to say. */
  standardErrors: number[] | null;
  logLikelihood: number;
  /** False where the search ended at the edge of what it looks at: the data do not pin the parameters down. */
  converged: boolean;
}

/** Parameters are looked for within e^-12 to e^12: beyond, the models say the same as at the edge. */
const LONGEST_LOG = 12;
const MOST_ROUNDS = 30;
const ENOUGH = 1e-9;
/** Step of the numeric second derivatives, on the log scale: the error is of the order of its square. */
const STEP = 1e-3;

/**
 * Maximises a log-likelihood over positive parameters, by the downhill simplex on their logarithms, started anew from
 * where it ended until that brings nothing: a simplex that has collapsed too early gets its size back.
 *
 * @param logLikelihood of the parameters, finite within the search
 * @param start a point to start from, all > 0
 */
export function maximiseLikelihood(
  logLikelihood: (parameters: readonly number[]) => number,
  start: readonly number[],
): Fit {
  const cost = (logs: readonly number[]): number => {
    if (logs.some((log) => Math.abs(log) > LONGEST_LOG)) return Infinity;
    const value = logLikelihood(logs.map(Math.exp));
    return Number.isFinite(value) ? -value : Infinity;
  };
  let best = { x: start.map(Math.log), fx: cost(start.map(Math.log)) };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    // Without `sigma` 1 this version of the library would shrink by an undeclared variable, which throws; what ends
    // there goes on in the next round.
    const found = nelderMead(cost, [...best.x], {
      sigma: 1,
      minErrorDelta: 1e-9,
      maxIterations: 2_000,
      nonZeroDelta: round === 0 ? 1.5 : 1.05,
      zeroDelta: 0.25,
    });
    const gained = best.fx - found.fx;
    if (found.fx < best.fx) best = { x: [...found.x], fx: found.fx };
    if (round > 0 && !(gained > ENOUGH * Math.max(1, Math.abs(best.fx)))) break;
  }
  const parameters = best.x.map(Math.exp);
  const errors = logStandardErrors(cost, best.x);
  return {
    parameters,
    standardErrors: errors && errors.map((error, i) => error * (parameters[i] ?? 0)),
    logLikelihood: -best.fx,
    converged: errors !== null && best.x.every((log) => Math.abs(log) < LONGEST_LOG - 1),
  };
}

/** Square roots of the diagonal of the inverse Hessian; null where that is not positive definite. */
function logStandardErrors(cost: (logs: readonly number[]) => number, at: readonly number[]): number[] | null {
  const n = at.length;
  const moved = (...steps: Array<[index: number, by: number]>): number => {
    const point = [...at];
    for (const [index, by] of steps) point[index] = (point[index] ?? 0) + by * STEP;
    return cost(point);
  };
  const centre = cost(at);
  const hessian = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) {
    hessian.set(i, i, (moved([i, 1]) - 2 * centre + moved([i, -1])) / STEP ** 2);
    for (let j = 0; j < i; j++) {
      const mixed = moved([i, 1], [j, 1]) - moved([i, 1], [j, -1]) - moved([i, -1], [j, 1]) + moved([i, -1], [j, -1]);
      hessian.set(i, j, mixed / (4 * STEP ** 2));
      hessian.set(j, i, mixed / (4 * STEP ** 2));
    }
  }
  if (hessian.to1DArray().some((value) => !Number.isFinite(value))) return null;
  const decomposition = new CholeskyDecomposition(hessian);
  if (!decomposition.isPositiveDefinite()) return null;
  return decomposition.solve(Matrix.eye(n, n)).diagonal().map(Math.sqrt);
}
