import fc from 'fast-check';
import { type OwnLapse, ownLapse, ownLapseStarts } from '../../../src/predictions/domain/own-lapse';
import { describeWithData, referenceRows } from '../../support/reference-data';

const DAY_MS = 86_400_000;

/** As of `silent` days after the last of order days with these gaps between them. */
function after(gaps: readonly number[], silent = 0): OwnLapse {
  const days = [0];
  for (const gap of gaps) days.push((days.at(-1) as number) + gap);
  return ownLapse(days, (days.at(-1) as number) + silent);
}

const someGaps = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 3, maxLength: 30 });
const silence = fc.integer({ min: 0, max: 2_000 });

describe('the lapse threshold of one customer', () => {
  it('wants four order days, and says so', () => {
    expect(ownLapse([], 100)).toEqual({
      orderDays: 0,
      days: null,
      silentDays: null,
      overdue: null,
      reason: 'too_few_order_days',
    });
    expect(after([20, 20], 60)).toEqual({
      orderDays: 3,
      days: null,
      silentDays: 60,
      overdue: null,
      reason: 'too_few_order_days',
    });
    expect(after([20, 20, 20], 60)).toEqual({ orderDays: 4, days: 20, silentDays: 60, overdue: 2, reason: null });
  });

  it.each([
    [[20, 30, 25], 30],
    [[20, 22, 24, 300], 300],
    [[20, 21, 22, 23, 24, 25, 26, 300], 300],
    [[20, 21, 22, 23, 24, 25, 26, 27, 300], 27],
    [[...Array.from({ length: 12 }, (_, i) => 20 + i), 200, 300], 31],
    [[1, 2, 3, 4], 14],
    [[400, 500, 600], 365],
  ])('of gaps %j is %i days', (gaps, days) => {
    expect(after(gaps).days).toBe(days);
  });

  it.each([
    [0, 0],
    [21, 0],
    [22, 1],
    [42, 1],
    [43, 2],
    [56, 2],
    [64, 3],
  ])('has gone by, %i days after the last order of somebody with 21, %i times', (silent, overdue) => {
    expect(after([20, 21, 19], silent).overdue).toBe(overdue);
  });

  it('lies within 14 to 365, turns on the gaps alone, and grows with each of them', () => {
    fc.assert(
      fc.property(someGaps, fc.nat(29), fc.integer({ min: 0, max: 300 }), (gaps, at, more) => {
        const days = after(gaps).days as number;
        expect(days).toBeGreaterThanOrEqual(14);
        expect(days).toBeLessThanOrEqual(365);
        expect(after([...gaps].reverse()).days).toBe(days);
        const longer = gaps.map((gap, i) => (i === at % gaps.length ? gap + more : gap));
        expect(after(longer).days).toBeGreaterThanOrEqual(days);
        // At least four of five of the gaps that were are no longer, those beyond the clamp aside.
        const within = gaps.filter((gap) => gap <= days).length;
        if (days < 365) expect(within).toBeGreaterThanOrEqual(0.8 * gaps.length);
      }),
    );
  });

  it('has gone by the oftener, the longer the silence', () => {
    fc.assert(
      fc.property(someGaps, silence, silence, (gaps, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        const { days, overdue } = after(gaps, more);
        expect(after(gaps, less).overdue).toBeLessThanOrEqual(overdue as number);
        expect((overdue as number) > 0).toBe(more > (days as number));
      }),
    );
  });

  it('starts campaigns where time or a fresh order moved the customer, not where the line moved past them', () => {
    expect(ownLapseStarts(20, after([20, 20, 20], 21))).toBe(true);
    expect(ownLapseStarts(null, after([20, 20, 20], 1))).toBe(true);
    expect(ownLapseStarts(null, after([20, 20, 20], 21))).toBe(false);
    expect(ownLapseStarts(30, after([20, 20, 20], 21))).toBe(false);
    expect(ownLapseStarts(30, after([20, 20], 21))).toBe(false);
    expect(ownLapseStarts(30, ownLapse([], 21))).toBe(false);
  });
});

describeWithData('the next gap of customers of CDNOW', 'cdnow', () => {
  it('is within the threshold of the gaps before it four times of five, as the rule says', () => {
    const histories = new Map<string, Set<number>>();
    for (const { master_id: id = '', date = '' } of referenceRows('cdnow/cdnow_sample.csv.gz')) {
      histories.set(id, (histories.get(id) ?? new Set()).add(Date.parse(date) / DAY_MS));
    }
    let [asked, within] = [0, 0];
    for (const own of histories.values()) {
      const days = [...own].sort((a, b) => a - b);
      for (let known = 4; known < days.length; known++) {
        asked++;
        if (ownLapse(days.slice(0, known), days[known] as number).overdue === 0) within++;
      }
    }
    expect(asked).toBe(1937);
    expect(within / asked).toBeCloseTo(0.79, 2);
  });
});
