import { ASSORTMENT, basket } from '../../../src/demo/domain/assortment';
import { makeShoppers } from '../../../src/demo/domain/people';
import { seeded, seededBy } from '../../../src/demo/domain/random';

describe('the made-up shop', () => {
  it('is the same for the same seed, another for another', () => {
    const span = { from: new Date('2025-01-01T00:00:00Z'), to: new Date('2026-03-01T00:00:00Z') };
    const make = (seed: number) => makeShoppers(seed, 'c', 50, span, new Date('2026-04-15T00:00:00Z'));
    expect(make(1)).toEqual(make(1));
    expect(make(1)).not.toEqual(make(2));
    for (const shopper of make(1)) {
      expect(shopper.signedUpAt >= span.from && shopper.signedUpAt <= span.to).toBe(true);
      expect(shopper.organicOrders).toEqual([...shopper.organicOrders].sort((a, b) => a.getTime() - b.getTime()));
    }
  });

  it('sells baskets of known products, none twice', () => {
    const random = seeded(7);
    const known = new Set(ASSORTMENT.map((product) => product.externalId));
    for (let i = 0; i < 500; i++) {
      const ids = basket(random).map((product) => product.externalId);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBeGreaterThan(0);
      expect(ids.every((id) => known.has(id))).toBe(true);
    }
    for (const product of ASSORTMENT) expect(product.goesWith.every((id) => known.has(id))).toBe(true);
  });

  it('draws evenly, and apart for each name', () => {
    const random = seeded(3);
    const mean = Array.from({ length: 10_000 }, random).reduce((sum, draw) => sum + draw, 0) / 10_000;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
    expect(seededBy(1, 'a')()).not.toBe(seededBy(1, 'b')());
  });
});
