import {
  type CustomerHistory,
  type CustomerModels,
  fitCustomerModels,
  forecastCustomer,
} from '../../../src/predictions/domain/customer-forecast';

/** The parameters published with CDNOW for BG/NBD and Gamma-Gamma; those of MBG/NBD are of the same order. */
const REPEATS = { name: 'bg_nbd', r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 } as const;
const MODELS: CustomerModels = {
  alive: { ...REPEATS, name: 'mbg_nbd' },
  repeats: REPEATS,
  spend: { p: 6.25, q: 3.74, gamma: 15.44 },
};
const TWICE: CustomerHistory = { repeats: 2, lastDay: 213, observedDays: 272, meanSpend: 35 };

describe('what is expected of a customer', () => {
  it('is what the models say, rounded', () => {
    // alive = 1 / (1 + a/(b + x) ((alpha + T)/(alpha + t))^(r + x)) with x = 2, t = 213/7, T = 272/7 under MBG/NBD.
    const silence = (4.414 + 272 / 7) / (4.414 + 213 / 7);
    const alive = 1 / (1 + (0.793 / (2.426 + 2)) * silence ** 2.243);
    expect(forecastCustomer(MODELS, TWICE).alive).toBe(Math.round(alive * 100) / 100);
    const { value } = forecastCustomer(MODELS, TWICE);
    expect(value).not.toBeNull();
    expect(Number(value?.toPrecision(3))).toBe(value);
  });

  it('falls with silence, and one order does not make somebody alive for certain', () => {
    const silent = [10, 50, 200, 700].map((days) =>
      forecastCustomer(MODELS, { repeats: 0, lastDay: 0, observedDays: days, meanSpend: null }),
    );
    const alive = silent.map((forecast) => forecast.alive);
    expect(alive[0]).toBeLessThan(1);
    expect([...alive].sort((a, b) => b - a)).toEqual(alive);
    expect(new Set(alive).size).toBe(4);
  });

  it('is worth what the mean customer spends where the own spend is unknown', () => {
    const known = forecastCustomer(MODELS, { ...TWICE, meanSpend: null });
    const mean = (6.25 * 15.44) / (3.74 - 1);
    const once = forecastCustomer(MODELS, { ...TWICE, meanSpend: mean });
    expect((known.value ?? 0) / (once.value ?? 1)).toBeCloseTo(1, 2);
  });

  it('has no value without a model of the spend', () => {
    expect(forecastCustomer({ ...MODELS, spend: null }, TWICE)).toMatchObject({ value: null });
  });
});

describe('the models', () => {
  it('need a hundred customers, twenty of whom came back', () => {
    const once = { repeats: 0, lastDay: 0, observedDays: 100, count: 90 };
    const back = { repeats: 1, lastDay: 30, observedDays: 90, count: 19 };
    const spends = { repeats: new Float64Array(0), means: new Float64Array(0) };
    expect(fitCustomerModels({ groups: [once, back], spends })).toEqual({ models: null, reason: 'too_little_history' });
    expect(
      fitCustomerModels({
        groups: [
          { ...once, count: 79 },
          { ...back, count: 20 },
        ],
        spends,
      }).reason,
    ).toBe('too_little_history');
    expect(fitCustomerModels({ groups: [], spends }).reason).toBe('too_little_history');
  });
});
