import {
  isSettled,
  notReadableReasons,
  type Readability,
  revenueReasons,
  verdictBasis,
  verdictOf,
} from '../../../src/reports/domain/verdict';

const good: Readability = {
  holdoutShare: 0.1,
  treatment: { x: 40, n: 400 },
  holdout: { x: 4, n: 50 },
  immature: { treatment: 0, holdout: 0 },
  sampleRatioOk: true,
  trackingGap: false,
};

describe('reasons not to read', () => {
  it('none for a sound experiment, with few repurchasers in one arm too', () => {
    expect(notReadableReasons(good)).toEqual([]);
  });
  it.each([
    ['no_control', { holdoutShare: 0 }],
    ['sample_ratio', { sampleRatioOk: false }],
    ['few_customers', { holdout: { x: 4, n: 49 } }],
    ['few_events', { treatment: { x: 5, n: 400 } }],
    ['few_events', { treatment: { x: 395, n: 400 }, holdout: { x: 46, n: 50 } }],
    ['tracking_gap', { trackingGap: true }],
  ] as const)('%s', (reason, change) => {
    expect(notReadableReasons({ ...good, ...change })).toEqual([reason]);
  });
  it('counts repurchasers and others in both arms together', () => {
    expect(notReadableReasons({ ...good, treatment: { x: 9, n: 400 }, holdout: { x: 1, n: 50 } })).toEqual([]);
    expect(notReadableReasons({ ...good, treatment: { x: 9, n: 400 }, holdout: { x: 0, n: 50 } })).toEqual([
      'few_events',
    ]);
    expect(notReadableReasons({ ...good, treatment: { x: 395, n: 400 }, holdout: { x: 45, n: 50 } })).toEqual([]);
  });
  it('immature when an arm has nobody mature and somebody who is not, and says all that applies', () => {
    const young = {
      ...good,
      treatment: { x: 0, n: 0 },
      holdout: { x: 0, n: 0 },
      immature: { treatment: 300, holdout: 0 },
    };
    expect(notReadableReasons(young)).toEqual(['few_customers', 'few_events', 'immature']);
    expect(notReadableReasons({ ...young, immature: { treatment: 0, holdout: 0 } })).toEqual([
      'few_customers',
      'few_events',
    ]);
  });
  it('an unreadable sample ratio is no reason', () => {
    expect(notReadableReasons({ ...good, sampleRatioOk: null })).toEqual([]);
  });
});

describe('basis of the verdict', () => {
  const asOf = new Date('2026-03-01T00:00:00Z');
  it('always valid while entries are open and the reading date has not come', () => {
    expect(verdictBasis(true, null, asOf)).toBe('always_valid');
    expect(verdictBasis(true, new Date('2026-03-02T00:00:00Z'), asOf)).toBe('always_valid');
  });
  it('fixed once read or closed', () => {
    expect(verdictBasis(true, asOf, asOf)).toBe('fixed');
    expect(verdictBasis(false, null, asOf)).toBe('fixed');
  });
});

describe('verdict', () => {
  it('is not readable for any reason, whatever the interval says', () => {
    expect(verdictOf(['few_events'], [0.1, 0.2])).toBe('not_readable');
  });
  it('goes by the interval', () => {
    expect(verdictOf([], [0.001, 0.2])).toBe('positive');
    expect(verdictOf([], [-0.2, -0.001])).toBe('negative');
    expect(verdictOf([], [0, 0.2])).toBe('inconclusive');
    expect(verdictOf([], [-0.2, 0])).toBe('inconclusive');
    expect(verdictOf([], null)).toBe('inconclusive');
  });
});

describe('revenue', () => {
  it('is not readable above 1 % of orders without store money in an arm', () => {
    const arm = (orders: number, otherCurrency: number) => ({ orders, otherCurrency });
    expect(revenueReasons([], [arm(100, 1), arm(0, 0)])).toEqual([]);
    expect(revenueReasons(['few_customers'], [arm(1000, 0), arm(99, 1)])).toEqual(['few_customers', 'other_currency']);
  });
});

describe('settled', () => {
  const start = new Date('2026-01-01T00:00:00Z');
  const day = 86_400_000;
  it('30 days after the end of the last window', () => {
    expect(isSettled(start, 14 * day, new Date(start.getTime() + 44 * day))).toBe(true);
    expect(isSettled(start, 14 * day, new Date(start.getTime() + 44 * day - 1))).toBe(false);
    expect(isSettled(null, 14 * day, start)).toBe(false);
  });
});
