import * as fc from 'fast-check';
import type { Proportion } from '../../../src/reports/domain/proportion-interval';
import { alwaysValidInterval } from '../../../src/reports/domain/always-valid-interval';

describe('always-valid interval', () => {
  it.each([
    ['Mens', { x: 104, n: 8394 }, 0.00231819, 0.01135949],
    ['Womens', { x: 76, n: 8504 }, -0.00066513, 0.00743715],
  ])('%s of the real experiment', (_name, arm, low, high) => {
    const ci = alwaysValidInterval(arm, { x: 47, n: 8467 });
    expect(ci?.[0]).toBeCloseTo(low, 8);
    expect(ci?.[1]).toBeCloseTo(high, 8);
  });

  it('is null until each arm has ten repurchasers and ten others', () => {
    expect(alwaysValidInterval({ x: 9, n: 100 }, { x: 50, n: 100 })).toBeNull();
    expect(alwaysValidInterval({ x: 50, n: 100 }, { x: 91, n: 100 })).toBeNull();
    expect(alwaysValidInterval({ x: 10, n: 20 }, { x: 10, n: 20 })).not.toBeNull();
  });

  it('is tightest, against a fixed interval, near the planned number', () => {
    const width = (n: number) => {
      const ci = alwaysValidInterval({ x: n / 10, n: n / 2 }, { x: n / 10, n: n / 2 }, 5000);
      return ci ? (ci[1] - ci[0]) * Math.sqrt(n) : NaN;
    };
    expect(width(5000)).toBeLessThan(width(1000));
    expect(width(5000)).toBeLessThan(width(50_000));
  });

  it('gives a false verdict in far fewer than 5 % of campaigns without effect, read daily for 180 days', () => {
    // A seeded generator: the rate must not depend on the day the test runs.
    let state = 20261101;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    let falseVerdicts = 0;
    const campaigns = 400;
    for (let campaign = 0; campaign < campaigns; campaign++) {
      const arms: [Proportion, Proportion] = [
        { x: 0, n: 0 },
        { x: 0, n: 0 },
      ];
      for (let day = 0; day < 180; day++) {
        for (let person = 0; person < 28; person++) {
          const arm = arms[random() < 0.5 ? 0 : 1];
          arm.n++;
          if (random() < 0.1) arm.x++;
        }
        const ci = alwaysValidInterval(arms[0], arms[1]);
        if (ci && (ci[0] > 0 || ci[1] < 0)) {
          falseVerdicts++;
          break;
        }
      }
    }
    expect(falseVerdicts / campaigns).toBeLessThan(0.05);
  });

  it('is centred on the difference', () => {
    const arm = fc
      .integer({ min: 20, max: 3000 })
      .chain((n) => fc.integer({ min: 10, max: n - 10 }).map((x) => ({ x, n })));
    fc.assert(
      fc.property(arm, arm, (a, b) => {
        const ci = alwaysValidInterval(a, b);
        if (!ci) throw new Error('no interval');
        expect((ci[0] + ci[1]) / 2).toBeCloseTo(a.x / a.n - b.x / b.n, 10);
      }),
    );
  });
});
