import { liftWindows, type LiftWindowsRow } from '../data/lift-times.sql';
import { type Interval, newcombeDifference } from '../domain/proportion-interval';
import { LONGEST_LIFT_WINDOW_DAYS } from '../domain/report-window';
import { known, type LiftContext, type LiftSection } from './lift-section';

const DAY_MS = 86_400_000;

interface ArmAfter {
  customers: number;
  repurchasers: number;
  rate: number | null;
}

/** The lift after one, two or three windows, each among those for whom it is over. */
export interface LiftAfter {
  windows: number;
  days: number;
  treatment: ArmAfter;
  holdout: ArmAfter;
  immature: { treatment: number; holdout: number };
  absolute: number | null;
  ci: Interval | null;
}

/**
 * Whether the campaign brought orders or only brought them forward: a lift at W that is gone at 2W or 3W was borrowed from
 * later.
 */
export const borrowedTime: LiftSection<LiftAfter[]> = {
  cost: 'heavy',
  async read({ database, scope }: LiftContext) {
    const rows = await database.query<LiftWindowsRow>(liftWindows(scope));
    const undefinedBecause: Record<string, string> = {};
    const value = [1, 2, 3].map((windows, i): LiftAfter => {
      const arm = (name: LiftWindowsRow['arm']): LiftWindowsRow =>
        rows.find((row) => row.windows === windows && row.arm === name) ?? {
          ...{ arm: name, windows, customers: 0, repurchasers: 0, immature: 0 },
        };
      const [treatment, holdout] = [arm('treatment'), arm('holdout')];
      const days = (windows * scope.windowMs) / DAY_MS;
      const recorded = days <= LONGEST_LIFT_WINDOW_DAYS;
      const rate = ({ customers, repurchasers }: LiftWindowsRow) =>
        recorded && customers > 0 ? repurchasers / customers : null;
      const ci = recorded
        ? newcombeDifference(
            { x: treatment.repurchasers, n: treatment.customers },
            { x: holdout.repurchasers, n: holdout.customers },
          )
        : null;
      const [rateT, rateH] = [rate(treatment), rate(holdout)];
      const why = recorded ? 'no_mature_customers' : 'beyond_365_days';
      if (rateT === null) undefinedBecause[`[${i}].treatment.rate`] = why;
      if (rateH === null) undefinedBecause[`[${i}].holdout.rate`] = why;
      if (ci === null) Object.assign(undefinedBecause, { [`[${i}].absolute`]: why, [`[${i}].ci`]: why });
      return {
        windows,
        days,
        treatment: { customers: treatment.customers, repurchasers: treatment.repurchasers, rate: rateT },
        holdout: { customers: holdout.customers, repurchasers: holdout.repurchasers, rate: rateH },
        immature: { treatment: treatment.immature, holdout: holdout.immature },
        absolute: rateT !== null && rateH !== null ? rateT - rateH : null,
        ci,
      };
    });
    return known(value, undefinedBecause);
  },
};
