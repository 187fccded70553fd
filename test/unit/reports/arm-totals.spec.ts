import fc from 'fast-check';
import { countedArms, type ArmRow } from '../../../src/reports/domain/arm-totals';

const at = (hour: number) => new Date(Date.UTC(2026, 0, 1) + hour * 3_600_000);
const row = (own: Partial<ArmRow>): ArmRow => ({
  ...{ arm: 'treatment', excluded: null, people: 0, enrolled: 0, customers: 0, immature: 0 },
  ...{ firstStart: null, lastStart: null, repurchasers: 0, orders: 0, otherCurrency: 0, spent: [], overRefunded: 0 },
  ...own,
});

describe('the rows of two arms', () => {
  it('are summed up arm by arm, and who is left out by reason over both', () => {
    const people = [
      row({ people: 5, enrolled: 5, customers: 3, immature: 2, repurchasers: 2, orders: 2, spent: [100, 200] }),
      row({ people: 4, enrolled: 4, customers: 4, repurchasers: 1, orders: 1, spent: [300], overRefunded: 7 }),
      row({ arm: 'holdout', people: 2, enrolled: 2, customers: 1, immature: 1 }),
      row({ excluded: 'merged', people: 3 }),
      row({ arm: 'holdout', excluded: 'merged', people: 1 }),
    ];
    const { treatment, holdout, excluded } = countedArms(people, { windowMs: 3_600_000, asOf: at(100) });
    expect(treatment).toEqual({
      ...{ enrolled: 9, customers: 7, immature: 2 },
      ...{ repurchasers: 3, orders: 3, otherCurrency: 0, spent: [100, 200, 300], overRefunded: 7 },
    });
    expect(holdout).toMatchObject({ enrolled: 2, customers: 1, immature: 1, repurchasers: 0, spent: [] });
    expect(excluded).toEqual({ merged: 4 });
  });

  it('tell of no time in which anybody was watched when nobody was', () => {
    const nobody = countedArms([row({ excluded: 'merged', people: 3 })], { windowMs: 3_600_000, asOf: at(0) });
    expect(nobody).toMatchObject({ lastStart: null, spans: [] });
  });

  it('give the same stretches as the windows of all people one by one', () => {
    const starts = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(starts, fc.integer({ min: 1, max: 40 }), (hours, window) => {
        const bins = new Map<number, number[]>();
        for (const hour of hours)
          bins.set(Math.floor(hour / window), [...(bins.get(Math.floor(hour / window)) ?? []), hour]);
        const rows = [...bins.values()].map((own, i) =>
          row({
            arm: i % 2 === 0 ? 'treatment' : 'holdout',
            firstStart: at(Math.min(...own)),
            lastStart: at(Math.max(...own)),
          }),
        );
        const { spans, lastStart } = countedArms(rows, { windowMs: window * 3_600_000, asOf: at(310) });
        const watched = (hour: number) => hours.some((start) => hour >= start && hour <= Math.min(start + window, 310));
        const told = (hour: number) => spans.some(({ from, to }) => at(hour) >= from && at(hour) <= to);
        expect(Array.from({ length: 345 }, (_, hour) => told(hour))).toEqual(
          Array.from({ length: 345 }, (_, hour) => watched(hour)),
        );
        expect(lastStart).toEqual(at(Math.max(...hours)));
        expect(spans.every(({ from }, i) => i === 0 || from > (spans[i - 1]?.to ?? from))).toBe(true);
      }),
    );
  });
});
