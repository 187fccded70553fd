import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import {
  addDays,
  daysBetween,
  isDate,
  isZone,
  localDate,
  localTime,
  nextLocalTime,
  resolveLocal,
  startOfDay,
} from '../../../src/kernel/local-time';

const ZONES = [
  'Europe/Rome',
  'America/New_York',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'UTC',
  'America/St_Johns',
  'Pacific/Chatham',
  'America/Sao_Paulo',
  'Asia/Tehran',
  'Pacific/Kiritimati',
];

describe('zones', () => {
  it('knows IANA names and nothing else', () => {
    for (const zone of ZONES) expect(isZone(zone)).toBe(true);
    for (const zone of ['', '+02:00', 'Moon/Base', 'Europe/Rome\n', '__proto__']) expect(isZone(zone)).toBe(false);
    expect(() => localDate(new Date(0), 'Moon/Base')).toThrow(RangeError);
  });
});

describe('wall-clock time to instant', () => {
  const iso = (date: string, time: string, zone: string): string => resolveLocal(date, time, zone).toISOString();

  it('takes the first instant after a gap', () => {
    expect(iso('2026-03-29', '02:30', 'Europe/Rome')).toBe('2026-03-29T01:00:00.000Z');
    expect(iso('2026-03-08', '02:00', 'America/New_York')).toBe('2026-03-08T07:00:00.000Z');
    // Lord Howe moves by half an hour: 02:00 becomes 02:30.
    expect(iso('2026-10-04', '02:15', 'Australia/Lord_Howe')).toBe('2026-10-03T15:30:00.000Z');
    // Apia had no 30 December 2011.
    expect(iso('2011-12-30', '09:00', 'Pacific/Apia')).toBe('2011-12-30T10:00:00.000Z');
  });
  it('takes the first of the two in an overlap', () => {
    expect(iso('2026-10-25', '02:30', 'Europe/Rome')).toBe('2026-10-25T00:30:00.000Z');
    expect(iso('2026-11-01', '01:30', 'America/New_York')).toBe('2026-11-01T05:30:00.000Z');
    expect(iso('2026-04-05', '01:45', 'Australia/Lord_Howe')).toBe('2026-04-04T14:45:00.000Z');
  });
  it('starts a day at the first instant after midnight where midnight is in a gap', () => {
    expect(startOfDay('2018-11-04', 'America/Sao_Paulo').toISOString()).toBe('2018-11-04T03:00:00.000Z');
    expect(startOfDay('2026-03-02', 'Europe/Rome').toISOString()).toBe('2026-03-01T23:00:00.000Z');
  });
  it('refuses dates and times that are none', () => {
    expect(() => resolveLocal('2026-02-30', '09:00', 'UTC')).toThrow(RangeError);
    expect(() => resolveLocal('2026-02-20', '24:00', 'UTC')).toThrow(RangeError);
    expect(isDate('2026-02-29')).toBe(false);
    expect(isDate('2028-02-29')).toBe(true);
  });

  it('agrees with Temporal in every zone, the gap rule aside', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: Date.UTC(1985, 0, 1), max: Date.UTC(2037, 0, 1) }),
        (zone, ms) => {
          const at = new Date(ms - (ms % 60_000));
          const zoned = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone);
          expect(localDate(at, zone)).toBe(zoned.toPlainDate().toString());
          expect(localTime(at, zone)).toBe(zoned.toPlainTime().toString().slice(0, 5));
          // The way back gives the same instant, or the first of two an offset change earlier.
          const first = zoned.toPlainDateTime().toZonedDateTime(zone, { disambiguation: 'earlier' });
          const back = resolveLocal(localDate(at, zone), zoned.toPlainTime().toString().slice(0, 8), zone);
          expect(back.getTime()).toBe(first.epochMilliseconds);
        },
      ),
      { numRuns: 2000 },
    );
  });
  it('never lands inside a gap: a time that does not exist resolves to the change itself', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.date({ min: new Date('1985-01-01'), max: new Date('2036-01-01'), noInvalidDate: true }),
        fc.integer({ min: 0, max: 1439 }),
        (zone, day, minute) => {
          const date = day.toISOString().slice(0, 10);
          const time = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
          const plain = Temporal.PlainDateTime.from(`${date}T${time}`);
          const [early, late] = (['earlier', 'later'] as const).map((disambiguation) =>
            plain.toZonedDateTime(zone, { disambiguation }),
          );
          const at = resolveLocal(date, time, zone);
          const exists = early!.toPlainDateTime().equals(plain);
          if (exists) expect(at.getTime()).toBe(early!.epochMilliseconds);
          else
            expect(at.getTime()).toBe(
              late!.add({ nanoseconds: 1 }).getTimeZoneTransition('previous')!.epochMilliseconds,
            );
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('next local time', () => {
  it('is at or after, at that local time, and the first such', () => {
    expect(nextLocalTime(new Date('2026-03-04T08:00:00Z'), '09:00', 'America/New_York').toISOString()).toBe(
      '2026-03-04T14:00:00.000Z',
    );
    expect(nextLocalTime(new Date('2026-03-04T14:00:00Z'), '09:00', 'America/New_York').toISOString()).toBe(
      '2026-03-04T14:00:00.000Z',
    );
    expect(nextLocalTime(new Date('2026-03-04T14:00:00.001Z'), '09:00', 'America/New_York').toISOString()).toBe(
      '2026-03-05T14:00:00.000Z',
    );
  });
  it('never chooses the second of two', () => {
    const afterFirst = new Date('2026-10-25T00:30:00.001Z');
    expect(nextLocalTime(afterFirst, '02:30', 'Europe/Rome').toISOString()).toBe('2026-10-26T01:30:00.000Z');
  });
  it('knows no time on a day that the zone left out', () => {
    const dayBefore = new Date('2011-12-29T11:00:00.001Z');
    expect(nextLocalTime(dayBefore, '01:00', 'Pacific/Apia').toISOString()).toBe('2011-12-30T11:00:00.000Z');
  });
  it('keeps at or after and within two days, in every zone', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: Date.UTC(1985, 0, 1), max: Date.UTC(2036, 0, 1) }),
        fc.integer({ min: 0, max: 23 }),
        (zone, ms, hour) => {
          const time = `${String(hour).padStart(2, '0')}:00`;
          const at = nextLocalTime(new Date(ms), time, zone);
          expect(at.getTime()).toBeGreaterThanOrEqual(ms);
          expect(at.getTime() - ms).toBeLessThanOrEqual(49 * 3_600_000);
          expect(resolveLocal(localDate(at, zone), time, zone).getTime()).toBeLessThanOrEqual(at.getTime());
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('calendar days', () => {
  it('adds and counts over month and year ends', () => {
    expect(addDays('2026-02-28', 1)).toBe('2026-03-01');
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
    expect(daysBetween('2025-12-31', '2026-03-01')).toBe(60);
  });
});
