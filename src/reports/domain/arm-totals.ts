import type { ObservedSpan } from './tracking-gap';

type Arm = 'treatment' | 'holdout';

/** People of one arm who were drawn, by why they are left out and by stretches of their starts no longer than the window. */
export interface PeopleRow {
  arm: Arm;
  excluded: string | null;
  people: number;
  /** Drawn into the arm, watched or not. */
  enrolled: number;
  /** Watched to the end of their window. */
  customers: number;
  immature: number;
  /** The first and the last instant from which any of them is watched; null when none is. */
  firstStart: Date | null;
  lastStart: Date | null;
}

/** What the mature people of one arm brought within their windows; money in minor units. */
export interface BroughtRow {
  arm: Arm;
  repurchasers: number;
  orders: number;
  otherCurrency: number;
  /** Net revenue of each who brought any. */
  spent: number[];
  overRefunded: number;
}

/** One arm counted; money in minor units of the store's currency. */
export interface ArmTotals extends Omit<BroughtRow, 'arm'> {
  customers: number;
  immature: number;
  enrolled: number;
}

/** Both arms, and what is told of both together. */
export interface CountedArms {
  treatment: ArmTotals;
  holdout: ArmTotals;
  /** The latest instant from which anybody is watched, mature or not; null when nobody is. */
  lastStart: Date | null;
  /** Stretches of time in which anybody was watched, merged, ended at `asOf`. */
  spans: ObservedSpan[];
  /** People left out, by reason. */
  excluded: Record<string, number>;
}

/** Puts the rows of both statements on two arms together. */
export function countedArms(
  people: readonly PeopleRow[],
  brought: readonly BroughtRow[],
  { windowMs, asOf }: { windowMs: number; asOf: Date },
): CountedArms {
  const starts = people.flatMap(({ lastStart }) => (lastStart === null ? [] : [lastStart.getTime()]));
  const excluded: Record<string, number> = {};
  for (const row of people) {
    if (row.excluded !== null) excluded[row.excluded] = (excluded[row.excluded] ?? 0) + row.people;
  }
  return {
    treatment: totals('treatment', people, brought),
    holdout: totals('holdout', people, brought),
    lastStart: starts.length === 0 ? null : new Date(starts.reduce((a, b) => Math.max(a, b))),
    spans: watchedSpans(people, windowMs, asOf),
    excluded,
  };
}

function totals(arm: Arm, people: readonly PeopleRow[], brought: readonly BroughtRow[]): ArmTotals {
  const own = people.filter((row) => row.arm === arm);
  const sum = (of: (row: PeopleRow) => number) => own.reduce((total, row) => total + of(row), 0);
  const { repurchasers, orders, otherCurrency, spent, overRefunded } =
    brought.find((row) => row.arm === arm) ?? NOTHING;
  return {
    customers: sum((row) => row.customers),
    immature: sum((row) => row.immature),
    enrolled: sum((row) => row.enrolled),
    ...{ repurchasers, orders, otherCurrency, spent, overRefunded },
  };
}

const NOTHING: Omit<BroughtRow, 'arm'> = { repurchasers: 0, orders: 0, otherCurrency: 0, spent: [], overRefunded: 0 };

/** The windows of all that were watched, merged. Within one row no two starts are further apart than the window. */
function watchedSpans(people: readonly PeopleRow[], windowMs: number, asOf: Date): ObservedSpan[] {
  const stretches = people
    .flatMap(({ firstStart, lastStart }) =>
      firstStart && lastStart ? [{ first: firstStart.getTime(), last: lastStart.getTime() }] : [],
    )
    .sort((a, b) => a.first - b.first);
  const merged: Array<{ first: number; last: number }> = [];
  for (const { first, last } of stretches) {
    const open = merged.at(-1);
    if (open && first - open.last <= windowMs) open.last = Math.max(open.last, last);
    else merged.push({ first, last });
  }
  return merged.map(({ first, last }) => ({
    from: new Date(first),
    to: new Date(Math.min(last + windowMs, asOf.getTime())),
  }));
}
