import { type PriceOfKnowing, priceOfKnowing } from '../domain/lift-beside';
import { known, type LiftSection, unknown } from './lift-section';

/** The revenue that the control forgoes by not being mailed. */
export const price: LiftSection<PriceOfKnowing> = {
  cost: 'light',
  read({ counted: { figures } }) {
    const value = priceOfKnowing(figures.revenueLift, figures.arms.holdout.customers);
    if (value.revenue === null) return unknown('no_mature_customers');
    return known(value, value.ci === null ? { ci: 'no_variance' } : {});
  },
};
