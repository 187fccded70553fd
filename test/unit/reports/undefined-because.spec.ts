import * as fc from 'fast-check';
import { type ArmCounts, liftFigures } from '../../../src/reports/domain/lift-figures';
import { undefinedBecause } from '../../../src/reports/domain/undefined-because';

const arm: fc.Arbitrary<ArmCounts> = fc
  .record({
    customers: fc.nat({ max: 60 }),
    spent: fc.array(fc.integer({ min: 1, max: 9_999 }), { maxLength: 40 }),
    immature: fc.nat({ max: 3 }),
  })
  .map(({ customers, spent, immature }) => {
    const buyers = spent.slice(0, customers);
    return {
      customers,
      repurchasers: buyers.length,
      orders: buyers.length,
      otherCurrency: 0,
      spent: buyers,
      immature,
      enrolled: customers + immature,
    };
  });

function nullPaths(value: unknown, path = ''): string[] {
  if (value === null) return [path];
  if (typeof value !== 'object') return [];
  const join = (key: string) => (Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`);
  return Object.entries(value).flatMap(([key, field]) => nullPaths(field, join(key)));
}

describe('reasons of undefined values', () => {
  it('every null of the figures has one, and nothing else', () => {
    const empty = { customers: 0, repurchasers: 0, orders: 0, otherCurrency: 0, spent: [], immature: 0, enrolled: 0 };
    fc.assert(
      fc.property(arm, arm, fc.constantFrom(0, 0.1, 0.5), (treatment, holdout, holdoutShare) => {
        const figures = liftFigures({
          treatment,
          holdout: holdoutShare === 0 ? empty : holdout,
          holdoutShare,
          plannedCustomers: undefined,
          entriesOpen: true,
          readAt: null,
          trackingGap: false,
          lastStart: null,
          windowMs: 86_400_000,
          asOf: new Date('2026-03-01T00:00:00Z'),
          minorUnits: 100,
        });
        const reasons = undefinedBecause(figures);
        const nulls = nullPaths(figures);
        expect(Object.keys(reasons).sort()).toEqual(nulls.sort());
        for (const path of nulls) expect(reasons[path]).toMatch(/^[a-z0-9_]+$/);
      }),
    );
  });
});
