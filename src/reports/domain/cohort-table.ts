import type { CalendarPeriod } from './calendar-periods';

/**
 * People whose first counting order is in the period `first` and who ordered in `period`: places in the list of periods,
 * from 1.
 */
export interface CohortRow {
  grp: string | null;
  first: number;
  period: number;
  /** Of the period of the first order: how many there are. */
  customers: number;
  /** With an order in the period other than their first ever. */
  active: number;
  /** Whose second order is in the period. */
  returned: number;
  /** Net, in minor units. */
  revenue: number;
  otherCurrency: number;
}

/** One cohort; the lists run over the periods from its own (k = 0) to that of the report. Null: not finished, or nobody. */
export interface Cohort {
  from: string;
  to: string;
  customers: number;
  /** Share with an order k periods later, their first left out. */
  active: Array<number | null>;
  /** Share with a second order by the end of the period. */
  returned: Array<number | null>;
  /** Net revenue of the period by the people of the cohort, whether they ordered in it or not. */
  revenuePerCustomer: Array<number | null>;
  undefinedBecause: Record<string, string>;
}

const FIGURES = ['active', 'returned', 'revenuePerCustomer'] as const;

/**
 * The cohorts of the periods, in their order.
 *
 * @param minorUnits minor units per unit of the store's currency
 */
export function cohortTable(
  rows: readonly CohortRow[],
  periods: readonly CalendarPeriod[],
  asOf: Date,
  minorUnits: number,
): Cohort[] {
  const cells = new Map(rows.map((row) => [`${row.first} ${row.period}`, row]));
  return periods.map(({ from, to }, place) => {
    const first = place + 1;
    const customers = cells.get(`${first} ${first}`)?.customers ?? 0;
    const cohort: Cohort = {
      from,
      to,
      customers,
      active: [],
      returned: [],
      revenuePerCustomer: [],
      undefinedBecause: {},
    };
    let returned = 0;
    for (const [k, period] of periods.slice(place).entries()) {
      const cell = cells.get(`${first} ${first + k}`);
      returned += cell?.returned ?? 0;
      const why = customers === 0 ? 'no_customers' : period.end > asOf ? 'unfinished' : undefined;
      const of = (part: number): number | null => (why === undefined ? part / customers : null);
      cohort.active.push(of(cell?.active ?? 0));
      cohort.returned.push(of(returned));
      cohort.revenuePerCustomer.push(of((cell?.revenue ?? 0) / minorUnits));
      if (why !== undefined) for (const figure of FIGURES) cohort.undefinedBecause[`${figure}[${k}]`] = why;
    }
    return cohort;
  });
}
