/** People who came again after so many days, or have not in the days that they were observed for. */
export interface Wait {
  days: number;
  returned: boolean;
  customers: number;
}

/** Time from the first order day to the next one, in calendar days. */
export interface SecondOrderTime {
  customers: number;
  returned: number;
  /** The first day by which half of the people have come again; null while the curve stays above a half. */
  medianDays: number | null;
  /** The share that has come again within 30, 90, 180 and 365 days; null beyond the longest observation. */
  returnedWithin: Record<'P30D' | 'P90D' | 'P180D' | 'P365D', number | null>;
}

const HORIZONS = { P30D: 30, P90D: 90, P180D: 180, P365D: 365 } as const;

/**
 * Kaplan-Meier (1958, JASA 53:457): S(t) = product over days u <= t of (1 - d(u) / R(u)), d(u) those who came again on
 * day u, R(u) those who had not before it and were observed until it. Who has not come again counts as long as observed.
 */
export function secondOrderTime(waits: readonly Wait[]): SecondOrderTime {
  const byDay = new Map<number, { returned: number; all: number }>();
  for (const { days, returned, customers } of waits) {
    const day = byDay.get(days) ?? { returned: 0, all: 0 };
    byDay.set(days, { returned: day.returned + (returned ? customers : 0), all: day.all + customers });
  }
  const days = [...byDay].sort(([a], [b]) => a - b);
  const customers = waits.reduce((sum, one) => sum + one.customers, 0);
  const longest = days.at(-1)?.[0] ?? -1;
  let [atRisk, survival, median] = [customers, 1, null as number | null];
  const curve: Array<[day: number, survival: number]> = [];
  for (const [day, { returned, all }] of days) {
    survival *= 1 - returned / atRisk;
    atRisk -= all;
    curve.push([day, survival]);
    // Half of an even number of people leaves 0.5 less a rounding error.
    if (median === null && survival <= 0.5 + 1e-12) median = day;
  }
  const within = (horizon: number): number | null =>
    horizon > longest ? null : 1 - (curve.findLast(([day]) => day <= horizon)?.[1] ?? 1);
  return {
    customers,
    returned: waits.reduce((sum, one) => sum + (one.returned ? one.customers : 0), 0),
    medianDays: median,
    returnedWithin: {
      P30D: within(HORIZONS.P30D),
      P90D: within(HORIZONS.P90D),
      P180D: within(HORIZONS.P180D),
      P365D: within(HORIZONS.P365D),
    },
  };
}
