import * as fc from 'fast-check';
import {
  chiSquareP,
  erfc,
  incompleteBeta,
  normalTwoSidedP,
  studentQuantile95,
  studentTwoSidedP,
  Z95,
} from '../../../src/reports/domain/special-functions';

/** Reference values: mpmath 1.3 at 40 digits. */
const relative = (value: number, want: number) => Math.abs(value / want - 1);

describe('erfc', () => {
  it.each([
    [-1, 1.8427007929497149],
    [0, 1],
    [0.1, 0.88753708398171511],
    [0.5, 0.47950012218695346],
    [1, 0.15729920705028513],
    [1.9999, 0.0046798020929706085],
    [2, 0.0046777349810472658],
    [3, 2.2090496998585441e-5],
    [5, 1.5374597944280349e-12],
    [10, 2.0884875837625448e-45],
    [20, 5.3958656116079009e-176],
    [26, 5.6631924088561428e-296],
  ])('of %d', (x, want) => expect(relative(erfc(x), want)).toBeLessThan(2e-12));

  it('is 0 where a double can hold nothing smaller, and NaN of NaN', () => {
    expect(erfc(40)).toBe(0);
    expect(erfc(NaN)).toBeNaN();
  });

  it('falls', () => {
    fc.assert(
      fc.property(fc.double({ min: -5, max: 26, noNaN: true }), (x) => {
        expect(erfc(x + 0.01)).toBeLessThanOrEqual(erfc(x));
      }),
    );
  });
});

describe('p-values', () => {
  it('of the normal distribution', () => {
    expect(normalTwoSidedP(Z95)).toBeCloseTo(0.05, 14);
    expect(normalTwoSidedP(-Z95)).toBeCloseTo(0.05, 14);
    expect(normalTwoSidedP(0)).toBe(1);
  });
  it('of chi-square with one degree of freedom', () => {
    expect(chiSquareP(3.841458820694124)).toBeCloseTo(0.05, 13);
    expect(chiSquareP(10.827566170662733)).toBeCloseTo(0.001, 14);
    expect(chiSquareP(-1e-18)).toBe(1);
  });
});

describe('incomplete beta', () => {
  it.each([
    [2, 3, 0.4, 0.5248],
    [0.5, 0.5, 0.25, 1 / 3],
    [50, 0.5, 0.99, 0.31730439787419759],
    [10, 20, 0.3, 0.36400408107194428],
  ])('I(%d, %d; %d)', (a, b, x, want) => expect(incompleteBeta(a, b, x)).toBeCloseTo(want, 12));

  it('is 0 and 1 at the ends', () => {
    expect(incompleteBeta(2, 3, 0)).toBe(0);
    expect(incompleteBeta(2, 3, 1)).toBe(1);
  });

  it('mirrors', () => {
    const positive = fc.double({ min: 0.1, max: 200, noNaN: true });
    fc.assert(
      fc.property(positive, positive, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, x) => {
        expect(incompleteBeta(a, b, x) + incompleteBeta(b, a, 1 - x, x)).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe("Student's t", () => {
  it.each([
    [1, 12.706204736174705],
    [1.5, 6.0166631044279319],
    [2, 4.3026527297494639],
    [2.7, 3.3921483831737522],
    [5, 2.5705818356363155],
    [10, 2.2281388519862747],
    [30, 2.0422724563012383],
    [99.5, 1.9840936109906242],
    [1000, 1.9623390808264085],
    [12345.6, 1.9601561582595105],
    [500000, 1.9599687290938048],
    [2000000, 1.959965170676375],
  ])('97.5 %% point for %d degrees of freedom', (df, want) => {
    expect(relative(studentQuantile95(df), want)).toBeLessThan(1e-10);
  });

  it('the quantile inverts the tail, and falls to that of the normal', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.6, max: 9e5, noNaN: true }), (df) => {
        const t = studentQuantile95(df);
        expect(studentTwoSidedP(t, df)).toBeCloseTo(0.05, 9);
        expect(t).toBeGreaterThan(Z95);
      }),
      { numRuns: 50 },
    );
  });
});
