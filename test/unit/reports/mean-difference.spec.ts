import * as fc from 'fast-check';
import {
  largestShare,
  percentile,
  welchDifference,
  winsorisedDifference,
} from '../../../src/reports/domain/mean-difference';

describe("Welch's difference of means", () => {
  it('of two unequal samples, by mpmath at 30 digits: 27.88 degrees of freedom', () => {
    const a = [27.5, 21, 19, 23.6, 17, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19, 21.7, 21.4];
    const b = [27.1, 22, 20.8, 23.4, 23.4, 23.5, 25.8, 22, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 24.2];
    const result = welchDifference({ n: 15, nonZero: a }, { n: 15, nonZero: b });
    expect(result?.difference).toBeCloseTo(-2.82, 12);
    expect(result?.ci?.[0]).toBeCloseTo(-4.85342119608244, 11);
    expect(result?.ci?.[1]).toBeCloseTo(-0.786578803917559, 11);
  });

  it('counts the people who spent nothing', () => {
    const listed = welchDifference({ n: 4, nonZero: [10, 20] }, { n: 3, nonZero: [6] });
    const explicit = welchDifference({ n: 4, nonZero: [10, 20, 0, 0] }, { n: 3, nonZero: [6, 0, 0] });
    expect(listed?.difference).toBeCloseTo(7.5 - 2, 12);
    expect(listed?.ci?.[0]).toBeCloseTo(explicit?.ci?.[0] ?? NaN, 12);
    expect(listed?.ci?.[1]).toBeCloseTo(explicit?.ci?.[1] ?? NaN, 12);
  });

  it('has no interval for one person or without any variance, and is null for an empty arm', () => {
    expect(welchDifference({ n: 1, nonZero: [3] }, { n: 5, nonZero: [1] })?.ci).toBeNull();
    expect(welchDifference({ n: 5, nonZero: [] }, { n: 5, nonZero: [] })).toEqual({ difference: 0, ci: null });
    expect(welchDifference({ n: 0, nonZero: [] }, { n: 5, nonZero: [1] })).toBeNull();
  });

  it('turns around with the arms and scales with the currency', () => {
    const arm = fc
      .array(fc.integer({ min: 1, max: 100_000 }), { minLength: 3, maxLength: 40 })
      .chain((nonZero) => fc.nat({ max: 300 }).map((zeros) => ({ n: nonZero.length + zeros + 1, nonZero })));
    fc.assert(
      fc.property(arm, arm, (a, b) => {
        const ab = welchDifference(a, b);
        const ba = welchDifference(b, a);
        const cents = (x: typeof a) => ({ n: x.n, nonZero: x.nonZero.map((value) => value / 100) });
        const scaled = welchDifference(cents(a), cents(b));
        const scale = 1 + Math.abs(ab?.ci?.[0] ?? 0) + Math.abs(ab?.ci?.[1] ?? 0);
        expect(((ab?.ci?.[0] ?? NaN) + (ba?.ci?.[1] ?? NaN)) / scale).toBeCloseTo(0, 9);
        expect(((scaled?.ci?.[1] ?? NaN) * 100 - (ab?.ci?.[1] ?? NaN)) / scale).toBeCloseTo(0, 9);
      }),
    );
  });
});

describe('winsorised difference', () => {
  it('cuts at the 99.9th percentile of the non-zero amounts of both arms', () => {
    const small = Array.from({ length: 999 }, (_, i) => i + 1);
    const result = winsorisedDifference({ n: 2000, nonZero: [...small, 1_000_000] }, { n: 2000, nonZero: small });
    const pooled = [...small, ...small, 1_000_000];
    expect(result?.cap).toBe(percentile(pooled, 0.999));
    expect(result?.cap).toBeLessThan(1000);
    expect(result?.capped).toBe(1);
    expect(result?.difference).toBeCloseTo((result?.cap ?? NaN) / 2000, 9);
  });
  it('is null when nobody spent', () => {
    expect(winsorisedDifference({ n: 5, nonZero: [] }, { n: 5, nonZero: [] })).toBeNull();
    expect(winsorisedDifference({ n: 0, nonZero: [] }, { n: 5, nonZero: [1] })).toBeNull();
  });
});

describe('percentile', () => {
  it('interpolates between neighbours', () => {
    expect(percentile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(percentile([7], 0.999)).toBe(7);
    expect(percentile([], 0.5)).toBeNull();
  });
});

describe('largest share', () => {
  it('is that of the largest person in both arms together', () => {
    expect(largestShare({ n: 9, nonZero: [30, 10] }, { n: 9, nonZero: [60] })).toBe(0.6);
    expect(largestShare({ n: 9, nonZero: [] }, { n: 9, nonZero: [] })).toBeNull();
  });
});
