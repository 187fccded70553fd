import { Z95 } from './special-functions';

/** The 80 % point of the standard normal distribution: a true effect of the size asked for is found four times in five. */
const Z_POWER = 0.841621233572914;
/** The smallest effect worth finding where the campaign names none, as a share of the rate without it. */
const DEFAULT_EFFECT = 0.2;

/** An experiment to be: `rate` repurchase without the campaign, `share` held out. */
export interface ExperimentPlan {
  rate: number;
  share: number;
}

/** Customers of both arms together that show an effect of `effect` (difference of rates), not rounded. */
function exactCustomers({ rate, share }: ExperimentPlan, effect: number): number {
  const treated = rate + effect;
  const mean = share * rate + (1 - share) * treated;
  const pooled = Math.sqrt(mean * (1 - mean) * (1 / share + 1 / (1 - share)));
  const apart = Math.sqrt((rate * (1 - rate)) / share + (treated * (1 - treated)) / (1 - share));
  return ((Z95 * pooled + Z_POWER * apart) / effect) ** 2;
}

/**
 * Customers needed in both arms together to find a difference of `effect` with 80 % power in a two-sided test at 5 %,
 * rounded up (Fleiss, Levin and Paik 2003, ch. 4, unequal arms). Null where there is nothing to find: no control group or
 * nobody else, an effect that is not positive, or one that would lift the rate above 1.
 */
export function customersNeeded(plan: ExperimentPlan, effect: number): number | null {
  if (!(plan.share > 0 && plan.share < 1) || !(effect > 0) || plan.rate < 0 || plan.rate + effect > 1) return null;
  return Math.ceil(exactCustomers(plan, effect));
}

/**
 * The smallest positive effect that so many customers show: {@link customersNeeded} solved for the effect. Null where not
 * even the largest, to a rate of 1, would be found. Each number of customers has one: what is needed falls as the effect
 * grows.
 */
export function minimumDetectable(plan: ExperimentPlan, customers: number): number | null {
  if (!(plan.share > 0 && plan.share < 1) || customers < 2 || plan.rate < 0 || plan.rate >= 1) return null;
  let high = 1 - plan.rate;
  if (exactCustomers(plan, high) > customers) return null;
  let low = 0;
  for (let i = 0; i < 100 && high - low > 1e-15; i++) {
    const middle = (low + high) / 2;
    if (exactCustomers(plan, middle) > customers) low = middle;
    else high = middle;
  }
  return high;
}

/** The effect that a campaign is planned for: its own (a difference of rates), else a fifth of the rate without it. */
export function plannedEffect(rate: number, minimumEffect: number | undefined): number {
  return minimumEffect ?? DEFAULT_EFFECT * rate;
}
