import { gammaln } from 'simple-statistics';

/** ln Beta(a, b), for a, b > 0. */
export function logBeta(a: number, b: number): number {
  return gammaln(a) + gammaln(b) - gammaln(a + b);
}

/** ln(e^a + e^b) without overflow. */
export function logSum(a: number, b: number): number {
  const high = Math.max(a, b);
  return high === -Infinity ? -Infinity : high + Math.log1p(Math.exp(Math.min(a, b) - high));
}

const MOST_TERMS = 100_000;

/**
 * Gauss' hypergeometric function 2F1(a, b; c; z) by its series, for 0 <= z < 1 and c > 0. It converges fast where
 * c > a + b; the callers transform until it does (Abramowitz and Stegun 15.1.1, 15.3.3).
 */
export function hypergeometric(a: number, b: number, c: number, z: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 0; n < MOST_TERMS; n++) {
    term *= (((a + n) * (b + n)) / ((c + n) * (n + 1))) * z;
    sum += term;
    if (Math.abs(term) <= 1e-15 * Math.abs(sum)) break;
  }
  return sum;
}
