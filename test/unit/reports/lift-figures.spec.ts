import { type ArmCounts, type LiftFacts, liftFigures } from '../../../src/reports/domain/lift-figures';

const arm = (counts: Partial<ArmCounts>): ArmCounts => ({
  customers: 0,
  repurchasers: 0,
  orders: 0,
  otherCurrency: 0,
  spent: [],
  immature: 0,
  enrolled: counts.customers ?? 0,
  ...counts,
});

const facts = (more: Partial<LiftFacts>): LiftFacts => ({
  treatment: arm({
    customers: 360,
    repurchasers: 64,
    orders: 70,
    spent: Array.from({ length: 64 }, (_, i) => 2000 + i * 37),
  }),
  holdout: arm({
    customers: 240,
    repurchasers: 20,
    orders: 20,
    spent: Array.from({ length: 20 }, (_, i) => 2100 + i * 41),
  }),
  holdoutShare: 0.4,
  plannedCustomers: undefined,
  entriesOpen: true,
  readAt: null,
  trackingGap: false,
  lastStart: new Date('2026-01-01T00:00:00Z'),
  windowMs: 14 * 86_400_000,
  asOf: new Date('2026-03-01T00:00:00Z'),
  minorUnits: 100,
  ...more,
});

describe('lift figures', () => {
  it('of a live campaign: by the always-valid interval', () => {
    const figures = liftFigures(facts({}));
    expect(figures.arms.treatment).toMatchObject({ customers: 360, repurchasers: 64, orders: 70, rate: 64 / 360 });
    const revenue = Array.from({ length: 64 }, (_, i) => 2000 + i * 37).reduce((a, b) => a + b) / 100;
    expect(figures.arms.treatment.revenue).toBeCloseTo(revenue, 9);
    expect(figures.arms.treatment.revenuePerCustomer).toBeCloseTo(revenue / 360, 9);
    expect(figures.lift.absolute).toBeCloseTo(64 / 360 - 20 / 240, 12);
    expect(figures.lift.method).toMatch(/newcombe/);
    expect(figures.verdictBasis).toBe('always_valid');
    expect(figures.alwaysValid.ci?.[0]).toBeLessThan(0);
    expect(figures.verdict).toBe('inconclusive');
    expect(figures.settled).toBe(true);
    expect(figures.revenueLift.incremental).toBeCloseTo((figures.revenueLift.perCustomer ?? NaN) * 360, 9);
    expect(figures.revenueLift.incrementalCi?.[0]).toBeCloseTo((figures.revenueLift.ci?.[0] ?? NaN) * 360, 9);
  });

  it('of a closed one: by the fixed interval', () => {
    const figures = liftFigures(facts({ entriesOpen: false }));
    expect(figures.verdictBasis).toBe('fixed');
    expect(figures.verdict).toBe('positive');
  });

  it('a significant conversion lift is no proof of revenue: the two are judged apart', () => {
    const whale = facts({ entriesOpen: false });
    const figures = liftFigures({
      ...whale,
      holdout: { ...whale.holdout, spent: [...whale.holdout.spent, 5_000_000] },
    });
    expect(figures.verdict).toBe('positive');
    expect(figures.revenueLift.verdict).toBe('inconclusive');
    expect(figures.revenueLift.largestShare).toBeGreaterThan(0.9);
    expect(figures.revenueLift.winsorised?.capped).toBe(1);
  });

  it('revenue is not readable when too many orders have no store money; the repurchase stays readable', () => {
    const foreign = facts({ entriesOpen: false });
    const figures = liftFigures({ ...foreign, treatment: { ...foreign.treatment, otherCurrency: 1 } });
    expect(figures.revenueLift).toMatchObject({ verdict: 'not_readable', reasons: ['other_currency'] });
    expect(figures.verdict).toBe('positive');
  });

  it('with nobody: everything undefined is null', () => {
    const figures = liftFigures(facts({ treatment: arm({}), holdout: arm({}), holdoutShare: 0, lastStart: null }));
    expect(figures).toMatchObject({
      arms: { treatment: { customers: 0, rate: null, revenue: 0, revenuePerCustomer: null } },
      lift: { absolute: null, ci: null, relative: null, relativeCi: null, pValue: null },
      alwaysValid: { ci: null },
      revenueLift: { perCustomer: null, ci: null, incremental: null, incrementalCi: null, winsorised: null },
      sampleRatio: { expected: 0, observed: null, pValue: null, ok: null },
      verdict: 'not_readable',
      reasons: ['no_control', 'few_customers', 'few_events'],
      settled: false,
    });
    expect(figures.revenueLift.largestShare).toBeNull();
  });

  it('the sample ratio is judged on everyone who entered', () => {
    const odd = facts({});
    const figures = liftFigures({ ...odd, treatment: { ...odd.treatment, enrolled: 500 } });
    expect(figures.sampleRatio.ok).toBe(false);
    expect(figures.reasons).toEqual(['sample_ratio']);
  });

  it('a yen has no cents', () => {
    const yen = liftFigures(facts({ minorUnits: 1 }));
    const euro = liftFigures(facts({ minorUnits: 100 }));
    expect(yen.arms.treatment.revenue).toBeCloseTo(euro.arms.treatment.revenue * 100, 6);
  });
});
