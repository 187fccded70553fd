import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { localDate } from '../../../src/kernel/local-time';
import {
  baseDay,
  isAnniversary,
  monthDaysKept,
  nextOccurrence,
  nextOfZones,
  occurrencesBetween,
  type TimeTrigger,
} from '../../../src/enrollments/domain/occurrences';

const ZONES = [
  'Europe/Rome',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'America/Sao_Paulo',
  'America/St_Johns',
  'Asia/Tokyo',
  'Asia/Beirut',
  'Pacific/Chatham',
  'America/Santiago',
];

/** The written rule, told once more and by another library: the gap's end, or the first of two. */
function byRule(date: string, time: string, zone: string): Date {
  const wish = Temporal.PlainDateTime.from(`${date}T${time}`);
  const earlier = wish.toZonedDateTime(zone, { disambiguation: 'earlier' });
  if (earlier.toPlainDateTime().equals(wish)) return new Date(earlier.epochMilliseconds);
  return new Date(earlier.getTimeZoneTransition('next')?.epochMilliseconds ?? NaN);
}

function daysOf(year: number): string[] {
  const first = Temporal.PlainDate.from(`${year}-01-01`);
  return Array.from({ length: first.daysInYear }, (_, days) => first.add({ days }).toString());
}

const times = (found: ReadonlyArray<{ at: Date }>): string[] => found.map(({ at }) => at.toISOString());
const schedule = (cron: string, timezone: string): TimeTrigger => ({ on: 'schedule', cron, timezone, segment: 's' });
const year = (n: number): [Date, Date] => [new Date(Date.UTC(n - 1, 11, 30)), new Date(Date.UTC(n + 1, 0, 3))];

describe('a schedule', () => {
  it.each(ZONES)('comes once a day in %s, at the instant that the rule says, all year', (zone) => {
    // Times in and about the gaps and overlaps of these zones.
    for (const [cron, time] of [
      ['0 9 * * *', '09:00'],
      ['15 2 * * *', '02:15'],
      ['30 1 * * *', '01:30'],
      ['0 0 * * *', '00:00'],
      ['45 3 * * *', '03:45'],
    ] as const) {
      const found = occurrencesBetween(schedule(cron, zone), ...year(2026), []);
      const expected = daysOf(2026).map((day) => byRule(day, time, zone).toISOString());
      const inYear = times(found).filter((at) => expected.includes(at));
      expect(inYear).toEqual(expected);
      expect(new Set(times(found)).size).toBe(found.length);
      // Nothing beside one a day: the four days around the year are the rest.
      expect(found.length - expected.length).toBeLessThanOrEqual(6);
    }
  });

  it('within a gap comes once, at its end, and in an overlap in the first pass only', () => {
    const quarterly = schedule('*/15 2 * * *', 'Europe/Rome');
    expect(
      times(occurrencesBetween(quarterly, new Date('2026-03-28T23:00Z'), new Date('2026-03-29T12:00Z'), [])),
    ).toEqual(['2026-03-29T01:00:00.000Z']);
    expect(
      times(occurrencesBetween(quarterly, new Date('2026-10-24T22:00Z'), new Date('2026-10-25T12:00Z'), [])),
    ).toEqual([
      '2026-10-25T00:00:00.000Z',
      '2026-10-25T00:15:00.000Z',
      '2026-10-25T00:30:00.000Z',
      '2026-10-25T00:45:00.000Z',
    ]);
  });

  it('asked from within the second pass of an overlap goes on after it', () => {
    expect(nextOccurrence(schedule('*/15 * * * *', 'Europe/Rome'), new Date('2026-10-25T01:20Z'), '')).toEqual(
      new Date('2026-10-25T02:00Z'),
    );
  });

  it('keeps weekdays, the last day of the month and the 29th of February', () => {
    const next = (cron: string, after: string) => nextOccurrence(schedule(cron, 'Europe/Rome'), new Date(after), '');
    expect(next('0 9 * * 1', '2026-03-02T08:00:00Z')).toEqual(new Date('2026-03-09T08:00:00Z'));
    expect(next('0 9 L * *', '2026-02-01T00:00:00Z')).toEqual(new Date('2026-02-28T08:00:00Z'));
    expect(next('0 9 29 2 *', '2026-02-01T00:00:00Z')).toEqual(new Date('2028-02-29T08:00:00Z'));
    expect(next('0 9 31 * *', '2026-01-31T08:00:00Z')).toEqual(new Date('2026-03-31T07:00:00Z'));
  });

  it('has no times on a day that the zone left out', () => {
    const found = occurrencesBetween(
      schedule('0 9 * * *', 'Pacific/Apia'),
      new Date('2011-12-29T00:00Z'),
      new Date('2012-01-01T00:00Z'),
      [],
    );
    expect(found.map(({ at }) => localDate(at, 'Pacific/Apia'))).toEqual(['2011-12-29', '2011-12-31', '2012-01-01']);
  });

  it('property: going from time to time visits what a longer look sees, each once, in order', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.constantFrom('*/20 * * * *', '30 1,2,3 * * *', '0 0 * * 0', '59 23 28-31 * *'),
        fc.date({ min: new Date('2024-01-01'), max: new Date('2030-01-01'), noInvalidDate: true }),
        fc.integer({ min: 1, max: 20 }),
        (zone, cron, from, days) => {
          const to = new Date(from.getTime() + days * 86_400_000);
          const middle = new Date((from.getTime() + to.getTime()) / 2);
          const trigger = schedule(cron, zone);
          const whole = times(occurrencesBetween(trigger, from, to, []));
          const parts = [
            ...occurrencesBetween(trigger, from, middle, []),
            ...occurrencesBetween(trigger, middle, to, []),
          ];
          expect(times(parts)).toEqual(whole);
          expect([...new Set(whole)].sort()).toEqual(whole);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a date', () => {
  const at = (text: string, timezone: string): TimeTrigger => ({ on: 'date', at: text, timezone, segment: 's' });

  it('in one zone is one instant for everybody', () => {
    const found = occurrencesBetween(at('2026-12-01T09:00:00', 'Europe/Rome'), ...year(2026), ZONES);
    expect(found).toEqual([{ at: new Date('2026-12-01T08:00:00Z'), zones: null, date: null }]);
  });

  it("in each customer's own zone comes to each zone once, at that local time", () => {
    const trigger = at('2026-12-01T09:00:00', 'customer');
    const found = occurrencesBetween(trigger, ...year(2026), ZONES);
    expect(found.flatMap(({ zones }) => zones).sort()).toEqual([...ZONES].sort());
    for (const { at: instant, zones } of found) {
      for (const zone of zones ?? []) expect(instant).toEqual(byRule('2026-12-01', '09:00', zone));
    }
    expect(found[0]?.zones).toEqual(['Pacific/Chatham']);
    expect(nextOfZones(trigger, new Date('2026-11-30T00:00Z'), ZONES)).toEqual(found[0]?.at);
  });

  it.each(ZONES)('in the gaps and overlaps of %s is the instant that the rule says', (zone) => {
    for (const day of daysOf(2026)) {
      for (const time of ['00:10:00', '01:45:00', '02:20:00', '03:59:59']) {
        const trigger = at(`${day}T${time}`, 'customer');
        expect(nextOccurrence(trigger, new Date(0), zone)).toEqual(byRule(day, time, zone));
      }
    }
  });

  it('that has gone by does not come again', () => {
    const trigger = at('2026-12-01T09:00:00', 'Europe/Rome');
    expect(nextOccurrence(trigger, new Date('2026-12-01T08:00:00Z'), '')).toBeNull();
    expect(nextOccurrence(trigger, new Date('2026-12-01T07:59:59Z'), '')).toEqual(new Date('2026-12-01T08:00:00Z'));
  });

  it('on a day that the zone left out is the same time of the next', () => {
    expect(nextOccurrence(at('2011-12-30T09:00:00', 'customer'), new Date(0), 'Pacific/Apia')).toEqual(
      byRule('2011-12-31', '09:00', 'Pacific/Apia'),
    );
  });
});

describe('an anniversary', () => {
  const trigger: TimeTrigger = { on: 'anniversary', field: 'createdAt', at: '02:15' };

  it.each(ZONES)('is looked for once on every day of the year in %s, at that local time', (zone) => {
    const found = occurrencesBetween(trigger, ...year(2026), [zone]).filter(({ date }) => date?.startsWith('2026'));
    expect(found.map(({ date }) => date)).toEqual(daysOf(2026));
    for (const { at, date } of found) expect(at).toEqual(byRule(date ?? '', '02:15', zone));
  });

  it('falls on the 28th of February for the 29th where the year has none, else on the 29th', () => {
    const keptOn = (base: string, years: number[]) =>
      years.flatMap((n) => daysOf(n)).filter((date) => isAnniversary(base, date, 'Europe/Rome'));
    expect(keptOn('2024-02-29', [2024, 2025, 2026, 2027, 2028])).toEqual([
      '2025-02-28',
      '2026-02-28',
      '2027-02-28',
      '2028-02-29',
    ]);
    expect(keptOn('2023-02-28', [2024, 2025])).toEqual(['2024-02-28', '2025-02-28']);
    expect(keptOn('1999-12-31', [2100])).toEqual(['2100-12-31']);
    expect(keptOn('2096-02-29', [2100])).toEqual(['2100-02-28']);
  });

  it('is not the day itself', () => {
    expect(isAnniversary('2026-03-01', '2026-03-01', 'Europe/Rome')).toBe(false);
    expect(isAnniversary('2026-03-01', '2027-03-01', 'Europe/Rome')).toBe(true);
    expect(isAnniversary('2027-03-01', '2026-03-01', 'Europe/Rome')).toBe(false);
  });

  it('property: every base day has exactly one anniversary in each later year, wherever one lives', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.date({ min: new Date('1930-01-01'), max: new Date('2025-12-31'), noInvalidDate: true }),
        fc.integer({ min: 2026, max: 2032 }),
        (zone, born, n) => {
          const base = born.toISOString().slice(0, 10);
          const kept = daysOf(n).filter((date) => isAnniversary(base, date, zone));
          expect(kept).toHaveLength(1);
          const monthDay = Number(base.slice(5, 7)) * 100 + Number(base.slice(8, 10));
          expect(monthDaysKept(kept[0] ?? '', zone)).toContain(monthDay);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('of a day that the zone left out is kept on the next, and an index that is off by a day still finds it', () => {
    expect(isAnniversary('2010-12-30', '2011-12-31', 'Pacific/Apia')).toBe(true);
    expect(isAnniversary('2010-12-31', '2011-12-31', 'Pacific/Apia')).toBe(true);
    expect(monthDaysKept('2011-12-31', 'Pacific/Apia')).toEqual([1230, 1231]);
    expect(monthDaysKept('2026-03-01', 'Asia/Tokyo', 1)).toEqual([228, 229, 301, 302]);
    expect(monthDaysKept('2027-01-01', 'Asia/Tokyo', 1)).toEqual([101, 102, 1231]);
  });

  it('counts from the calendar day of an instant where the customer lives, or from the day as written', () => {
    expect(baseDay(new Date('2026-03-01T20:00:00Z'), 'Asia/Tokyo')).toBe('2026-03-02');
    expect(baseDay(new Date('2026-03-01T20:00:00Z'), 'America/New_York')).toBe('2026-03-01');
    expect(baseDay('1985-03-02', 'Asia/Tokyo')).toBe('1985-03-02');
    expect(baseDay('1985-03-02T23:00:00Z', 'Asia/Tokyo')).toBe('1985-03-02');
    for (const wrong of ['1985-02-30', '1985-3-2', '02/03/1985', '1985-03-021', '']) {
      expect(baseDay(wrong, 'Asia/Tokyo')).toBeNull();
    }
  });
});
