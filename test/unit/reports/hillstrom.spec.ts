import { type ArmCounts, liftFigures } from '../../../src/reports/domain/lift-figures';
import { describeWithData, readReference } from '../../support/reference-data';

interface Reference {
  vs_control: Record<
    string,
    {
      conversion: { diff_pp: number; newcombe95_pp: [number, number]; p: number; relative_lift_pct: number };
      spend: { diff_per_head: number; welch95: [number, number] };
    }
  >;
  arms: Record<string, { n: number; conversions: number; spend_per_head: number }>;
}

/** A real randomised e-mail experiment with reference figures by standard tools. */
describeWithData('the Hillstrom experiment', 'hillstrom', () => {
  const reference = JSON.parse(readReference('hillstrom/reference.json')) as Reference;
  const rows = readReference('hillstrom/hillstrom_dev.csv.gz').trim().split(/\r?\n/).slice(1);

  function arm(segment: string): ArmCounts {
    const mine = rows.filter((row) => row.includes(`,${segment},`)).map((row) => row.split(','));
    const spent = mine.map((cells) => Math.round(Number(cells.at(-1)) * 100)).filter((amount) => amount > 0);
    const bought = mine.filter((cells) => cells.at(-2) === '1').length;
    return {
      customers: mine.length,
      repurchasers: bought,
      orders: bought,
      otherCurrency: 0,
      spent,
      immature: 0,
      enrolled: mine.length,
    };
  }

  it.each([
    ['Mens E-Mail', 1.23201, 0.583422, 2.139109, 0.00231819, 0.01135949],
    ['Womens E-Mail', 0.609986, 0.120726, 1.308874, -0.00066513, 0.00743715],
  ])('%s: every figure equals the reference', (segment, relative, low, high, anytimeLow, anytimeHigh) => {
    const want = reference.vs_control[segment];
    if (!want) throw new Error('no reference');
    const figures = liftFigures({
      treatment: arm(segment),
      holdout: arm('No E-Mail'),
      holdoutShare: 0.5,
      plannedCustomers: undefined,
      entriesOpen: false,
      readAt: null,
      trackingGap: false,
      lastStart: new Date('2026-02-01T09:00:00Z'),
      windowMs: 14 * 86_400_000,
      asOf: new Date('2026-03-02T08:00:00Z'),
      minorUnits: 100,
    });
    expect(figures.arms.treatment.customers).toBe(reference.arms[segment]?.n);
    expect(figures.arms.treatment.repurchasers).toBe(reference.arms[segment]?.conversions);
    expect(figures.arms.treatment.revenuePerCustomer).toBeCloseTo(reference.arms[segment]?.spend_per_head ?? NaN, 5);
    const percent = (value: number | null | undefined) => (value ?? NaN) * 100;
    expect(percent(figures.lift.absolute)).toBeCloseTo(want.conversion.diff_pp, 6);
    expect(percent(figures.lift.ci?.[0])).toBeCloseTo(want.conversion.newcombe95_pp[0], 6);
    expect(percent(figures.lift.ci?.[1])).toBeCloseTo(want.conversion.newcombe95_pp[1], 6);
    expect((figures.lift.pValue ?? NaN) / want.conversion.p).toBeCloseTo(1, 9);
    expect(figures.lift.relative).toBeCloseTo(relative, 6);
    expect(figures.lift.relativeCi?.[0]).toBeCloseTo(low, 6);
    expect(figures.lift.relativeCi?.[1]).toBeCloseTo(high, 6);
    expect(figures.alwaysValid.ci?.[0]).toBeCloseTo(anytimeLow, 8);
    expect(figures.alwaysValid.ci?.[1]).toBeCloseTo(anytimeHigh, 8);
    expect(figures.revenueLift.perCustomer).toBeCloseTo(want.spend.diff_per_head, 5);
    expect(figures.revenueLift.ci?.[0]).toBeCloseTo(want.spend.welch95[0], 5);
    expect(figures.revenueLift.ci?.[1]).toBeCloseTo(want.spend.welch95[1], 5);
    expect(figures.verdict).toBe('positive');
    expect(figures.verdictBasis).toBe('fixed');
    expect(figures.revenueLift.verdict).toBe('positive');
    expect(figures.sampleRatio.ok).toBe(true);
  });
});
