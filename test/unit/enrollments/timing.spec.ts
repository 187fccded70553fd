import { type Duration, parseDuration } from '../../../src/kernel/duration';
import { endOfWait, nextRunTime, weekday } from '../../../src/enrollments/domain/next-run-time';
import { resumeAt } from '../../../src/enrollments/domain/spread-resume';

const duration = (text: string): Duration => parseDuration(text, true)!;
const iso = (date: Date): string => date.toISOString();

describe('the end of a wait', () => {
  it.each([
    // Over the change to summer time: the same local time.
    ['P2D', null, '2026-03-28T08:00:00Z', 'Europe/Rome', '2026-03-30T07:00:00.000Z'],
    // 02:30 does not exist on 29 March: the first instant after the gap.
    ['P1D', '02:30', '2026-03-28T01:00:00Z', 'Europe/Rome', '2026-03-29T01:00:00.000Z'],
    // 02:30 exists twice on 25 October: the first of the two.
    ['P1D', '02:30', '2026-10-24T00:00:00Z', 'Europe/Rome', '2026-10-25T00:30:00.000Z'],
    // A month end is clipped, 29 February lives in leap years only.
    ['P1M', null, '2026-01-31T10:00:00Z', 'Europe/Rome', '2026-02-28T10:00:00.000Z'],
    ['P1Y', '09:00', '2028-02-29T08:00:00Z', 'Europe/Rome', '2029-02-28T08:00:00.000Z'],
    // Half an hour of summer time.
    ['P1D', '09:00', '2026-10-02T20:00:00Z', 'Australia/Lord_Howe', '2026-10-03T22:00:00.000Z'],
    ['P0D', '09:00', '2026-03-02T08:00:00Z', 'Europe/Rome', '2026-03-02T08:00:00.000Z'],
    ['P0D', '09:00', '2026-03-02T08:00:01Z', 'Europe/Rome', '2026-03-03T08:00:00.000Z'],
    ['PT36H', null, '2026-03-28T08:00:00Z', 'Europe/Rome', '2026-03-29T20:00:00.000Z'],
  ])('%s at %s from %s in %s', (text, at, from, zone, expected) => {
    expect(iso(endOfWait({ for: duration(text), at }, new Date(from), zone))).toBe(expected);
  });
});

describe('a wait for weekdays', () => {
  it.each([
    // 2 March 2026 is a Monday.
    ['PT0S', '09:00', ['mon'], '2026-03-02T08:00:00Z', 'Europe/Rome', '2026-03-02T08:00:00.000Z'],
    ['PT0S', '09:00', ['mon'], '2026-03-02T08:00:01Z', 'Europe/Rome', '2026-03-09T08:00:00.000Z'],
    ['P1D', '09:00', ['sat', 'sun'], '2026-03-02T08:00:00Z', 'Europe/Rome', '2026-03-07T08:00:00.000Z'],
    // Monday in Apia is Sunday elsewhere.
    ['PT0S', '00:30', ['mon'], '2026-03-01T09:00:00Z', 'Pacific/Apia', '2026-03-01T11:30:00.000Z'],
    // The Sunday on which 02:30 is in the gap: the first instant after it.
    ['PT0S', '02:30', ['sun'], '2026-03-28T12:00:00Z', 'Europe/Rome', '2026-03-29T01:00:00.000Z'],
    // Without a time, the time of day is kept, over the change of the clock too.
    ['P1D', null, ['mon', 'tue'], '2026-03-27T08:15:30Z', 'Europe/Rome', '2026-03-30T07:15:30.000Z'],
    ['PT0S', null, ['fri'], '2026-03-27T08:15:30Z', 'Europe/Rome', '2026-03-27T08:15:30.000Z'],
    // Samoa had no Friday 30 December 2011.
    ['PT0S', '09:00', ['fri'], '2011-12-29T20:00:00Z', 'Pacific/Apia', '2012-01-05T19:00:00.000Z'],
    ['P1D', null, ['fri'], '2011-12-28T20:00:00Z', 'Pacific/Apia', '2012-01-05T20:00:00.000Z'],
  ] as const)('%s at %s on %j from %s in %s', (text, at, days, from, zone, expected) => {
    expect(iso(endOfWait({ for: duration(text), at, days }, new Date(from), zone))).toBe(expected);
  });
  it('knows the days of the week', () => {
    expect(['1969-12-31', '1970-01-01', '2026-03-01', '2028-02-29'].map(weekday)).toEqual(['wed', 'thu', 'sun', 'tue']);
  });
});

describe('the next run', () => {
  const plan = new Date('2026-03-02T08:00:00Z');
  const at = (hours: number): Date => new Date(plan.getTime() + hours * 3_600_000);
  const wait = { for: duration('P2D'), at: null };
  it('counts from the plan while the engine is on time or a little late', () => {
    expect(nextRunTime(wait, plan, at(0), 'UTC')).toEqual(at(48));
    expect(nextRunTime(wait, plan, at(0.9), 'UTC')).toEqual(at(48));
    expect(nextRunTime(wait, plan, at(24), 'UTC')).toEqual(at(48));
  });
  it('counts from now when less than half of the wait would remain', () => {
    expect(nextRunTime(wait, plan, at(25), 'UTC')).toEqual(at(73));
    expect(nextRunTime({ for: duration('P1D'), at: '08:00' }, plan, at(30), 'UTC')).toEqual(at(72));
  });
});

describe('resuming', () => {
  const now = new Date('2026-03-10T08:00:00Z');
  it('keeps what is planned for later', () => {
    const plan = new Date('2026-03-11T08:00:00Z');
    expect(resumeAt('e1', plan, now)).toBe(plan);
  });
  it('spreads what is overdue evenly over an hour, each at its own deterministic moment', () => {
    const plan = new Date('2026-03-09T08:00:00Z');
    const minutes = Array.from(
      { length: 6000 },
      (_, i) => (resumeAt(`e${i}`, plan, now).getTime() - now.getTime()) / 60_000,
    );
    expect(Math.min(...minutes)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...minutes)).toBeLessThan(60);
    for (let slice = 0; slice < 6; slice++) {
      const share = minutes.filter((minute) => Math.floor(minute / 10) === slice).length / minutes.length;
      expect(Math.abs(share - 1 / 6)).toBeLessThan(0.03);
    }
    expect(resumeAt('e1', plan, now)).toEqual(resumeAt('e1', plan, now));
  });
});
