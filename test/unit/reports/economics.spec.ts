import { readEconomics } from '../../../src/reports/domain/economics';

describe('settings/economics', () => {
  it.each([
    [
      { grossMargin: 0.4, costPerEmail: 0.0008 },
      { grossMargin: 0.4, costPerEmail: 0.0008 },
    ],
    [
      { grossMargin: 1, costPerEmail: '0.001' },
      { grossMargin: 1, costPerEmail: 0.001 },
    ],
    [{ costPerEmail: 0 }, { grossMargin: null, costPerEmail: 0 }],
    [{}, { grossMargin: null, costPerEmail: null }],
  ])('reads %j', (body, setting) => {
    expect(readEconomics(body)).toEqual({ setting, faults: [] });
  });

  it.each([
    [{ grossMargin: 0 }, ['grossMargin']],
    [{ grossMargin: 1.01 }, ['grossMargin']],
    [{ grossMargin: 'much' }, ['grossMargin']],
    [{ costPerEmail: -0.01 }, ['costPerEmail']],
    [{ costPerEmail: 1001 }, ['costPerEmail']],
    [{ margin: 1 }, ['margin']],
    [null, ['']],
  ])('refuses %j', (body, paths) => {
    expect(readEconomics(body).faults.map(({ path }) => path)).toEqual(paths);
  });
});
