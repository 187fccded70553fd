import { DEFAULT_TOUCH_WINDOW_MS } from '../../attribution/credit-models';
import { creditedByDue, type CreditedRow } from '../data/lift-beside.sql';
import { type ArmCredit, type PhantomCredit, phantomCredit } from '../domain/lift-beside';
import { known, type LiftSection, unknown } from './lift-section';

const WINDOW = 'P7D';

/** What the attribution rule would have credited to held-out messages that nobody received. */
export const phantom: LiftSection<PhantomCredit> = {
  cost: 'heavy',
  async read({ database, scope, minorUnits }) {
    const rows = await database.query<CreditedRow>(creditedByDue(scope, DEFAULT_TOUCH_WINDOW_MS));
    const arm = (name: CreditedRow['arm']): Omit<ArmCredit, 'revenuePerCustomer'> => {
      const { customers = 0, messages = 0, orders = 0, revenue = 0 } = rows.find((row) => row.arm === name) ?? {};
      return { customers, messages, orders, revenue: revenue / minorUnits };
    };
    const [treatment, holdout] = [arm('treatment'), arm('holdout')];
    if (holdout.customers === 0) return unknown('no_mature_customers');
    const value = phantomCredit({ treatment, holdout }, WINDOW);
    return known<PhantomCredit>(value, {
      ...(value.share === null ? { share: 'nothing_credited_to_the_treatment' } : {}),
      ...(value.treatment.revenuePerCustomer === null ? { 'treatment.revenuePerCustomer': 'no_mature_customers' } : {}),
    });
  },
};
