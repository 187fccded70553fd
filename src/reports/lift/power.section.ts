import { customersNeeded, minimumDetectable, plannedEffect } from '../domain/power';
import { known, type LiftContext, type LiftSection, unknown } from './lift-section';

/** What the experiment can show, by the control's rate and the planned share; never by the lift that was observed. */
export interface LiftPower {
  /** Smallest difference of rates that the mature people show with 80 % power. */
  minimumDetectable: number | null;
  /** Customers of both arms together, mature, that show `minimumEffect`. */
  customersNeeded: number | null;
  /** The effect that `customersNeeded` is for: of the campaign's measure, else a fifth of the control's rate. */
  minimumEffect: number;
  baseline: number;
}

export const power: LiftSection<LiftPower> = {
  cost: 'light',
  read({ counted, campaign }: LiftContext) {
    const { holdout: share, measure } = campaign.definition;
    const { treatment, holdout } = counted.figures.arms;
    if (share === 0) return unknown('no_control');
    if (holdout.rate === null) return unknown('no_mature_customers');
    const plan = { rate: holdout.rate, share };
    const minimumEffect = plannedEffect(plan.rate, measure?.minimumEffect);
    const needed = customersNeeded(plan, minimumEffect);
    const detectable = minimumDetectable(plan, treatment.customers + holdout.customers);
    const impossible = minimumEffect === 0 ? 'no_repurchasers_in_holdout' : 'effect_beyond_everybody';
    return known(
      { minimumDetectable: detectable, customersNeeded: needed, minimumEffect, baseline: plan.rate },
      {
        ...(needed === null ? { customersNeeded: impossible } : {}),
        ...(detectable === null ? { minimumDetectable: 'few_customers' } : {}),
      },
    );
  },
};
