import { bounds } from '../data/retention/period-placeholders';
import { type PeriodScope } from '../data/retention/period-scope';
import type { CohortRow } from '../domain/cohort-table';
import { CohortPass } from './domain/cohort-pass';
import { PeriodWalk } from './domain/period-walk';
import { type Groups, type OrderHistories } from './order-histories';

/** The rows of all people (`grp` null) and, where groups are asked for, of each of them. */
export interface ScannedCohorts {
  all: CohortRow[];
  grouped: CohortRow[] | null;
}

/** Counts cohorts in one pass over all orders. */
export async function scanCohorts(histories: OrderHistories, scope: PeriodScope): Promise<ScannedCohorts> {
  const { periods, asOf, grouping } = scope;
  const whole = new CohortPass(periods.length);
  const passes = new Map<number, CohortPass>();
  let groups: Groups | undefined;
  await histories.scan(asOf, async (tx) => {
    groups = grouping && (await histories.groups(tx, scope, grouping));
    const limits = { bounds: bounds(periods).map(Number), asOf: asOf.getTime() };
    return () => {
      const walk = new PeriodWalk(limits);
      const placesOf = groups?.walk();
      return (history, body, offset) => {
        walk.read(history);
        whole.add(history, walk);
        if (!placesOf) return;
        for (const place of placesOf(body, offset)) {
          const own = passes.get(place) ?? new CohortPass(periods.length);
          passes.set(place, own);
          own.add(history, walk);
        }
      };
    };
  });
  return {
    all: whole.rows().map((row) => ({ grp: null, ...row })),
    grouped: groups
      ? [...passes].flatMap(([place, pass]) => pass.rows().map((row) => ({ grp: groups?.names[place] ?? '', ...row })))
      : null,
  };
}
