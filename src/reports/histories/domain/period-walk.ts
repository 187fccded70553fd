import { type OrderHistory } from './history-body';

/** Successive periods as instants in milliseconds: `bounds` are the midnights between them, the first and the last included. */
export interface PeriodBounds {
  bounds: readonly number[];
  asOf: number;
}

/** The place from 1 of the period that an instant is in; 0 before all, one too many after them. */
export function periodOf(at: number, bounds: readonly number[]): number {
  let period = 0;
  while (period < bounds.length && (bounds[period] ?? Infinity) <= at) period++;
  return period;
}

/** The orders of one customer that a report is about, and in which period each is; used again for the next customer. */
export class PeriodWalk {
  /** How many of the history's orders were placed before the end of the periods and by `asOf`. */
  count = 0;
  /** The place of each order's period from 1; 0 is the time before all. */
  periods = new Uint16Array(64);

  constructor(private readonly scope: PeriodBounds) {}

  read({ count, placedAt }: OrderHistory): void {
    const { bounds, asOf } = this.scope;
    const end = bounds[bounds.length - 1] ?? asOf;
    if (count > this.periods.length) this.periods = new Uint16Array(2 * count);
    let period = 0;
    let i = 0;
    for (; i < count; i++) {
      const at = placedAt[i] ?? 0;
      if (at >= end || at > asOf) break;
      while (at >= (bounds[period] ?? Infinity)) period++;
      this.periods[i] = period;
    }
    this.count = i;
  }
}
