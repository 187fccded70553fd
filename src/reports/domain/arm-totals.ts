import type { ObservedSpan } from './tracking-gap';

type Arm = 'treatment' | 'holdout';

/**
 * People of one arm who were drawn, by why they are left out and by stretches of their starts no longer than the window;
 * money in minor units.
 */
export interface ArmRow {
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
  /** What the mature brought within their windows. */
  repurchasers: number;
  orders: number;
  otherCurrency: number;
  /** Net revenue of each who brought any. */
  spent: number[];
  overRefunded: number;
}

/** One arm counted; money in minor units of the store's currency. */
export type ArmTotals = Pick<
  ArmRow,
  'enrolled' | 'customers' | 'immature' | 'repurchasers' | 'orders' | 'otherCurrency' | 'spent' | 'overRefunded'
>;

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

/** Puts the rows of both arms together, whatever shares they are of. */
export function countedArms(
  rows: readonly ArmRow[],
  { windowMs, asOf }: { windowMs: number; asOf: Date },
): CountedArms {
  const starts = rows.flatMap(({ lastStart }) => (lastStart === null ? [] : [lastStart.getTime()]));
  const excluded: Record<string, number> = {};
  for (const row of rows) {
    if (row.excluded !== null) excluded[row.excluded] = (excluded[row.excluded] ?? 0) + row.people;
  }
  return {
    treatment: totals(rows.filter(({ arm }) => arm === 'treatment')),
    holdout: totals(rows.filter(({ arm }) => arm === 'holdout')),
    lastStart: starts.length === 0 ? null : new Date(starts.reduce((a, b) => Math.max(a, b))),
    spans: watchedSpans(rows, windowMs, asOf),
    excluded,
  };
}

function totals(rows: readonly ArmRow[]): ArmTotals {
  const sum = (of: (row: ArmRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  return {
    enrolled: sum((row) => row.enrolled),
    customers: sum((row) => row.customers),
    immature: sum((row) => row.immature),
    repurchasers: sum((row) => row.repurchasers),
    orders: sum((row) => row.orders),
    otherCurrency: sum((row) => row.otherCurrency),
    spent: rows.flatMap(({ spent }) => spent),
    overRefunded: sum((row) => row.overRefunded),
  };
}

/** The windows of all that were watched, merged. Within one row no two starts are further apart than the window. */
function watchedSpans(rows: readonly ArmRow[], windowMs: number, asOf: Date): ObservedSpan[] {
  const stretches = rows
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
