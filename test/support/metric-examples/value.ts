import {
  type CustomerHistory,
  type CustomerModels,
  forecastCustomer,
} from '../../../src/predictions/domain/customer-forecast';
import {
  aliveProbability,
  expectedRepeats,
  type RepeatHistory,
  type RepeatModel,
} from '../../../src/predictions/domain/repeat-models';
import { expectedSpend, type SpendModel } from '../../../src/predictions/domain/spend-model';
import { ownLapse } from '../../../src/predictions/domain/own-lapse';
import { daysBetween } from '../../../src/kernel/local-time';
import { type Figures } from './figure';

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
} satisfies Figures;
