import { holdoutDraw, splitDraw } from '../../../src/kernel/hash';
import {
  type ArmCredit,
  type ArmEarnings,
  type ArmWindow,
  type ByArm,
  phantomCredit,
  placeboFigures,
  priceOfKnowing,
  profitFigures,
  shareDifference,
} from '../../../src/reports/domain/lift-beside';
import { type Interval, type Proportion } from '../../../src/reports/domain/proportion-interval';
import { type Figures } from './figure';

interface Draw {
  salt: string;
  split?: string;
  customerId: string;
}

export const LIFT_BESIDE_FIGURES = {
  draw: ({ salt, split, customerId }: Draw) =>
    split === undefined ? holdoutDraw(salt, customerId) : splitDraw(salt, split, customerId),
  placebo: (arms: ByArm<ArmWindow>) => placeboFigures(arms),
  phantomCredit: ({ window, ...arms }: ByArm<Omit<ArmCredit, 'revenuePerCustomer'>> & { window: string }) =>
    phantomCredit(arms, window),
  priceOfKnowing: (facts: { perCustomer: number; ci: Interval; customers: number }) =>
    priceOfKnowing(facts, facts.customers),
  profit: ({ economics, ...arms }: ByArm<ArmEarnings> & { economics: { grossMargin: number; costPerEmail: number } }) =>
    profitFigures(arms, economics),
  guardrail: ({ treatment, holdout }: ByArm<Proportion>) => shareDifference(treatment, holdout),
} satisfies Figures;
