import { everyNth } from './every-nth';
import { gammaln } from 'simple-statistics';
import { type Fit, maximiseLikelihood } from './maximum-likelihood';

/**
 * Gamma-Gamma (Fader and Hardie, note 025): what a customer spends a repeat order day is Gamma(p, nu) around a mean of
 * their own, nu being Gamma(q, gamma) among customers, independent of how often they order.
 */
export interface SpendModel {
  p: number;
  q: number;
  gamma: number;
}

/** Customers with a repeat that cost something: how many repeat order days, and the mean spend on one. */
export interface SpendHistories {
  repeats: Float64Array;
  means: Float64Array;
}

/** `fit` has p, q, gamma in this order. */
export interface FittedSpendModel {
  model: SpendModel;
  fit: Fit;
  /** Correlation of repeats and mean spend; the model takes it for 0. */
  correlation: number | null;
}

/** Customers who are enough to come near to what fits all; see `fitRepeatModel`. */
const PART = 20_000;

/** @param histories of customers with one repeat or more and a mean > 0; two of them at least */
export function fitSpendModel(histories: SpendHistories): FittedSpendModel {
  const mean = histories.means.reduce((sum, value) => sum + value, 0) / Math.max(1, histories.means.length);
  const { repeats, means } = histories;
  const kept = everyNth(means.length, PART);
  const part = { repeats: repeats.filter(kept), means: means.filter(kept) };
  const usual = [5, 4, mean];
  const near = part.means.length < means.length ? maximiseLikelihood(spendLogLikelihood(part), usual) : null;
  const fit = maximiseLikelihood(spendLogLikelihood(histories), near?.converged ? near.parameters : usual);
  const [p = NaN, q = NaN, gamma = NaN] = fit.parameters;
  return { model: { p, q, gamma }, fit, correlation: correlation(histories) };
}

/** The log-likelihood of p, q, gamma; what depends on the number of repeats alone is reckoned once a number. */
export function spendLogLikelihood({ repeats, means }: SpendHistories): (parameters: readonly number[]) => number {
  const customersOf = new Map<number, number>();
  for (const x of repeats) customersOf.set(x, (customersOf.get(x) ?? 0) + 1);
  const counts = [...customersOf];
  let logMeans = 0;
  for (let i = 0; i < means.length; i++) logMeans += Math.log(means[i] ?? NaN);
  let weightedLogMeans = 0;
  for (let i = 0; i < means.length; i++) weightedLogMeans += (repeats[i] ?? NaN) * Math.log(means[i] ?? NaN);
  return ([p = NaN, q = NaN, gamma = NaN]) => {
    let sum = p * weightedLogMeans - logMeans;
    for (const [x, customers] of counts) {
      const own = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * Math.log(gamma) + p * x * Math.log(x);
      sum += customers * own;
    }
    for (let i = 0; i < means.length; i++) {
      const x = repeats[i] ?? NaN;
      sum -= (p * x + q) * Math.log(gamma + (means[i] ?? NaN) * x);
    }
    return sum;
  };
}

/** What a customer is expected to spend on an order day; null where the model has no mean (q <= 1 and no repeat). */
export function expectedSpend({ p, q, gamma }: SpendModel, repeats: number, mean: number): number | null {
  const divisor = p * repeats + q - 1;
  return divisor > 0 ? (p * (gamma + mean * repeats)) / divisor : null;
}

/** Pearson's, of repeats and mean spend; null where one of them does not vary. */
export function correlation({ repeats, means }: SpendHistories): number | null {
  const n = repeats.length;
  const average = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / n;
  const [x, m] = [average(repeats), average(means)];
  let [xx, mm, xm] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const dx = (repeats[i] ?? NaN) - x;
    const dm = (means[i] ?? NaN) - m;
    xx += dx * dx;
    mm += dm * dm;
    xm += dx * dm;
  }
  return xx > 0 && mm > 0 ? xm / Math.sqrt(xx * mm) : null;
}
