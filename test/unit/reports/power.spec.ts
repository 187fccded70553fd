import { customersNeeded, minimumDetectable, plannedEffect } from '../../../src/reports/domain/power';

describe('power', () => {
  it.each([
    [0.1, 46_506],
    [0.5, 16_316],
  ])('the page of definitions: p0 .05, an effect of .01, share %s needs %i', (share, needed) => {
    expect(customersNeeded({ rate: 0.05, share }, 0.01)).toBe(needed);
  });

  it('what is detectable is the same formula solved for the effect', () => {
    for (const share of [0.05, 0.1, 0.5, 0.9])
      for (const rate of [0, 0.01, 0.3, 0.95])
        for (const customers of [400, 5_000, 1_000_000]) {
          const effect = minimumDetectable({ rate, share }, customers);
          if (effect === null) continue;
          const needed = customersNeeded({ rate, share }, effect) ?? NaN;
          expect(Math.abs(needed - customers)).toBeLessThanOrEqual(1);
        }
    expect(minimumDetectable({ rate: 0.05, share: 0.5 }, 16_316)).toBeCloseTo(0.01, 5);
  });

  it('nothing to plan: null', () => {
    for (const share of [0, 1]) {
      expect(customersNeeded({ rate: 0.1, share }, 0.01)).toBeNull();
      expect(minimumDetectable({ rate: 0.1, share }, 1_000)).toBeNull();
    }
    expect(customersNeeded({ rate: 0, share: 0.1 }, 0)).toBeNull();
    expect(customersNeeded({ rate: 0.9, share: 0.1 }, 0.2)).toBeNull();
    expect(minimumDetectable({ rate: 0.1, share: 0.1 }, 1)).toBeNull();
    expect(minimumDetectable({ rate: 0.1, share: 0.1 }, 8)).toBeNull();
    expect(minimumDetectable({ rate: 1, share: 0.5 }, 1_000)).toBeNull();
  });

  it('a fifth of the rate where the campaign names no effect', () => {
    expect(plannedEffect(0.05, undefined)).toBeCloseTo(0.01, 12);
    expect(plannedEffect(0.05, 0.03)).toBe(0.03);
  });
});
