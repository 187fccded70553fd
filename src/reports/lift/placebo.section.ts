import { type BeforeRow, ordersBefore } from '../data/lift-beside.sql';
import { type ArmWindow, type Placebo, placeboFigures } from '../domain/lift-beside';
import { known, type LiftSection } from './lift-section';

/** The same on the window before entry: it must hold 0. */
export const placebo: LiftSection<Placebo> = {
  cost: 'heavy',
  async read({ database, scope, minorUnits }) {
    const rows = await database.query<BeforeRow>(ordersBefore(scope));
    const arm = (name: BeforeRow['arm']): ArmWindow => {
      const { customers = 0, repurchasers = 0, spent = [] } = rows.find((row) => row.arm === name) ?? {};
      return { repurchasers, spent: { n: customers, nonZero: spent.map((amount) => amount / minorUnits) } };
    };
    const value = placeboFigures({ treatment: arm('treatment'), holdout: arm('holdout') });
    if (value.repurchase.ci === null) return { value: null, undefinedBecause: { '': 'no_mature_customers' } };
    return known<Placebo>(value, value.revenue.ci === null ? { 'revenue.ci': 'no_variance' } : {});
  },
};
