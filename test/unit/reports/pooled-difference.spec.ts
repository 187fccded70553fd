import { pooledDifference, type Stratum } from '../../../src/reports/domain/pooled-difference';

const stratum = (xT: number, nT: number, xH: number, nH: number): Stratum => ({
  treatment: { x: xT, n: nT },
  holdout: { x: xH, n: nH },
});

describe('the difference pooled over experiments', () => {
  it('of one experiment is its own difference', () => {
    const one = pooledDifference([stratum(60, 400, 40, 400)]);
    expect(one?.absolute).toBeCloseTo(0.05, 12);
    // Sato's variance of a balanced table: (xT (nH - xH) + xH (nT - xT)) / (2N) and the part of the difference.
    const p = (400 ** 2 * 40 - 400 ** 2 * 60) / 800 ** 2;
    const q = (60 * 360 + 40 * 340) / (2 * 800);
    expect(one?.standardError).toBeCloseTo(Math.sqrt(0.05 * p + q) / 200, 12);
  });

  it('weighs experiments by nT nH / N, not by their people', () => {
    const two = pooledDifference([stratum(30, 100, 10, 100), stratum(10, 900, 1, 100)]);
    const [d1, d2] = [0.2, 10 / 900 - 0.01];
    expect(two?.absolute).toBeCloseTo((50 * d1 + 90 * d2) / 140, 12);
  });

  it('no reversal by unlike shops: pooled people would show one, pooled differences do not', () => {
    // Both better than their control by 5 points; the larger control sits where more people buy anyway.
    const strata = [stratum(10, 100, 20, 400), stratum(110, 200, 500, 1000)];
    expect(pooledDifference(strata)?.absolute).toBeCloseTo(0.05, 12);
    expect((10 + 110) / 300 - (20 + 500) / 1400).toBeLessThan(0.05);
  });

  it('is steady: the interval of many small ones is near that of the same people in one', () => {
    const small = Array.from({ length: 40 }, (_, i) => stratum(i % 2 ? 3 : 2, 20, i % 2 ? 1 : 2, 20));
    const large = pooledDifference([stratum(100, 800, 60, 800)]);
    const pooled = pooledDifference(small);
    expect(pooled?.absolute).toBeCloseTo(large?.absolute ?? NaN, 12);
    expect((pooled?.standardError ?? NaN) / (large?.standardError ?? NaN)).toBeCloseTo(1, 1);
    expect(pooled?.pValue).toBeLessThan(0.01);
  });

  it('null where there is nothing to compare', () => {
    expect(pooledDifference([])).toBeNull();
    expect(pooledDifference([stratum(0, 0, 1, 10)])).toBeNull();
    expect(pooledDifference([stratum(0, 10, 0, 10)])).toBeNull();
    expect(pooledDifference([stratum(5, 10, 2, 10), stratum(9, 10, 0, 0)])?.absolute).toBeCloseTo(0.3, 12);
  });
});
