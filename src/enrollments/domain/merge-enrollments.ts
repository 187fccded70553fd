import { type Arm } from './decide-entry';

/** An enrollment of one of two records that become one. */
export interface MergingEnrollment {
  id: string;
  /** Whether it belongs to the record that goes away. */
  leaving: boolean;
  campaignId: string;
  entryKey: string;
  arm: Arm;
  enteredAt: Date;
  active: boolean;
}

export interface MergePlan {
  /** Enrollments that end (`removed`), because the person is in the campaign already. */
  remove: string[];
  /** Enrollments that leave the analysis: the two records were in different arms. */
  exclude: string[];
}

/**
 * What a merge of two records does to their enrollments (definitions, "Person"): in each campaign the earlier enrollment
 * stays, a later active one of the other record with the same entry key ends; where the arms differed the person leaves
 * the campaign's analysis.
 */
export function planMerge(enrollments: readonly MergingEnrollment[]): MergePlan {
  const plan: MergePlan = { remove: [], exclude: [] };
  for (const campaignId of new Set(enrollments.map((one) => one.campaignId))) {
    const here = enrollments.filter((one) => one.campaignId === campaignId).sort(byEntry);
    const [first] = here;
    if (!first || here.every((one) => one.leaving === first.leaving)) continue;
    if (here.some((one) => one.arm !== first.arm)) plan.exclude.push(...here.map((one) => one.id));
    const kept = new Set<string>();
    for (const one of here) {
      const again = kept.has(one.entryKey) || (one.leaving !== first.leaving && one.entryKey === first.entryKey);
      if (one.active && again) plan.remove.push(one.id);
      else if (one.active) kept.add(one.entryKey);
    }
  }
  return plan;
}

function byEntry(a: MergingEnrollment, b: MergingEnrollment): number {
  return a.enteredAt.getTime() - b.enteredAt.getTime() || (a.id < b.id ? -1 : 1);
}
