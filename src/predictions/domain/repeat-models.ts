import { everyNth } from './every-nth';
import { gammaln } from 'simple-statistics';
import { hypergeometric, logBeta, logSum } from './log-gamma';
import { type Fit, maximiseLikelihood } from './maximum-likelihood';
import { type HistoryGroup, weeks } from './order-history';

/**
 * `bg_nbd`: one may stop being a customer after each repeat (Fader, Hardie, Lee 2005, Marketing Science 24:275).
 * `mbg_nbd`: after the first order too (Batislam, Denizel, Filiztekin 2007, IJRM 24:201), so that somebody with one
 * order is not alive for certain.
 */
export type RepeatModelName = 'bg_nbd' | 'mbg_nbd';

/** Orders at a rate that is Gamma(r, alpha) among customers, in weeks; one stops with a chance that is Beta(a, b). */
export interface RepeatModel {
  name: RepeatModelName;
  r: number;
  alpha: number;
  a: number;
  b: number;
}

/** One customer as the model sees them; times in weeks since the first order day. */
export interface RepeatHistory {
  repeats: number;
  last: number;
  observed: number;
}

/** `fit` has r, alpha, a, b in this order. */
export interface FittedRepeatModel {
  model: RepeatModel;
  fit: Fit;
}

/** Histories that are enough to come near to what fits all. */
const PART = 20_000;

/** A pole of the forecast lies at a = 1; beside it the formula has its limit to six digits. */
const POLE_MARGIN = 1e-6;

/** How often one has withstood stopping; that many chances the model gives. */
function survived(name: RepeatModelName, repeats: number): number {
  return name === 'bg_nbd' ? repeats : repeats + 1;
}

/**
 * Fits a model to the histories of all customers. Of many histories a part is fitted first: from what fits it there are a few
 * steps to what fits all, and only these look at all.
 * @param groups customers by history, two different ones at least
 */
export function fitRepeatModel(name: RepeatModelName, groups: readonly HistoryGroup[]): FittedRepeatModel {
  const part = groups.filter(everyNth(groups.length, PART));
  const near = part.length < groups.length ? maximiseLikelihood(logLikelihoodOf(name, part), startFor(part)) : null;
  // At the edge of the search, where a part may lead that says too little, there is no slope to go on by.
  const start = near?.converged ? near.parameters : startFor(groups);
  const fit = maximiseLikelihood(logLikelihoodOf(name, groups), start);
  const [r = NaN, alpha = NaN, a = NaN, b = NaN] = fit.parameters;
  return { model: { name, r, alpha, a, b }, fit };
}

/** alpha is a time: a third of what is observed of a customer is near enough to start from. */
function startFor(groups: readonly HistoryGroup[]): number[] {
  const longest = groups.reduce((most, { observedDays }) => Math.max(most, observedDays), 1);
  return [0.5, weeks(longest) / 3, 0.8, 2];
}

/**
 * The log-likelihood of r, alpha, a, b. What depends on the number of repeats or on a day alone is reckoned once a value,
 * not once a customer: with it a million customers cost one exponential and one logarithm a history.
 */
export function logLikelihoodOf(
  name: RepeatModelName,
  groups: readonly HistoryGroup[],
): (parameters: readonly number[]) => number {
  const mostRepeats = groups.reduce((most, { repeats }) => Math.max(most, repeats), 0);
  const longest = groups.reduce((most, { observedDays }) => Math.max(most, observedDays), 0);
  const repeatsSeen = [...new Set(groups.map(({ repeats }) => repeats))];
  const own = new Float64Array(mostRepeats + 1);
  const stopped = new Float64Array(mostRepeats + 1);
  const logTimes = new Float64Array(longest + 1);
  return ([r = NaN, alpha = NaN, a = NaN, b = NaN]) => {
    for (const repeats of repeatsSeen) {
      const k = survived(name, repeats);
      own[repeats] = gammaln(r + repeats) - gammaln(r) + r * Math.log(alpha) + logBeta(a, b + k) - logBeta(a, b);
      stopped[repeats] = k > 0 ? Math.log(a / (b + k - 1)) : -Infinity;
    }
    for (let day = 0; day <= longest; day++) logTimes[day] = Math.log(alpha + weeks(day));
    let sum = 0;
    for (const { repeats, lastDay, observedDays, count } of groups) {
      const power = r + repeats;
      const going = -power * at(logTimes, observedDays);
      const gone = at(stopped, repeats) - power * at(logTimes, lastDay);
      sum += count * (at(own, repeats) + logSum(going, gone));
    }
    return sum;
  };
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? NaN;
}

/** The probability that a customer still is one at the end of what is observed. */
export function aliveProbability({ name, r, alpha, a, b }: RepeatModel, history: RepeatHistory): number {
  const k = survived(name, history.repeats);
  if (k === 0) return 1;
  const silence = Math.log((alpha + history.observed) / (alpha + history.last));
  return 1 / (1 + (a / (b + k - 1)) * Math.exp((r + history.repeats) * silence));
}

/**
 * The repeat order days to be expected of a customer in the `horizon` weeks after what is observed: formula (10) of the
 * paper, with the hypergeometric function transformed (Abramowitz and Stegun 15.3.3) so that its series converges fast
 * where the horizon is long.
 */
export function expectedRepeats(model: RepeatModel, history: RepeatHistory, horizon: number): number {
  if (horizon <= 0) return 0;
  const { name, r, alpha, b } = model;
  const a = Math.abs(model.a - 1) < POLE_MARGIN ? 1 + POLE_MARGIN : model.a;
  const k = survived(name, history.repeats);
  const c = a + b + k - 1;
  const z = horizon / (alpha + history.observed + horizon);
  const still = (1 - z) ** (a - 1) * hypergeometric(c - r - history.repeats, a - 1, c, z);
  return (c / (a - 1)) * (1 - still) * aliveProbability(model, history);
}
