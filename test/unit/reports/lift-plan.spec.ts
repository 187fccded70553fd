import {
  bestShare,
  type LiftExpectation,
  PLAN_SHARES,
  planAdvice,
  planShares,
} from '../../../src/reports/domain/lift-plan';

const WEEK = 7 * 86_400_000;
const shop = (more: Partial<LiftExpectation>): LiftExpectation => ({
  rate: 0.05,
  minimumEffect: 0.01,
  now: 0,
  perWeek: 1_000,
  windowMs: 4 * WEEK,
  ...more,
});

describe('a plan', () => {
  it('needs the customers of the page of definitions, and the weeks until as many are mature', () => {
    const [tenth, half] = planShares(shop({}), [0.1, 0.5]);
    expect([tenth?.customersNeeded, half?.customersNeeded]).toEqual([46_506, 16_316]);
    expect(half?.weeksNeeded).toBeCloseTo(4 + 16.316, 9);
    expect(half?.dates.map(({ weeks, customers }) => [weeks, customers])).toEqual([
      [4, 0],
      [8, 4_000],
      [13, 9_000],
      [26, 22_000],
      [52, 48_000],
    ]);
    expect(half?.dates[0]?.minimumDetectable).toBeNull();
    expect(half?.dates[3]?.minimumDetectable).toBeLessThan(0.01);
    expect(half?.dates[2]?.minimumDetectable).toBeGreaterThan(0.01);
  });

  it('advises the smallest share that does it in a quarter, else in half a year, else in a year', () => {
    const best = (more: Partial<LiftExpectation>) => bestShare(planShares(shop(more), PLAN_SHARES))?.share ?? null;
    expect(best({ now: 100_000 })).toBe(0.05);
    expect(best({ now: 50_000, perWeek: 0 })).toBe(0.1);
    expect(best({ perWeek: 1_000 })).toBe(0.3);
    expect(best({ perWeek: 400 })).toBe(0.5);
    expect(best({ perWeek: 100 })).toBeNull();
    expect(best({ now: 10_000, perWeek: 0 })).toBeNull();
  });

  it('says it in words', () => {
    const advice = (expected: LiftExpectation, present: number) =>
      planAdvice(expected, planShares(expected, PLAN_SHARES), present).join('\n');
    expect(advice(shop({ now: 100_000 }), 0)).toMatch(/Hold out 5 %.*from 5 % to 6 %.*4 weeks[^]*holds out nobody now/);
    expect(advice(shop({}), 0.05)).toMatch(/Hold out 30 %[^]*With the 5 % of now it takes \d+ weeks/);
    expect(advice(shop({ perWeek: 50 }), 0.1)).toMatch(/cannot be shown by any share[^]*Half held out would show/);
    expect(advice(shop({ perWeek: 0 }), 0.1)).toMatch(/Too few people/);
  });
});
