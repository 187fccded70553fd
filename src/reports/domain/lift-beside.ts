import { type Amounts, type MeanDifference, type Moments, welchDifference, welchOfMoments } from './mean-difference';
import { type Interval, newcombeDifference, type Proportion } from './proportion-interval';
import type { RevenueLift } from './lift-figures';

/** Something of both arms. */
export interface ByArm<T> {
  treatment: T;
  holdout: T;
}

/** People of an arm of whom something is true. */
export interface ArmShare {
  customers: number;
  people: number;
  rate: number | null;
}

/** A share by arm, with the difference and Newcombe's interval. */
export interface ShareDifference extends ByArm<ArmShare> {
  absolute: number | null;
  ci: Interval | null;
}

/** How far the arms differ in a share of their people; null where an arm is empty. */
export function shareDifference(treatment: Proportion, holdout: Proportion): ShareDifference {
  const ci = newcombeDifference(treatment, holdout);
  const share = ({ x, n }: Proportion): ArmShare => ({ customers: n, people: x, rate: n === 0 ? null : x / n });
  const absolute = ci && treatment.x / treatment.n - holdout.x / holdout.n;
  return { treatment: share(treatment), holdout: share(holdout), absolute, ci };
}

/** The lift on the window before entry, where no mail can have done anything. */
export interface Placebo {
  repurchase: ShareDifference;
  revenue: { perCustomer: number | null; ci: Interval | null };
  /** Whether the interval of repurchase holds 0, as it must in 19 of 20 campaigns; null without one. */
  holdsZero: boolean | null;
}

/** What an arm did in a window. */
export interface ArmWindow {
  repurchasers: number;
  /** In units of the store's currency; everybody of the arm, those who spent nothing with 0. */
  spent: Amounts;
}

/** The placebo from what both arms did before they entered. */
export function placeboFigures({ treatment, holdout }: ByArm<ArmWindow>): Placebo {
  const proportion = ({ repurchasers, spent }: ArmWindow): Proportion => ({ x: repurchasers, n: spent.n });
  const repurchase = shareDifference(proportion(treatment), proportion(holdout));
  const welch = welchDifference(treatment.spent, holdout.spent);
  return {
    repurchase,
    revenue: { perCustomer: welch?.difference ?? null, ci: welch?.ci ?? null },
    holdsZero: repurchase.ci && repurchase.ci[0] <= 0 && repurchase.ci[1] >= 0,
  };
}

/** What the control would have brought on top, had it been mailed. */
export interface PriceOfKnowing {
  /** Mature people of the control. */
  customers: number;
  /** Below 0: holding them out has saved something. */
  revenue: number | null;
  ci: Interval | null;
}

/** The revenue that the control forgoes: the difference per customer, for as many as are in it. */
export function priceOfKnowing(
  { perCustomer, ci }: Pick<RevenueLift, 'perCustomer' | 'ci'>,
  customers: number,
): PriceOfKnowing {
  return {
    customers,
    revenue: perCustomer === null ? null : perCustomer * customers,
    ci: ci && [ci[0] * customers, ci[1] * customers],
  };
}

/** What an arm brought after costs. */
export interface ArmProfit {
  customers: number;
  revenue: number;
  couponCost: number;
  /** Mails of the campaign that went out in the windows. */
  sent: number;
  perCustomer: number | null;
}

/** What the campaign earns per person, in units of the store's currency. */
export interface Profit extends ByArm<ArmProfit> {
  grossMargin: number;
  costPerEmail: number;
  /** Treatment minus control, with Welch's interval. */
  perCustomer: number | null;
  ci: Interval | null;
  /** The difference for as many as are in the treatment. */
  incremental: number | null;
  incrementalCi: Interval | null;
}

/** An arm's sums, and the moments of the profit of its people. */
export interface ArmEarnings extends Moments {
  revenue: number;
  couponCost: number;
  sent: number;
}

/** Profit by arm and their difference. */
export function profitFigures(
  { treatment, holdout }: ByArm<ArmEarnings>,
  economics: { grossMargin: number; costPerEmail: number },
): Profit {
  const arm = ({ n, mean, revenue, couponCost, sent }: ArmEarnings): ArmProfit => ({
    ...{ customers: n, revenue, couponCost, sent },
    perCustomer: n === 0 ? null : mean,
  });
  const empty = treatment.n === 0 || holdout.n === 0;
  const welch: MeanDifference | null = empty ? null : welchOfMoments(treatment, holdout);
  return {
    ...economics,
    treatment: arm(treatment),
    holdout: arm(holdout),
    perCustomer: welch?.difference ?? null,
    ci: welch?.ci ?? null,
    incremental: welch && welch.difference * treatment.n,
    incrementalCi: welch?.ci ? [welch.ci[0] * treatment.n, welch.ci[1] * treatment.n] : null,
  };
}

/** What a rule credits to an arm. */
export interface ArmCredit {
  customers: number;
  messages: number;
  orders: number;
  revenue: number;
  revenuePerCustomer: number | null;
}

/** What attribution would credit to mails that nobody received, beside what it credits to those that went out. */
export interface PhantomCredit extends ByArm<ArmCredit> {
  rule: 'last_touch';
  /** How far back from the order a touch counts. */
  window: string;
  /** Credit per customer of the control / of the treatment: so much of it would have come without any mail. */
  share: number | null;
}

/** Phantom credit from the sums by arm, money in units of the store's currency. */
export function phantomCredit(
  { treatment, holdout }: ByArm<Omit<ArmCredit, 'revenuePerCustomer'>>,
  window: string,
): PhantomCredit {
  const arm = (one: Omit<ArmCredit, 'revenuePerCustomer'>): ArmCredit => ({
    ...one,
    revenuePerCustomer: one.customers === 0 ? null : one.revenue / one.customers,
  });
  const [t, h] = [arm(treatment), arm(holdout)];
  const share =
    t.revenuePerCustomer && h.revenuePerCustomer !== null ? h.revenuePerCustomer / t.revenuePerCustomer : null;
  return { rule: 'last_touch', window, treatment: t, holdout: h, share };
}
