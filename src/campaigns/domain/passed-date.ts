import { isDeepStrictEqual } from 'node:util';
import { type Fault } from '../../kernel/errors';
import { resolveLocal } from '../../kernel/local-time';
import { type Trigger } from '../campaign.types';

/** The fault of activating such a campaign. */
export const DATE_HAS_PASSED: Fault = { path: 'trigger.at', message: 'has gone by; nobody would be taken any more' };
/** Worth a warning only. */
export const DATE_HAS_PASSED_SOMEWHERE: Fault = {
  path: 'trigger.at',
  message: 'has gone by in the east of the world; customers whose local time it was are not taken any more',
};

/** Where on earth a local time comes first, and where last. */
const FIRST_ZONE = 'Pacific/Kiritimati';
const LAST_ZONE = 'Etc/GMT+12';

/**
 * Whether the date of an announcement has gone by: everywhere (nobody would be taken any more), or for customers in the
 * east already, where each is taken at their own local time. `no` for every other trigger.
 */
export function passedDate(trigger: Trigger, now: Date): 'no' | 'somewhere' | 'everywhere' {
  if (trigger.on !== 'date') return 'no';
  const [date = '', time = ''] = trigger.at.split('T');
  const passed = (zone: string): boolean => resolveLocal(date, time, zone) <= now;
  if (trigger.timezone !== 'customer') return passed(trigger.timezone) ? 'everywhere' : 'no';
  if (passed(LAST_ZONE)) return 'everywhere';
  return passed(FIRST_ZONE) ? 'somewhere' : 'no';
}

/** Whether a live campaign is given another date that has gone by. Its own may: it is changed after its announcement. */
export function movesToThePast(present: Trigger, next: Trigger, now: Date): boolean {
  return !isDeepStrictEqual(present, next) && passedDate(next, now) === 'everywhere';
}
