import fc from 'fast-check';
import { type Duration, parseDuration } from '../../../src/kernel/duration';
import { windowStart } from '../../../src/segments/domain/window-start';
import { earliestStart, falls, passes } from '../../../src/segments/domain/window-flips';

const ZONE = 'Europe/Rome';
const DAY_MS = 86_400_000;
const at = (text: string): Date => new Date(text);
const duration = (text: string) => parseDuration(text) as Duration;

describe('when a window lets go of a fact', () => {
  it('is its length later, to the millisecond: both ends belong to the window', () => {
    const fact = at('2026-03-01T08:00:00.000Z');
    expect(passes(fact, duration('P7D'), at('2026-03-02T00:00:00Z'), ZONE)).toEqual(at('2026-03-08T08:00:00.001Z'));
  });

  it('of months: when the calendar has come by', () => {
    const now = at('2026-02-10T00:00:00Z');
    expect(passes(at('2026-01-15T09:00:00Z'), duration('P1M'), now, ZONE)).toEqual(at('2026-02-15T09:00:00.001Z'));
    // No day of February reaches back to 31 January; 1 March begins where January ends.
    expect(passes(at('2026-01-31T09:00:00Z'), duration('P1M'), now, ZONE)).toEqual(at('2026-02-28T23:00:00.000Z'));
  });

  it('at a month’s end it takes back at midnight what it had let go', () => {
    const fact = at('2026-02-28T09:00:00Z');
    const month = duration('P1M');
    const out = passes(fact, month, at('2026-03-28T08:00:00Z'), ZONE);
    expect(out).toEqual(at('2026-03-28T09:00:00.001Z'));
    const back = falls(month, out, ZONE) as Date;
    expect(back).toEqual(at('2026-03-28T23:00:00.000Z'));
    expect(windowStart(back, month, ZONE).getTime()).toBeLessThanOrEqual(fact.getTime());
    expect(passes(fact, month, back, ZONE)).toEqual(at('2026-03-29T08:00:00.001Z'));
    expect(falls(month, at('2026-04-02T09:00:00Z'), ZONE)).toBeNull();
    expect(falls(duration('P30D'), out, ZONE)).toBeNull();
  });

  const instant = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 0, 1) }).map((ms) => new Date(ms));
  const lengths = fc.constantFrom('P1D', 'P30D', 'PT36H', 'P1M', 'P3M', 'P1Y', 'P1M2D', 'P13M');
  /** The hour that autumn repeats runs backwards: the one time within a day at which a beginning does. */
  const isAutumnNight = (date: Date): boolean => date.getUTCMonth() === 9 && date.getUTCDate() >= 24;

  it('is the first instant after now that is out, and all before are in', () => {
    fc.assert(
      fc.property(instant, lengths, fc.double({ min: 0, max: 1, noNaN: true }), (now, text, share) => {
        const window = duration(text);
        const start = windowStart(now, window, ZONE);
        const fact = new Date(start.getTime() + Math.floor(share * (now.getTime() - start.getTime())));
        const out = passes(fact, window, now, ZONE);
        fc.pre(!isAutumnNight(out) && !isAutumnNight(windowStart(out, window, ZONE)));
        expect(out.getTime()).toBeGreaterThan(now.getTime());
        expect(windowStart(out, window, ZONE).getTime()).toBeGreaterThan(fact.getTime());
        for (let i = 1; i <= 200; i++) {
          const before = new Date(out.getTime() - Math.ceil(((out.getTime() - now.getTime()) * i) / 200));
          expect(windowStart(before, window, ZONE).getTime()).toBeLessThanOrEqual(fact.getTime());
        }
      }),
    );
  });

  it('nothing older than the earliest beginning comes back, and nothing comes back before the next fall', () => {
    fc.assert(
      fc.property(instant, lengths, (now, text) => {
        const window = duration(text);
        fc.pre(!isAutumnNight(now) && !isAutumnNight(windowStart(now, window, ZONE)));
        const earliest = earliestStart(window, now, ZONE).getTime();
        const start = windowStart(now, window, ZONE).getTime();
        const fall = falls(window, now, ZONE);
        for (let hour = 1; hour < 6 * 24; hour++) {
          const later = new Date(now.getTime() + hour * (DAY_MS / 24));
          if (isAutumnNight(later) || isAutumnNight(windowStart(later, window, ZONE))) continue;
          const began = windowStart(later, window, ZONE).getTime();
          expect(began).toBeGreaterThanOrEqual(earliest);
          if (fall === null || later < fall) expect(began).toBeGreaterThanOrEqual(start);
        }
      }),
    );
  });
});
