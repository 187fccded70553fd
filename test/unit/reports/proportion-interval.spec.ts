import * as fc from 'fast-check';
import {
  newcombeDifference,
  pooledZTest,
  type Proportion,
  relativeLift,
  wilson,
} from '../../../src/reports/domain/proportion-interval';

const proportion = (most = 5000): fc.Arbitrary<Proportion> =>
  fc.integer({ min: 1, max: most }).chain((n) => fc.integer({ min: 0, max: n }).map((x) => ({ x, n })));

/** Hillstrom's experiment, development part: conversions in the two weeks after the mail. */
const MENS = { x: 104, n: 8394 };
const WOMENS = { x: 76, n: 8504 };
const NOBODY = { x: 47, n: 8467 };

describe("Wilson's interval", () => {
  it('as published (Newcombe 1998, Statistics in Medicine 17:857, table I)', () => {
    for (const [x, n, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const) {
      const [l, u] = wilson({ x, n });
      expect(l).toBeCloseTo(low, 4);
      expect(u).toBeCloseTo(high, 4);
    }
  });

  it('is exact at the ends and lies within 0 and 1 around the share', () => {
    fc.assert(
      fc.property(proportion(), ({ x, n }) => {
        const [low, high] = wilson({ x, n });
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(low).toBeLessThanOrEqual(x / n);
        expect(high).toBeGreaterThanOrEqual(x / n);
        if (x === 0) expect(low).toBe(0);
        if (x === n) expect(high).toBe(1);
      }),
    );
  });
});

describe("Newcombe's interval", () => {
  it.each([
    // Newcombe 1998, Statistics in Medicine 17:873, table II, method 10.
    [56, 70, 48, 80, 0.0524, 0.3339],
    [9, 10, 3, 10, 0.1705, 0.809],
    [6, 7, 2, 7, 0.0582, 0.8062],
    [5, 56, 0, 29, -0.0381, 0.1926],
    [0, 10, 0, 20, -0.1611, 0.2775],
    [10, 10, 0, 20, 0.6791, 1],
  ])('as published: %d/%d - %d/%d', (x1, n1, x2, n2, low, high) => {
    const ci = newcombeDifference({ x: x1, n: n1 }, { x: x2, n: n2 });
    expect(ci?.[0]).toBeCloseTo(low, 4);
    expect(ci?.[1]).toBeCloseTo(high, 4);
  });

  it('of a real experiment', () => {
    const mens = newcombeDifference(MENS, NOBODY);
    expect(mens?.map((limit) => Number((limit * 100).toFixed(6)))).toEqual([0.401798, 0.977893]);
    const womens = newcombeDifference(WOMENS, NOBODY);
    expect(womens?.map((limit) => Number((limit * 100).toFixed(6)))).toEqual([0.083145, 0.600841]);
  });

  it('turns around with the arms, and holds the difference', () => {
    fc.assert(
      fc.property(proportion(), proportion(), (a, b) => {
        const ab = newcombeDifference(a, b);
        const ba = newcombeDifference(b, a);
        if (!ab || !ba) throw new Error('no interval');
        expect(ab[0]).toBeCloseTo(-ba[1], 12);
        expect(ab[1]).toBeCloseTo(-ba[0], 12);
        const d = a.x / a.n - b.x / b.n;
        expect(ab[0]).toBeLessThanOrEqual(d);
        expect(ab[1]).toBeGreaterThanOrEqual(d);
        expect(ab[0]).toBeGreaterThanOrEqual(-1 - 1e-12);
        expect(ab[1]).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });

  it('is null while an arm is empty', () => {
    expect(newcombeDifference({ x: 0, n: 0 }, NOBODY)).toBeNull();
    expect(newcombeDifference(MENS, { x: 0, n: 0 })).toBeNull();
  });
});

describe('pooled z test', () => {
  it('of a real experiment', () => {
    expect(pooledZTest(MENS, NOBODY)).toBeCloseTo(2.4410645807439364e-6, 15);
    expect(pooledZTest(WOMENS, NOBODY)).toBeCloseTo(0.009319439680919347, 12);
    expect((pooledZTest({ x: 1497, n: 8394 }, { x: 879, n: 8467 }) ?? 0) / 5.775201966242337e-44).toBeCloseTo(1, 6);
  });
  it('is null where the variance is none', () => {
    expect(pooledZTest({ x: 0, n: 10 }, { x: 0, n: 10 })).toBeNull();
    expect(pooledZTest({ x: 10, n: 10 }, { x: 10, n: 10 })).toBeNull();
    expect(pooledZTest({ x: 0, n: 0 }, { x: 1, n: 10 })).toBeNull();
  });
});

describe('relative lift', () => {
  it.each([
    ['Mens', MENS, 1.23201, 0.583422, 2.139109],
    ['Womens', WOMENS, 0.609986, 0.120726, 1.308874],
  ])('%s against nobody, by MOVER-R', (_name, arm, want, low, high) => {
    const lift = relativeLift(arm, NOBODY);
    expect(lift?.relative).toBeCloseTo(want, 6);
    expect(lift?.ci[0]).toBeCloseTo(low, 6);
    expect(lift?.ci[1]).toBeCloseTo(high, 6);
  });

  it('is null where nobody of the control bought or an arm is empty', () => {
    expect(relativeLift(MENS, { x: 0, n: 100 })).toBeNull();
    expect(relativeLift({ x: 0, n: 0 }, NOBODY)).toBeNull();
  });

  it('reaches down to -1 exactly when nobody of the treated bought', () => {
    const lift = relativeLift({ x: 0, n: 100 }, { x: 10, n: 100 });
    expect(lift?.relative).toBe(-1);
    expect(lift?.ci[0]).toBe(-1);
    expect(lift?.ci[1]).toBeGreaterThan(-1);
  });

  it('holds the ratio and is finite at the bottom', () => {
    fc.assert(
      fc.property(proportion(), proportion(), (a, b) => {
        const lift = relativeLift(a, b);
        if (!lift) return expect(b.x).toBe(0);
        const slack = 1e-9 * (1 + Math.abs(lift.relative));
        expect(lift.ci[0]).toBeLessThanOrEqual(lift.relative + slack);
        expect(lift.ci[0]).toBeGreaterThanOrEqual(-1);
        if (lift.ci[1] !== null) expect(lift.ci[1]).toBeGreaterThanOrEqual(lift.relative - slack);
      }),
    );
  });
});
