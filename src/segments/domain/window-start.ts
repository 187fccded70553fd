import { type Duration, subtractDuration, windowMs } from '../../kernel/duration';

/**
 * The first instant of the window of length `duration` that ends at `asOf`, inclusive. A day is 24 hours, as in every
 * window; years and months are taken from the calendar of the store, so that one bound holds for all customers.
 */
export function windowStart(asOf: Date, duration: Duration, zone: string): Date {
  const exact = windowMs(duration);
  return exact === undefined ? subtractDuration(asOf, duration, zone) : new Date(asOf.getTime() - exact);
}
