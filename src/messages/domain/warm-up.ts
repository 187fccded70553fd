import { addDays, daysBetween, isDate, localDate, startOfDay } from '../../kernel/local-time';
import { type Fault } from '../../kernel/errors';

/** How a sending domain is warmed up: so many mails at the most on its first day, its second, ... */
export interface WarmUpPlan {
  /** Domain of the From address. */
  domain: string;
  /** First day, in the store's zone. */
  startsOn: string;
  /** After the last of them there is no cap. */
  perDay: number[];
}

const LONGEST_PLAN = 366;

/** The cap of a plan on `day`; undefined before its first and after its last day. */
export function capOn(plan: WarmUpPlan, day: string): number | undefined {
  return day < plan.startsOn ? undefined : plan.perDay[daysBetween(plan.startsOn, day)];
}

/** The caps that hold at `now`, the day they count for, and when it ends. */
export function capsAt(
  plans: readonly WarmUpPlan[],
  now: Date,
  zone: string,
): { day: string; nextDay: Date; caps: Map<string, number> } {
  const day = localDate(now, zone);
  const caps = new Map<string, number>();
  for (const plan of plans) {
    const cap = capOn(plan, day);
    if (cap !== undefined) caps.set(plan.domain, cap);
  }
  return { day, nextDay: startOfDay(addDays(day, 1), zone), caps };
}

/** What is wrong with plans that came over the API, by path. */
export function faultsOfPlans(plans: readonly WarmUpPlan[]): Fault[] {
  return plans.flatMap(({ domain, startsOn, perDay }, at): Fault[] => {
    const faults: Fault[] = [];
    const fault = (name: string, message: string): unknown => faults.push({ path: `plans[${at}].${name}`, message });
    if (!/^[a-z0-9.-]{1,253}$/.test(domain)) fault('domain', 'is no domain in lower case');
    if (plans.findIndex((plan) => plan.domain === domain) < at) fault('domain', 'has a plan already');
    if (!isDate(startsOn)) fault('startsOn', 'is no date');
    if (perDay.length === 0 || perDay.length > LONGEST_PLAN) fault('perDay', `has 1 to ${LONGEST_PLAN} days`);
    if (perDay.some((n) => !Number.isInteger(n) || n < 0)) fault('perDay', 'holds whole numbers from 0');
    return faults;
  });
}
