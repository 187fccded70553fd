import { type ProfitRow, profits } from '../data/lift-beside.sql';
import { storedEconomics } from '../data/economics.sql';
import { type ArmEarnings, type Profit, profitFigures } from '../domain/lift-beside';
import type { Economics } from '../domain/economics';
import { known, type LiftSection, unknown } from './lift-section';

/** Margin x revenue - coupon cost - mails x their cost, per person. */
export const profit: LiftSection<Profit> = {
  cost: 'heavy',
  async read({ database, scope, minorUnits }) {
    const [row] = await database.query<{ value: Economics }>(storedEconomics);
    const { grossMargin = null, costPerEmail = null } = row?.value ?? {};
    if (grossMargin === null) return unknown('no_gross_margin');
    const economics = { grossMargin, costPerEmail: costPerEmail ?? 0 };
    const rows = await database.query<ProfitRow>(profits(scope, minorUnits, economics));
    const arm = (name: ProfitRow['arm']): ArmEarnings => {
      const found = rows.find((one) => one.arm === name);
      if (!found) return { n: 0, mean: 0, variance: NaN, revenue: 0, couponCost: 0, sent: 0 };
      const { customers, mean, variance, revenue, couponCost, sent } = found;
      return { n: customers, mean, variance: variance ?? NaN, revenue, couponCost, sent };
    };
    const value = profitFigures({ treatment: arm('treatment'), holdout: arm('holdout') }, economics);
    if (value.perCustomer === null) return unknown('no_mature_customers');
    return known<Profit>(value, value.ci === null ? { ci: 'no_variance', incrementalCi: 'no_variance' } : {});
  },
};
