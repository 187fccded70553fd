import { campaignSplits, liftGroups, type LiftGroupRow, liftSplits, type LiftSplitRow } from '../data/lift-groups.sql';
import { type Interval, newcombeDifference, type Proportion } from '../domain/proportion-interval';
import { normalQuantile } from '../domain/special-functions';
import { known, type LiftSection, unknown } from './lift-section';

/** Attributes that are stored at entry, in the order in which they are shown. */
const ATTRIBUTES = ['stage', 'locale', 'firstProduct', 'tenure'] as const;
const ALPHA = 0.05;

export interface GroupArm {
  customers: number;
  repurchasers: number;
  rate: number | null;
}

/** The lift among the people who had one value of an attribute when they entered. */
export interface Subgroup {
  attribute: string;
  value: string;
  treatment: GroupArm;
  holdout: GroupArm;
  absolute: number | null;
  ci: Interval | null;
}

export interface Subgroups {
  /** Of each interval: 1 - .05 / comparisons, so that all of them hold together with 95 %. */
  level: number;
  comparisons: number;
  groups: Subgroup[];
}

/** Two ways of a split, `a` against `b`. */
export interface SplitPair {
  a: string;
  b: string;
  absolute: number;
  ci: Interval;
}

export interface Split {
  split: string;
  arms: Array<GroupArm & { name: string }>;
  level: number;
  pairs: SplitPair[];
}

const rateOf = ({ x, n }: Proportion): number | null => (n === 0 ? null : x / n);
const armOf = ({ x, n }: Proportion): GroupArm => ({ customers: n, repurchasers: x, rate: rateOf({ x, n }) });

export const subgroups: LiftSection<Subgroups> = {
  cost: 'heavy',
  async read({ database, scope }) {
    const rows = await database.query<LiftGroupRow>(liftGroups(scope));
    if (rows.length === 0) return unknown('no_mature_customers');
    const groups = ATTRIBUTES.flatMap((attribute) => {
      const own = rows.filter((row) => row.attribute === attribute);
      const values = [...new Set(own.map((row) => row.value))];
      // One value alone is everybody: no subgroup, and no comparison to pay for.
      return values.length < 2 ? [] : values.map((value) => groupOf(own, attribute, value));
    });
    if (groups.length === 0) return unknown('nothing_stored_at_entry_differs');
    const comparisons = groups.filter(({ treatment, holdout }) => treatment.n > 0 && holdout.n > 0).length;
    const z = normalQuantile(ALPHA / Math.max(1, comparisons));
    const undefinedBecause: Record<string, string> = {};
    const shown = groups.map(({ attribute, value, treatment, holdout }, i): Subgroup => {
      const ci = newcombeDifference(treatment, holdout, z);
      const [arms, at] = [{ treatment: armOf(treatment), holdout: armOf(holdout) }, `groups[${i}]`];
      for (const name of ['treatment', 'holdout'] as const)
        if (arms[name].rate === null) undefinedBecause[`${at}.${name}.rate`] = 'no_mature_customers';
      if (!ci)
        Object.assign(undefinedBecause, { [`${at}.absolute`]: 'an_arm_is_empty', [`${at}.ci`]: 'an_arm_is_empty' });
      return { attribute, value, ...arms, absolute: ci && treatment.x / treatment.n - holdout.x / holdout.n, ci };
    });
    return known({ level: 1 - ALPHA / Math.max(1, comparisons), comparisons, groups: shown }, undefinedBecause);
  },
};

function groupOf(rows: readonly LiftGroupRow[], attribute: string, value: string) {
  const arm = (name: LiftGroupRow['arm']): Proportion => {
    const row = rows.find((one) => one.value === value && one.arm === name);
    return { x: row?.repurchasers ?? 0, n: row?.customers ?? 0 };
  };
  return { attribute, value, treatment: arm('treatment'), holdout: arm('holdout') };
}

/** An empty list for a campaign without splits, or whose splits nobody has reached. */
export const splits: LiftSection<Split[]> = {
  cost: 'heavy',
  async read({ database, scope }) {
    const [found] = await database.query<{ hasSplits: boolean }>(campaignSplits(scope));
    if (!found?.hasSplits) return known([]);
    const rows = await database.query<LiftSplitRow>(liftSplits(scope));
    return known([...new Set(rows.map((row) => row.split))].map((split) => splitOf(split, rows)));
  },
};

function splitOf(split: string, rows: readonly LiftSplitRow[]): Split {
  const own = rows.filter((row) => row.split === split);
  const pairs = own.flatMap((a, i) => own.slice(i + 1).map((b) => ({ a, b })));
  const alpha = ALPHA / Math.max(1, pairs.length);
  const z = normalQuantile(alpha);
  return {
    split,
    arms: own.map((row) => ({ name: row.arm, ...armOf({ x: row.repurchasers, n: row.customers }) })),
    level: 1 - alpha,
    pairs: pairs.flatMap(({ a, b }): SplitPair[] => {
      const ci = newcombeDifference({ x: a.repurchasers, n: a.customers }, { x: b.repurchasers, n: b.customers }, z);
      const absolute = a.repurchasers / a.customers - b.repurchasers / b.customers;
      return ci ? [{ a: a.arm, b: b.arm, absolute, ci }] : [];
    }),
  };
}
