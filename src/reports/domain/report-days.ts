import { type Fault, Refusal } from '../../kernel/errors';
import { isDate } from '../../kernel/local-time';

/** @throws Refusal (422) for bounds that are no calendar days, or in the wrong order. */
export function checkDays(from: string | undefined, to: string | undefined): void {
  const faults: Fault[] = Object.entries({ from, to })
    .filter(([, day]) => day !== undefined && !isDate(day))
    .map(([path]) => ({ path, message: 'must be a calendar day such as 2026-03-01' }));
  if (faults.length === 0 && from !== undefined && to !== undefined && from >= to) {
    faults.push({ path: 'to', message: 'must be later than from' });
  }
  if (faults.length > 0) throw Refusal.invalid(faults);
}
