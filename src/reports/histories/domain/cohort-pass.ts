import type { CohortRow } from '../../domain/cohort-table';
import { MARKS, type OrderHistory } from './history-body';
import { type PeriodWalk } from './period-walk';

type Cell = Omit<CohortRow, 'grp'>;

/** Counts people by the period of their first order and each period in which they ordered. */
export class CohortPass {
  private readonly cells = new Map<number, Cell>();

  constructor(private readonly periods: number) {}

  add({ net, marks }: OrderHistory, { count, periods }: PeriodWalk): void {
    const first = count > 0 ? (periods[0] ?? 0) : 0;
    // Who came before all periods is in none of their cohorts.
    if (first === 0) return;
    for (let i = 0; i < count;) {
      const period = periods[i] ?? 0;
      const cell = this.cell(first, period);
      const from = i;
      for (; i < count && periods[i] === period; i++) {
        cell.revenue += net[i] ?? 0;
        if ((marks[i] ?? 0) & MARKS.otherCurrency) cell.otherCurrency++;
      }
      if (period === first) cell.customers++;
      if (period > first || i - from > 1) cell.active++;
      if (i > 1 && from <= 1) cell.returned++;
    }
  }

  rows(): Cell[] {
    return [...this.cells.values()];
  }

  private cell(first: number, period: number): Cell {
    const place = first * (this.periods + 1) + period;
    const known = this.cells.get(place);
    if (known) return known;
    const made = { first, period, customers: 0, active: 0, returned: 0, revenue: 0, otherCurrency: 0 };
    this.cells.set(place, made);
    return made;
  }
}
