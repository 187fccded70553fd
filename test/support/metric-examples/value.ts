import {
  type CustomerHistory,
  type CustomerModels,
  forecastCustomer,
} from '../../../src/predictions/domain/customer-forecast';
import {
  aliveProbability,
  expectedRepeats,
  logLikelihoodOf,
  type RepeatHistory,
  type RepeatModel,
} from '../../../src/predictions/domain/repeat-models';
import {
  correlation,
  expectedSpend,
  spendLogLikelihood,
  type SpendModel,
} from '../../../src/predictions/domain/spend-model';
import { ownLapse } from '../../../src/predictions/domain/own-lapse';
import { daysBetween } from '../../../src/kernel/local-time';
import { maximiseLikelihood } from '../../../src/predictions/domain/maximum-likelihood';
import { judgeModel, lookAhead, type ValueGroup } from '../../../src/predictions/domain/forecast-value';
import { type HistoryGroup } from '../../../src/predictions/domain/order-history';
import { type HistoricCounts, historicValue } from '../../../src/reports/domain/historic-value';
import { type Figures } from './figure';

/** Customers with one repeat or more: how many, and the mean spend on one. */
type Spends = Array<[repeats: number, mean: number]>;

const spendHistories = (spends: Spends) => ({
  repeats: Float64Array.from(spends, ([repeats]) => repeats),
  means: Float64Array.from(spends, ([, mean]) => mean),
});

interface ForecastExample {
  model: RepeatModel;
  spend: SpendModel;
  groups: ValueGroup[];
  days: number;
}

export const VALUE_FIGURES = {
  conditionFields: ({ models, history }: { models: CustomerModels; history: CustomerHistory }) =>
    forecastCustomer(models, history),
  ownLapse: ({ orderDays, day }: { orderDays: string[]; day: string }) => {
    const number = (date: string): number => daysBetween('1970-01-01', date);
    return ownLapse(orderDays.map(number), number(day));
  },
  expectedOrders: ({ model, history, weeks }: { model: RepeatModel; history: RepeatHistory; weeks: number }) =>
    expectedRepeats(model, history, weeks),
  alive: ({ model, history }: { model: RepeatModel; history: RepeatHistory }) => aliveProbability(model, history),
  expectedSpend: ({ model, repeats, mean }: { model: SpendModel; repeats: number; mean: number }) =>
    expectedSpend(model, repeats, mean),
  historicValue: ({ grossMargin, ...counts }: HistoricCounts & { grossMargin: number | null }) =>
    historicValue(counts, grossMargin),
  orderLikelihood: ({ model, groups }: { model: RepeatModel; groups: HistoryGroup[] }) =>
    logLikelihoodOf(model.name, groups)([model.r, model.alpha, model.a, model.b]),
  spendLikelihood: ({ model, spends }: { model: SpendModel; spends: Spends }) =>
    spendLogLikelihood(spendHistories(spends))([model.p, model.q, model.gamma]),
  spendCorrelation: ({ spends }: { spends: Spends }) => correlation(spendHistories(spends)),
  // The rate of a Poisson process: count / time, with the standard error sqrt(count) / time.
  poissonFit: ({ count, time }: { count: number; time: number }) =>
    maximiseLikelihood(([rate = NaN]) => count * Math.log(rate) - rate * time, [1]),
  calibration: ({ model, groups, days }: { model: RepeatModel; groups: ValueGroup[]; days: number }) =>
    judgeModel(model, groups, days),
  forecast: ({ model, spend, groups, days }: ForecastExample) => lookAhead(model, spend, groups, days),
} satisfies Figures;
