import { customersNeeded, minimumDetectable } from './power';

const WEEK_MS = 7 * 86_400_000;

/** What is expected of an experiment that begins now. */
export interface LiftExpectation {
  /** Repurchase within the window without the campaign. */
  rate: number;
  /** Smallest effect worth finding, a difference of rates. */
  minimumEffect: number;
  /** Who enters at once, and how many enter every week from then on, both arms together. */
  now: number;
  perWeek: number;
  windowMs: number;
}

/** What can be seen so many weeks from now. */
export interface PlanDate {
  weeks: number;
  /** People whose window has ended by then. */
  customers: number;
  /** Null where not even the largest effect would be seen. */
  minimumDetectable: number | null;
}

/** What a share held out brings. */
export interface PlanShare {
  share: number;
  customersNeeded: number | null;
  /** Weeks from now until as many are mature; null: never at this pace. */
  weeksNeeded: number | null;
  dates: PlanDate[];
}

export const PLAN_SHARES = [0.05, 0.1, 0.2, 0.3, 0.5] as const;
/** A quarter, half a year, a year: what is asked to be known in each if it can be, by the smallest share that does it. */
const HORIZON_WEEKS = [13, 26, 52] as const;
export const PLAN_WEEKS = [4, 8, ...HORIZON_WEEKS] as const;

/** People whose window has ended so many weeks from now, if they enter evenly. */
function matureAfter(weeks: number, { now, perWeek, windowMs }: LiftExpectation): number {
  const watched = weeks - windowMs / WEEK_MS;
  return watched < 0 ? 0 : Math.floor(now + perWeek * watched);
}

function weeksUntil(customers: number, { now, perWeek, windowMs }: LiftExpectation): number | null {
  const waiting = windowMs / WEEK_MS;
  if (customers <= now) return waiting;
  return perWeek > 0 ? waiting + (customers - now) / perWeek : null;
}

/** The table of a plan, a row a share: what can be detected by when, and when the effect that matters can. */
export function planShares(expected: LiftExpectation, shares: readonly number[]): PlanShare[] {
  const { rate, minimumEffect } = expected;
  return shares.map((share) => {
    const needed = customersNeeded({ rate, share }, minimumEffect);
    return {
      share,
      customersNeeded: needed,
      weeksNeeded: needed === null ? null : weeksUntil(needed, expected),
      dates: PLAN_WEEKS.map((weeks) => {
        const customers = matureAfter(weeks, expected);
        return { weeks, customers, minimumDetectable: minimumDetectable({ rate, share }, customers) };
      }),
    };
  });
}

/**
 * The share that is worth its price: the smallest by which the effect is seen within a quarter; if none does, within half
 * a year; if none does, within a year. Null: none within a year.
 */
export function bestShare(shares: readonly PlanShare[]): PlanShare | null {
  const rising = [...shares].sort((a, b) => a.share - b.share);
  for (const horizon of HORIZON_WEEKS) {
    const found = rising.find(({ weeksNeeded }) => weeksNeeded !== null && weeksNeeded <= horizon);
    if (found) return found;
  }
  return null;
}

const percent = (value: number): string => `${Number((value * 100).toPrecision(3))} %`;

/** The plan in plain words. `present` is the share that the campaign has now. */
export function planAdvice(expected: LiftExpectation, shares: readonly PlanShare[], present: number): string[] {
  const best = bestShare(shares);
  const goal = `a difference of ${percent(expected.minimumEffect)} (from ${percent(expected.rate)} to ${percent(expected.rate + expected.minimumEffect)})`;
  const people = `About ${Math.round(expected.now)} people can enter now and ${Number(expected.perWeek.toPrecision(3))} a week after that.`;
  if (!best) {
    const half = shares.find(({ share }) => share === 0.5);
    const seen = half?.dates.at(-1)?.minimumDetectable ?? null;
    return [
      people,
      `Within a year ${goal} cannot be shown by any share held out.`,
      seen === null
        ? 'Too few people come for any effect to be seen: keep a small control group and read campaigns of one purpose together (reports/pooled-lift).'
        : `Half held out would show ${percent(seen)} after a year: read campaigns of one purpose together (reports/pooled-lift), or plan for a larger effect.`,
    ];
  }
  const weeks = Math.ceil(best.weeksNeeded ?? 0);
  const own = shares.find(({ share }) => share === present);
  return [
    people,
    `Hold out ${percent(best.share)}: ${goal} can then be shown after ${weeks} weeks, by ${best.customersNeeded} people whose window has ended.`,
    ...(present === 0 ? ['The campaign holds out nobody now: nothing can ever be shown.'] : []),
    ...(own && own.share !== best.share
      ? [
          own.weeksNeeded === null
            ? `With the ${percent(present)} of now it cannot be shown at this pace.`
            : `With the ${percent(present)} of now it takes ${Math.ceil(own.weeksNeeded)} weeks.`,
        ]
      : []),
    'Fix the day of reading beforehand (measure.readAt): who reads while people still enter needs more of them.',
  ];
}
