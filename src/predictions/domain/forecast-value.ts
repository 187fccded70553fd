import { type HistoryGroup, weeks } from './order-history';
import { type Fit } from './maximum-likelihood';
import { expectedRepeats, type FittedRepeatModel, fitRepeatModel, type RepeatModel } from './repeat-models';
import { expectedSpend, fitSpendModel, type SpendHistories, type SpendModel } from './spend-model';

/** Customers with the same history, and what they spent and did afterwards. */
export interface ValueGroup extends HistoryGroup {
  /** Repeat order days of all of them after calibration, up to the end of the held-out time. */
  laterRepeats: number;
  /** Sum of the means spent a repeat order day, over those of whom it is known; in units of the store's currency. */
  meanSpend: number;
}

/** What a forecast is made from; plain data, so that it may be made in a thread of its own. */
export interface ValueQuestion {
  groups: ValueGroup[];
  spends: SpendHistories;
  /** Days held out after calibration to judge the model by; 0: none. */
  holdoutDays: number;
  /** Days to look ahead from the end of calibration. */
  horizonDays: number;
}

export interface RepeatFigures {
  r: number;
  alpha: number;
  a: number;
  b: number;
  logLikelihood: number;
  standardErrors: { r: number; alpha: number; a: number; b: number } | null;
  converged: boolean;
}

export interface SpendFigures extends SpendModel {
  logLikelihood: number;
  standardErrors: SpendModel | null;
  converged: boolean;
  /** Customers it was fitted to. */
  customers: number;
  /** Of repeats and mean spend, which the model takes for independent. */
  correlation: number | null;
}

/** Repeats of those who had `repeats` of them by the end of calibration; the last line is that many or more. */
export interface CalibrationLine {
  repeats: number;
  customers: number;
  /** Per customer, in the held-out time. */
  actual: number;
  predicted: number;
}

export interface ValueForecast {
  customers: number;
  /** Null with {@link ValueForecast.reason}. */
  model: RepeatFigures | null;
  spend: SpendFigures | null;
  /** Null when nothing was held out or there is no model. */
  holdout: { actual: number; predicted: number; byRepeats: CalibrationLine[] } | null;
  /** Repeat order days and revenue to be expected of everybody within the horizon. */
  ahead: { orders: number; revenue: number | null } | null;
  /** Why there is no model, or none of the spend. */
  reason: 'too_little_history' | 'not_converged' | null;
}

/** Below these a fit says more about chance than about the shop. */
const NEEDED = { customers: 100, repeaters: 20 } as const;
const LAST_LINE = 7;

/** Fits both models, judges them by the held-out time, and looks ahead. Pure, and takes seconds for a large shop. */
export function forecastValue(question: ValueQuestion): ValueForecast {
  const { groups, spends, holdoutDays, horizonDays } = question;
  const customers = sum(groups, ({ count }) => count);
  const repeaters = sum(groups, ({ repeats, count }) => (repeats > 0 ? count : 0));
  const none = { customers, model: null, spend: null, holdout: null, ahead: null };
  if (customers < NEEDED.customers || repeaters < NEEDED.repeaters) return { ...none, reason: 'too_little_history' };
  const fitted = fitRepeatModel('bg_nbd', groups);
  const spend = spends.repeats.length < NEEDED.repeaters ? null : spendFigures(spends);
  return {
    customers,
    model: repeatFigures(fitted),
    spend,
    holdout: holdoutDays > 0 ? judgeModel(fitted.model, groups, holdoutDays) : null,
    ahead: lookAhead(fitted.model, spend, groups, horizonDays),
    reason: fitted.fit.converged ? null : 'not_converged',
  };
}

function repeatFigures({ model: { r, alpha, a, b }, fit }: FittedRepeatModel): RepeatFigures {
  const [sr = NaN, salpha = NaN, sa = NaN, sb = NaN] = fit.standardErrors ?? [];
  return {
    ...{ r, alpha, a, b },
    logLikelihood: fit.logLikelihood,
    standardErrors: errorsOf(fit, { r: sr, alpha: salpha, a: sa, b: sb }),
    converged: fit.converged,
  };
}

function spendFigures(spends: SpendHistories): SpendFigures {
  const { model, fit, correlation } = fitSpendModel(spends);
  const [p = NaN, q = NaN, gamma = NaN] = fit.standardErrors ?? [];
  return {
    ...model,
    logLikelihood: fit.logLikelihood,
    standardErrors: errorsOf(fit, { p, q, gamma }),
    converged: fit.converged,
    customers: spends.repeats.length,
    correlation,
  };
}

function errorsOf<Errors>(fit: Fit, errors: Errors): Errors | null {
  return fit.standardErrors === null ? null : errors;
}

/** What a model foretold of the held-out days beside what happened in them, in all and by repeats before them. */
export function judgeModel(
  model: RepeatModel,
  groups: readonly ValueGroup[],
  holdoutDays: number,
): NonNullable<ValueForecast['holdout']> {
  const lines = new Map<number, { customers: number; actual: number; predicted: number }>();
  for (const group of groups) {
    const repeats = Math.min(group.repeats, LAST_LINE);
    const line = lines.get(repeats) ?? { customers: 0, actual: 0, predicted: 0 };
    line.customers += group.count;
    line.actual += group.laterRepeats;
    line.predicted += group.count * repeatsAhead(model, group, holdoutDays);
    lines.set(repeats, line);
  }
  return {
    actual: sum(groups, ({ laterRepeats }) => laterRepeats),
    predicted: sum([...lines.values()], ({ predicted }) => predicted),
    byRepeats: [...lines]
      .sort(([one], [other]) => one - other)
      .map(([repeats, { customers, actual, predicted }]) => ({
        ...{ repeats, customers, actual: actual / customers, predicted: predicted / customers },
      })),
  };
}

/**
 * Repeat order days and revenue to be expected of everybody within the horizon. What somebody spends depends on their
 * mean in a straight line, so the sum of the means is enough.
 */
export function lookAhead(
  model: RepeatModel,
  spend: SpendModel | null,
  groups: readonly ValueGroup[],
  horizonDays: number,
): NonNullable<ValueForecast['ahead']> {
  let orders = 0;
  let revenue: number | null = spend && 0;
  for (const group of groups) {
    const repeats = repeatsAhead(model, group, horizonDays);
    const each = spend && expectedSpend(spend, group.repeats, group.meanSpend / group.count);
    orders += group.count * repeats;
    revenue = revenue === null || each === null ? null : revenue + group.count * repeats * each;
  }
  return { orders, revenue };
}

function repeatsAhead(model: RepeatModel, group: HistoryGroup, days: number): number {
  const history = { repeats: group.repeats, last: weeks(group.lastDay), observed: weeks(group.observedDays) };
  return expectedRepeats(model, history, weeks(days));
}

function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
