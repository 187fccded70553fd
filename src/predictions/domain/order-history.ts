/**
 * Customers with the same history, in the terms of the models: an order day is a calendar day with an order, the first
 * of them starts the history, each later one is a repeat.
 */
export interface HistoryGroup {
  /** Repeat order days up to the end of calibration. */
  repeats: number;
  /** Whole days from the first order day to the last; 0 without a repeat. */
  lastDay: number;
  /** Whole days from the first order day to the end of calibration. */
  observedDays: number;
  /** How many customers have this history. */
  count: number;
}

const DAYS_PER_WEEK = 7;

/** The models count time in weeks (days / 7), as they were published. */
export function weeks(days: number): number {
  return days / DAYS_PER_WEEK;
}
