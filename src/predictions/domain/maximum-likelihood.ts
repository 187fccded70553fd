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
const MOST_STEPS = 200;
const LONGEST_STEP = 1;
/** Relative gain below which another step is not worth it. */
const ENOUGH = 1e-11;
const MOST_DAMPING = 1e12;
/** Step of the numeric derivatives, on the log scale: their error is of the order of its square. */
const STEP = 1e-3;

type Cost = (logs: readonly number[]) => number;

/**
 * Maximises a log-likelihood over positive parameters by damped Newton steps on their logarithms (Levenberg and
 * Marquardt), which gives the information for the standard errors along with the maximum. The linear algebra is a
 * library's; of the optimisers published for Node none can be imported and is kept.
 *
 * @param logLikelihood of the parameters, smooth and finite within the search
 * @param start a point to start from, all > 0
 */
export function maximiseLikelihood(
  logLikelihood: (parameters: readonly number[]) => number,
  start: readonly number[],
): Fit {
  const cost: Cost = (logs) => {
    if (logs.some((log) => Math.abs(log) > LONGEST_LOG)) return Infinity;
    const value = logLikelihood(logs.map(Math.exp));
    return Number.isFinite(value) ? -value : Infinity;
  };
  let at = start.map(Math.log);
  let value = cost(at);
  let damping = 1e-3;
  let shape = shapeOf(cost, at, value);
  for (let step = 0; step < MOST_STEPS && damping < MOST_DAMPING; step++) {
    const next = stepFrom(at, shape, damping);
    const reached = next ? cost(next) : Infinity;
    if (!next || !(reached < value)) {
      damping *= 8;
      continue;
    }
    const gained = value - reached;
    [at, value, damping] = [next, reached, damping / 8];
    shape = shapeOf(cost, at, value);
    if (gained <= ENOUGH * Math.max(1, Math.abs(value))) break;
  }
  const parameters = at.map(Math.exp);
  const inverse = inverseOf(shape.hessian);
  return {
    parameters,
    standardErrors: inverse && inverse.diagonal().map((variance, i) => Math.sqrt(variance) * (parameters[i] ?? 0)),
    logLikelihood: -value,
    converged: inverse !== null && at.every((log) => Math.abs(log) < LONGEST_LOG - 1),
  };
}

/** Slope and curvature of the cost at a point, by central differences. */
interface Shape {
  gradient: Matrix;
  hessian: Matrix;
}

function shapeOf(cost: Cost, at: readonly number[], value: number): Shape {
  const n = at.length;
  const moved = (...steps: Array<[index: number, by: number]>): number => {
    const point = [...at];
    for (const [index, by] of steps) point[index] = (point[index] ?? 0) + by * STEP;
    return cost(point);
  };
  const gradient = Matrix.zeros(n, 1);
  const hessian = Matrix.zeros(n, n);
  for (let i = 0; i < n; i++) {
    const [up, down] = [moved([i, 1]), moved([i, -1])];
    gradient.set(i, 0, (up - down) / (2 * STEP));
    hessian.set(i, i, (up - 2 * value + down) / STEP ** 2);
    for (let j = 0; j < i; j++) {
      const mixed = moved([i, 1], [j, 1]) - moved([i, 1], [j, -1]) - moved([i, -1], [j, 1]) + moved([i, -1], [j, -1]);
      hessian.set(i, j, mixed / (4 * STEP ** 2));
      hessian.set(j, i, mixed / (4 * STEP ** 2));
    }
  }
  return { gradient, hessian };
}

/** Where a damped Newton step leads, at most so far; undefined where the damping is too weak for the curvature. */
function stepFrom(at: readonly number[], { gradient, hessian }: Shape, damping: number): number[] | undefined {
  const damped = hessian.clone();
  for (let i = 0; i < at.length; i++) {
    damped.set(i, i, hessian.get(i, i) + damping * Math.max(1, Math.abs(hessian.get(i, i))));
  }
  const decomposition = decompose(damped);
  if (!decomposition) return undefined;
  const step = decomposition.solve(gradient).to1DArray();
  const longest = Math.max(...step.map(Math.abs));
  const scale = longest > LONGEST_STEP ? LONGEST_STEP / longest : 1;
  return at.map((log, i) => log - scale * (step[i] ?? 0));
}

function inverseOf(hessian: Matrix): Matrix | null {
  return decompose(hessian)?.solve(Matrix.eye(hessian.rows, hessian.rows)) ?? null;
}

function decompose(matrix: Matrix): CholeskyDecomposition | undefined {
  if (matrix.to1DArray().some((value) => !Number.isFinite(value))) return undefined;
  const decomposition = new CholeskyDecomposition(matrix);
  return decomposition.isPositiveDefinite() ? decomposition : undefined;
}
