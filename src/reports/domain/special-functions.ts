import { gammaln } from 'simple-statistics';

/** The 97.5 % point of the standard normal distribution: every interval of a report is at 95 %. */
export const Z95 = 1.959963984540054;

const TINY = 1e-300;
const EPSILON = 1e-16;
const MAX_TERMS = 20_000;

/**
 * Complementary error function, relative error below 1e-13 over the whole line, so that p-values of 1e-40 keep their
 * digits (`errorFunction` of simple-statistics is good to 1.2e-7 absolute only, useless for small p-values).
 * Maclaurin series below 2, continued fraction above (Abramowitz and Stegun 7.1.6, 7.1.14).
 */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return NaN;
  if (x < 0) return 2 - erfc(-x);
  if (x < 2) return 1 - erfBySeries(x);
  if (x > 27.3) return 0;
  let fraction = 0;
  for (let k = 200; k >= 1; k--) fraction = k / 2 / (x + fraction);
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction));
}

function erfBySeries(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 1; k < 200; k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
    if (term < sum * EPSILON) break;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Two-sided p-value of a standard normal statistic. */
export function normalTwoSidedP(z: number): number {
  return erfc(Math.abs(z) / Math.SQRT2);
}

/**
 * The z with P(|Z| > z) = `alpha` for 0 < alpha < 1, by bisection of {@link normalTwoSidedP}: for intervals that share 5 %
 * between them.
 */
export function normalQuantile(alpha: number): number {
  if (alpha === 0.05) return Z95;
  let low = 0;
  let high = 40;
  for (let i = 0; i < 100 && high - low > 1e-15 * high; i++) {
    const middle = (low + high) / 2;
    if (normalTwoSidedP(middle) > alpha) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Upper tail of the chi-square distribution with one degree of freedom. */
export function chiSquareP(statistic: number): number {
  return erfc(Math.sqrt(Math.max(0, statistic) / 2));
}

/**
 * Regularised incomplete beta function I_x(a, b). `y` is 1 - x, given by the caller where it is known without
 * cancellation. Continued fraction by the modified Lentz method (Numerical Recipes, 3rd edition, 6.4).
 */
export function incompleteBeta(a: number, b: number, x: number, y = 1 - x): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const front = Math.exp(gammaln(a + b) - gammaln(a) - gammaln(b) + a * Math.log(x) + b * Math.log(y));
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(a, b, x)) / a;
  return 1 - (front * betaFraction(b, a, y)) / b;
}

function betaFraction(a: number, b: number, x: number): number {
  const notZero = (value: number) => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / notZero(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m <= MAX_TERMS; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / notZero(1 + even * d);
    c = notZero(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / notZero(1 + odd * d);
    c = notZero(1 + odd / c);
    h *= d * c;
    if (Math.abs(d * c - 1) < EPSILON * 10) return h;
  }
  return h;
}

/** Probability that Student's t with `df` degrees of freedom lies outside +-t. */
export function studentTwoSidedP(t: number, df: number): number {
  const square = t * t;
  return incompleteBeta(df / 2, 0.5, df / (df + square), square / (df + square));
}

/**
 * The t with P(|T| > t) = 0.05 for `df` > 0 degrees of freedom (fractional ones too, as Satterthwaite gives them), by
 * bisection of {@link studentTwoSidedP}. Above a million degrees of freedom by the expansion around the normal quantile,
 * exact to 1e-11 there and much cheaper (Abramowitz and Stegun 26.7.5).
 */
export function studentQuantile95(df: number): number {
  if (df > 1e6) {
    const z = Z95;
    return z + (z ** 3 + z) / (4 * df) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * df * df);
  }
  let low = 0;
  let high = 4;
  while (studentTwoSidedP(high, df) > 0.05) high *= 2;
  for (let i = 0; i < 200 && high - low > high * 1e-14; i++) {
    const middle = (low + high) / 2;
    if (studentTwoSidedP(middle, df) > 0.05) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
