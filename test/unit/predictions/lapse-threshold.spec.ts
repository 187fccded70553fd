import fc from 'fast-check';
import {
  type GapCount,
  lapseThreshold,
  type LapseThreshold,
  movesEnough,
} from '../../../src/predictions/domain/lapse-threshold';
import { describeWithData, onlineRetailLines, referenceRows } from '../../support/reference-data';

const DAY_MS = 86_400_000;
const dayNumber = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY_MS;

/** The estimate from each customer's distinct order days, ascending. */
function thresholdOf(histories: number[][], asOf: number): LapseThreshold {
  const counts = new Map<string, GapCount>();
  const count = (gapsOfCustomer: number, days: number): void => {
    const known = counts.get(`${gapsOfCustomer} ${days}`) ?? { gapsOfCustomer, days, count: 0 };
    counts.set(`${gapsOfCustomer} ${days}`, { ...known, count: known.count + 1 });
  };
  for (const days of histories) {
    if (days.length === 1) count(0, asOf - (days[0] as number));
    days.slice(1).forEach((day, i) => count(days.length - 1, day - (days[i] as number)));
  }
  const first = Math.min(...histories.map((days) => days[0] as number));
  return lapseThreshold([...counts.values()], histories.length === 0 ? 0 : asOf - first);
}

/** Distinct order days per customer up to `asOf`, ascending. */
function daysUpTo(orders: Array<{ customer: string; date: string }>, asOf: string): number[][] {
  const byCustomer = new Map<string, Set<number>>();
  for (const { customer, date } of orders) {
    if (date > asOf) continue;
    const days = byCustomer.get(customer) ?? new Set();
    byCustomer.set(customer, days.add(dayNumber(date)));
  }
  return [...byCustomer.values()].map((days) => [...days].sort((a, b) => a - b));
}

describeWithData('the threshold of online-retail', 'online-retail', () => {
  const orders = onlineRetailLines().map((row) => ({
    customer: row.customer_id ?? '',
    date: (row.invoice_datetime ?? '').slice(0, 10),
  }));
  it.each([
    ['2011-06-30', 109],
    ['2011-09-30', 112],
    ['2011-12-09', 108],
  ])('at %s is %i days', (asOf, days) => {
    const found = thresholdOf(daysUpTo(orders, asOf), dayNumber(asOf));
    expect(found.basis.reason).toBeNull();
    expect(found.days).toBe(days);
  });
});

describeWithData('the threshold of cdnow', 'cdnow', () => {
  const orders = referenceRows('cdnow/cdnow_sample.csv.gz').map((row) => ({
    customer: row.master_id ?? '',
    date: row.date ?? '',
  }));
  it.each([
    ['1997-09-30', 104],
    ['1997-12-31', 103],
    ['1998-06-30', 103],
  ])('at %s is %i days', (asOf, days) => {
    expect(thresholdOf(daysUpTo(orders, asOf), dayNumber(asOf)).days).toBe(days);
  });
});

describe('lapseThreshold', () => {
  const shop = (gaps: number[], customers: number): number[][] =>
    Array.from({ length: customers }, (_, i) => {
      const days = [0];
      for (const gap of gaps) days.push((days.at(-1) as number) + gap);
      return days.map((day) => day + (i % 3));
    });

  it('says too_little_history and stays at 90 days below 210 days, 50 customers with a gap or 100 gaps', () => {
    const enough = shop([20, 30], 50);
    expect(thresholdOf(enough, 210).basis.reason).toBeNull();
    expect(thresholdOf(enough, 209)).toMatchObject({ days: 90, basis: { reason: 'too_little_history' } });
    expect(thresholdOf(enough.slice(1), 210)).toMatchObject({ days: 90, basis: { customersWithGap: 49 } });
    expect(thresholdOf(shop([20], 99), 210)).toMatchObject({ days: 90, basis: { gaps: 99 } });
    expect(thresholdOf([], 500)).toMatchObject({ days: 90, basis: { customers: 0, daysOfOrders: 0 } });
  });

  it('is reached where exactly four fifths have come back', () => {
    const customers = Array.from({ length: 100 }, (_, i) => [0, i < 80 ? 40 : 100]);
    expect(thresholdOf(customers, 300).days).toBe(40);
    const oneMore = Array.from({ length: 100 }, (_, i) => [0, i < 79 ? 40 : 100]);
    expect(thresholdOf(oneMore, 300).days).toBe(100);
  });

  it('is clamped to 14..365', () => {
    expect(thresholdOf(shop([2, 3], 60), 300).days).toBe(14);
  });

  it('counts a one-day customer as censored: more of them move the share, never below what came back', () => {
    const once = Array.from({ length: 100 }, () => [250]);
    const found = thresholdOf([...shop([30, 60], 50), ...once], 300);
    expect(found.basis).toMatchObject({ customers: 150, customersWithGap: 50, gaps: 100 });
    expect(found.basis.returnWithin180Days).toBeGreaterThan(0.9);
  });

  it('does not depend on the order of customers nor on the origin of the day numbers', () => {
    const histories = fc.array(
      fc
        .uniqueArray(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 6 })
        .map((d) => d.sort((a, b) => a - b)),
      { minLength: 60, maxLength: 120 },
    );
    fc.assert(
      fc.property(histories, fc.integer({ min: -1000, max: 20_000 }), (days, shift) => {
        const here = thresholdOf(days, 420);
        const there = thresholdOf(
          [...days].reverse().map((d) => d.map((x) => x + shift)),
          420 + shift,
        );
        expect(there.days).toBe(here.days);
        expect(here.days).toBeGreaterThanOrEqual(14);
        expect(here.days).toBeLessThanOrEqual(365);
      }),
      { numRuns: 50 },
    );
  });
});

describe('movesEnough', () => {
  it('wants both a tenth and three days', () => {
    expect(movesEnough(100, 109)).toBe(false);
    expect(movesEnough(100, 110)).toBe(true);
    expect(movesEnough(100, 90)).toBe(true);
    expect(movesEnough(20, 22)).toBe(false);
    expect(movesEnough(20, 23)).toBe(true);
  });
});
