import { type HistoryGroup, weeks } from './order-history';
import { aliveProbability, expectedRepeats, fitRepeatModel, type RepeatModel } from './repeat-models';
import { expectedSpend, fitSpendModel, type SpendHistories, type SpendModel } from './spend-model';

/** How far `predicted.value` looks ahead: 52 weeks. */
const AHEAD_WEEKS = 52;
/** As for the report on customer value: below these a fit says more about chance than about the shop. */
const NEEDED = { customers: 100, repeaters: 20 } as const;

/**
 * The models behind the fields of conditions. Under BG/NBD whoever ordered once is alive for certain, so whether somebody
 * is alive comes from MBG/NBD; what is to be expected of them comes from BG/NBD and Gamma-Gamma, as in the report.
 */
export interface CustomerModels {
  alive: RepeatModel;
  repeats: RepeatModel;
  /** Null where too few came back, or the fit failed: then nobody's value is known. */
  spend: SpendModel | null;
}

export interface ModelQuestion {
  groups: readonly HistoryGroup[];
  /** Money in units of the store's currency. */
  spends: SpendHistories;
}

/** The models, or why there are none. */
export type ModelAnswer = { models: CustomerModels; reason: null } | { models: null; reason: NoModels };
export type NoModels = 'too_little_history' | 'not_converged';

/** Fits all three. Pure; seconds for a large shop. */
export function fitCustomerModels({ groups, spends }: ModelQuestion): ModelAnswer {
  const customers = groups.reduce((sum, { count }) => sum + count, 0);
  const repeaters = groups.reduce((sum, { repeats, count }) => sum + (repeats > 0 ? count : 0), 0);
  if (customers < NEEDED.customers || repeaters < NEEDED.repeaters || groups.length < 2) {
    return { models: null, reason: 'too_little_history' };
  }
  const alive = fitRepeatModel('mbg_nbd', groups);
  const repeats = fitRepeatModel('bg_nbd', groups);
  if (!alive.fit.converged || !repeats.fit.converged) return { models: null, reason: 'not_converged' };
  const spend = spends.repeats.length < NEEDED.repeaters ? null : fitSpendModel(spends);
  const known = spend?.fit.converged ? spend.model : null;
  return { models: { alive: alive.model, repeats: repeats.model, spend: known }, reason: null };
}

/** One customer's order days up to the end of a day; money in units of the store's currency. */
export interface CustomerHistory {
  repeats: number;
  /** Whole days from the first order day to the last. */
  lastDay: number;
  /** Whole days from the first order day to the end of what is observed. */
  observedDays: number;
  /** Mean spent on a repeat order day; null without one, or where nobody knows. */
  meanSpend: number | null;
}

export interface CustomerForecast {
  /** In hundredths. */
  alive: number;
  /** Revenue to be expected within 52 weeks, three digits of it, in units of the store's currency; null where unknown. */
  value: number | null;
}

/**
 * What is to be expected of a customer. Rounded, because both figures move a little every day for everybody: a night on
 * which nothing happened then writes little.
 */
export function forecastCustomer(models: CustomerModels, history: CustomerHistory): CustomerForecast {
  const { repeats, lastDay, observedDays, meanSpend } = history;
  const times = { repeats, last: weeks(lastDay), observed: weeks(observedDays) };
  const each = models.spend && expectedSpend(models.spend, meanSpend === null ? 0 : repeats, meanSpend ?? 0);
  return {
    alive: Math.round(100 * aliveProbability(models.alive, times)) / 100,
    value: each === null ? null : Number((expectedRepeats(models.repeats, times, AHEAD_WEEKS) * each).toPrecision(3)),
  };
}
