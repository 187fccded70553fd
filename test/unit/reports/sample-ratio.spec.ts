import { sampleRatio } from '../../../src/reports/domain/sample-ratio';

describe('sample ratio', () => {
  it('tests the arms against the share by chi-square without continuity correction', () => {
    const result = sampleRatio(360, 240, 0.4);
    expect(result).toEqual({ expected: 0.4, observed: 0.4, pValue: 1, ok: true });
    const off = sampleRatio(820, 180, 0.2);
    // (180 - 200)^2 / 160 = 2.5
    expect(off.pValue).toBeCloseTo(0.11384629800665769, 12);
    expect(off.ok).toBe(true);
  });

  it('is broken below p 0.001', () => {
    // The 0.1 % point of chi-square is 10.8276: at n = 600 and 0.4 between 39 and 40 people off.
    expect(sampleRatio(360 - 39, 240 + 39, 0.4).ok).toBe(true);
    expect(sampleRatio(360 - 40, 240 + 40, 0.4).ok).toBe(false);
  });

  it('has nothing to test without people or without a planned control', () => {
    expect(sampleRatio(0, 0, 0.1)).toEqual({ expected: 0.1, observed: null, pValue: null, ok: null });
    expect(sampleRatio(50, 0, 0)).toEqual({ expected: 0, observed: 0, pValue: null, ok: null });
  });

  it('is broken when somebody was held out though nobody should be', () => {
    expect(sampleRatio(50, 1, 0)).toMatchObject({ pValue: 0, ok: false });
  });
});
