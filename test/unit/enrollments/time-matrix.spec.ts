import { advance, type EnrollmentState } from '../../../src/enrollments/domain/advance';
import { endOfWait } from '../../../src/enrollments/domain/next-run-time';
import { type Program, type Weekday } from '../../../src/campaigns/campaign.types';
import { type Duration, parseDuration } from '../../../src/kernel/duration';
import { givenFacts } from '../../support/advance-facts';

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const DAY = 86_400_000;

/** Zones with both changes of 2026 (UTC instants at which they happen), where they have any. */
const MATRIX: ReadonlyArray<{ zone: string; changes: readonly string[] }> = [
  { zone: 'Europe/Rome', changes: ['2026-03-29T01:00Z', '2026-10-25T01:00Z'] },
  { zone: 'Europe/London', changes: ['2026-03-29T01:00Z', '2026-10-25T01:00Z'] },
  { zone: 'America/New_York', changes: ['2026-03-08T07:00Z', '2026-11-01T06:00Z'] },
  { zone: 'America/Sao_Paulo', changes: [] },
  { zone: 'America/St_Johns', changes: ['2026-03-08T05:30Z', '2026-11-01T04:30Z'] },
  // At midnight: the day itself begins in the gap.
  { zone: 'America/Santiago', changes: ['2026-04-05T03:00Z', '2026-09-06T04:00Z'] },
  // Half an hour of summer time.
  { zone: 'Australia/Lord_Howe', changes: ['2026-04-04T15:00Z', '2026-10-03T15:30Z'] },
  // Back for Ramadan.
  { zone: 'Africa/Casablanca', changes: ['2026-02-15T02:00Z', '2026-03-22T02:00Z'] },
  { zone: 'Pacific/Apia', changes: [] },
  { zone: 'Pacific/Chatham', changes: ['2026-04-04T14:00Z', '2026-09-26T14:00Z'] },
  { zone: 'Asia/Kathmandu', changes: [] },
  { zone: 'Asia/Tehran', changes: [] },
];
const TIMES = ['00:00', '00:30', '01:30', '01:45', '02:00', '02:30', '02:45', '03:00', '09:00', '23:45'];

/** The referee: what the platform's own calendar shows on a clock in the zone, as milliseconds as if it were UTC. */
const clocks = new Map<string, Intl.DateTimeFormat>();
function wall(at: number, zone: string): number {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      dateStyle: 'short',
      timeStyle: 'medium',
      hourCycle: 'h23',
    });
    clocks.set(zone, clock);
  }
  const part = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * The written rule, looked up quarter by quarter: of each day the first instant at which the clock shows the time or more
 * (in the gap the first after it, in the overlap the first of the two); of these the first at or after `from`.
 */
function byTheRule(from: number, time: string, zone: string, days?: readonly Weekday[]): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const wish = (hours * 60 + minutes) * MINUTE;
  const names: readonly Weekday[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
  const first = Math.floor(wall(from, zone) / DAY) * DAY - DAY;
  for (let day = first; ; day += DAY) {
    if (days && !days.includes(names[new Date(day).getUTCDay()] ?? 'sun')) continue;
    let at = day + wish - 16 * 4 * QUARTER;
    while (wall(at, zone) < day + wish) at += QUARTER;
    if (at >= from) return at;
  }
}

const waitOf = (duration: string | null, at: string | null, days?: readonly Weekday[]) => ({
  for: duration === null ? null : (parseDuration(duration, true) as Duration),
  at,
  ...(days ? { days: [...days] } : {}),
});

describe('the local time of a wait, against the calendar of the platform', () => {
  it.each(MATRIX)('$zone: around both changes of its clock', ({ zone, changes }) => {
    for (const change of changes.length > 0 ? changes : ['2026-03-29T01:00Z', '2026-10-25T01:00Z']) {
      const around = Date.parse(change.replace('Z', ':00Z'));
      if (changes.length > 0) {
        const offset = (at: number): number => wall(at, zone) - at;
        expect(offset(around)).not.toBe(offset(around - MINUTE));
      }
      for (const time of TIMES) {
        for (const hours of [-47.75, -25, -24, -3.25, -1, -0.25, 0, 0.25, 0.5, 1, 2, 23.75]) {
          const from = around + hours * 4 * QUARTER;
          const ends = endOfWait(waitOf(null, time), new Date(from), zone).getTime();
          expect([time, hours, new Date(ends).toISOString()]).toEqual([
            time,
            hours,
            new Date(byTheRule(from, time, zone)).toISOString(),
          ]);
        }
      }
    }
  });

  it.each(MATRIX)('$zone: on weekdays', ({ zone, changes }) => {
    for (const change of changes) {
      const from = Date.parse(change.replace('Z', ':00Z')) - 3 * DAY;
      for (const days of [['sun'], ['mon', 'thu'], ['sat', 'sun']] as const) {
        const ends = endOfWait(waitOf('P1D', '02:30', days), new Date(from), zone).getTime();
        const after = endOfWait(waitOf('P1D', null), new Date(from), zone).getTime();
        expect(ends).toBe(byTheRule(after, '02:30', zone, days));
      }
    }
  });
});

describe('a daily mail at a local time', () => {
  const FACTS = givenFacts();
  /** Five mails, each at the next such local time, by way of a wait of twelve hours. */
  const daily = (time: string): Program => ({
    basis: 'consent',
    maxLateness: parseDuration('P2D') as Duration,
    goal: null,
    instructions: Array.from({ length: 5 }, (_, i) => [
      { op: 'wait' as const, path: `steps[${2 * i}]`, for: parseDuration('PT12H') as Duration, at: time },
      { op: 'email' as const, path: `steps[${2 * i + 1}]`, key: `day-${i}`, templateId: 't' },
    ]).flat(),
  });

  it.each(MATRIX)(
    '$zone: each exactly once, at the time that the rule says, however late the engine',
    ({ zone, changes }) => {
      for (const change of changes.length > 0 ? changes : ['2026-12-30T12:00Z', '2028-02-27T12:00Z']) {
        const start = new Date(Date.parse(change.replace('Z', ':00Z')) - 2 * DAY - 5 * 4 * QUARTER);
        for (const time of TIMES) {
          for (const late of [0, 350, 40 * MINUTE]) {
            const program = daily(time);
            const went: Array<[string, string]> = [];
            const expected: Array<[string, string]> = [];
            let state: EnrollmentState = {
              status: 'active',
              arm: 'treatment',
              position: 0,
              nextRunAt: start,
              dueAt: start,
              exitReason: null,
              waitingSince: null,
            };
            while (state.dueAt !== null) {
              const done = advance(program, state, { ...FACTS, zone }, new Date(state.dueAt.getTime() + late));
              for (const effect of done.effects) {
                if (effect.kind === 'email') went.push([effect.instruction.key, effect.dueAt.toISOString()]);
              }
              state = done.enrollment;
            }
            let plan = start.getTime();
            for (let i = 0; i < 5; i++) {
              plan = byTheRule(plan + 12 * 4 * QUARTER, time, zone);
              expected.push([`day-${i}`, new Date(plan).toISOString()]);
            }
            expect({ time, late, went }).toEqual({ time, late, went: expected });
          }
        }
      }
    },
  );
});

describe('months and years', () => {
  const shown = (at: Date, zone: string): string => new Date(wall(at.getTime(), zone)).toISOString().slice(0, 16);
  it.each(MATRIX)('$zone: month ends are clipped, 29 February falls on the 28th', ({ zone }) => {
    const local = (date: string, time: string): Date =>
      new Date(byTheRule(Date.parse(`${date}T00:00:00Z`) - 14 * 4 * QUARTER, time, zone));
    const cases: ReadonlyArray<[string, string, string]> = [
      ['2026-01-31', 'P1M', '2026-02-28T10:15'],
      ['2028-01-31', 'P1M', '2028-02-29T10:15'],
      ['2026-03-31', 'P1M', '2026-04-30T10:15'],
      ['2026-08-31', 'P6M', '2027-02-28T10:15'],
      ['2028-02-29', 'P1Y', '2029-02-28T10:15'],
      ['2028-02-29', 'P4Y', '2032-02-29T10:15'],
      ['2026-12-31', 'P1D', '2027-01-01T10:15'],
      ['2028-02-28', 'P1D', '2028-02-29T10:15'],
    ];
    for (const [date, duration, expected] of cases) {
      // The day before at noon is a safe place to look from, in every zone.
      const from = endOfWait(waitOf(null, '10:15'), local(date, '00:00'), zone);
      expect(shown(from, zone)).toBe(`${date}T10:15`);
      expect(shown(endOfWait(waitOf(duration, null), from, zone), zone)).toBe(expected);
      expect(shown(endOfWait(waitOf(duration, '10:15'), from, zone), zone)).toBe(expected);
    }
  });
});
