import { cupedDifference, type PairedSums } from '../../../src/reports/domain/cuped';
import { standardisedDifference } from '../../../src/reports/domain/standardised-difference';
import { welchDifference } from '../../../src/reports/domain/mean-difference';
import { describeWithData, readReference } from '../../support/reference-data';

function sums(pairs: ReadonlyArray<[x: number, y: number]>): PairedSums {
  const n = pairs.length;
  const mean = (at: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[at], 0) / n;
  const [meanX, meanY] = [mean(0), mean(1)];
  const of = (f: (x: number, y: number) => number) => pairs.reduce((sum, [x, y]) => sum + f(x - meanX, y - meanY), 0);
  return { n, meanX, meanY, sxx: of((x) => x * x), syy: of((_, y) => y * y), sxy: of((x, y) => x * y) };
}

/** y = x + noise; the effect is 5. */
const noise = [0.3, -0.7, 0.2, 0.9, -0.4, -0.6, 0.5, -0.2];
const arm = (effect: number, shift: number) =>
  noise.map((e, i): [number, number] => [10 * i + shift, 10 * i + shift + e + effect]);

describe('CUPED', () => {
  it('takes out what the past tells', () => {
    const figures = cupedDifference(sums(arm(5, 0)), sums(arm(0, 20)));
    expect(figures?.perCustomer).toBeGreaterThan(3);
    expect(figures?.varianceReduction).toBeGreaterThan(0.99);
    expect(figures?.broughtNothing).toBe(false);
  });

  it('of adjusted values person by person the same', () => {
    const [t, h] = [arm(5, 0), arm(0, 20)];
    const figures = cupedDifference(sums(t), sums(h));
    const theta = figures?.theta ?? NaN;
    const mean = [...t, ...h].reduce((sum, [x]) => sum + x, 0) / 16;
    const adjusted = (pairs: typeof t) => ({ n: 8, nonZero: pairs.map(([x, y]) => y - theta * (x - mean)) });
    const byHand = welchDifference(adjusted(t), adjusted(h));
    expect(figures?.perCustomer).toBeCloseTo(byHand?.difference ?? NaN, 9);
    expect(figures?.ci?.[0]).toBeCloseTo(byHand?.ci?.[0] ?? NaN, 9);
  });

  it('says that it brought nothing; it may even have cost something', () => {
    const t = sums(Array.from({ length: 4 }, (_, i) => [i, i]));
    const h = sums(Array.from({ length: 400 }, (_, i) => [i % 20, -(i % 20) * 3]));
    const worse = cupedDifference(t, h);
    expect(worse?.varianceReduction).toBeLessThan(0);
    expect(worse?.broughtNothing).toBe(true);
  });

  it('null where there is nothing to adjust by', () => {
    const none = sums([
      [0, 1],
      [0, 2],
    ]);
    expect(cupedDifference(none, none)).toBeNull();
    expect(cupedDifference(sums([[1, 1]]), sums(arm(0, 0)))).toBeNull();
    expect(cupedDifference({ ...none, n: 0 }, none)).toBeNull();
  });
});

describeWithData('CUPED on the Hillstrom experiment', 'hillstrom', () => {
  // The history segment holds commas of its own; what follows it is counted from the end.
  const rows = readReference('hillstrom/hillstrom_dev.csv.gz').trim().split(/\r?\n/).slice(1);
  const pairs = (segment: string) =>
    sums(
      rows
        .filter((row) => row.includes(`,${segment},`))
        .map((row): [number, number] => [Number(row.split(',').at(-10)), Number(row.split(',').at(-1))]),
    );

  it('lowers the variance by 0.04 %: it brought nothing, and says so', () => {
    const figures = cupedDifference(pairs('Womens E-Mail'), pairs('No E-Mail'));
    expect(figures?.varianceReduction).toBeCloseTo(0.0004, 4);
    expect(figures?.broughtNothing).toBe(true);
  });
});

describe('standardised difference', () => {
  it('is in units of the common spread', () => {
    expect(standardisedDifference({ mean: 12, variance: 9 }, { mean: 10, variance: 7 })).toBeCloseTo(2 / 8 ** 0.5, 12);
  });
  it('null where nobody differs, or too few are there', () => {
    expect(standardisedDifference({ mean: 1, variance: 0 }, { mean: 1, variance: 0 })).toBeNull();
    expect(standardisedDifference({ mean: 1, variance: NaN }, { mean: 1, variance: 2 })).toBeNull();
  });
});
