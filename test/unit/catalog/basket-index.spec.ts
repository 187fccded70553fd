import fc from 'fast-check';
import { BasketIndex } from '../../../src/catalog/domain/basket-index';
import { before, FirstPairs, pairOf, type RankedPair } from '../../../src/catalog/domain/pair-ranking';
import { inOrderOfRank, TogetherRanking } from '../../../src/catalog/domain/rank-together';
import { applyProduct, newProductState } from '../../../src/catalog/domain/product-state';
import { refreshDueAt } from '../../../src/catalog/domain/refresh-due';

const basketsOf = fc.array(fc.uniqueArray(fc.constantFrom('A', 'B', 'C', 'D', 'E', '10', '9')), { maxLength: 30 });

function counted(baskets: string[][], floor: number): Map<string, number> {
  const index = new BasketIndex(baskets);
  const pairs = new Map<string, number>();
  for (const { a, others, baskets: counts } of index.pairs(floor)) {
    others.forEach((b, i) => pairs.set(`${index.products[a]} ${index.products[b]}`, counts[i] ?? 0));
  }
  return pairs;
}

describe('counting pairs', () => {
  it('counts what a plain double loop counts', () => {
    fc.assert(
      fc.property(basketsOf, fc.integer({ min: 1, max: 4 }), (baskets, floor) => {
        const expected = new Map<string, number>();
        for (const basket of baskets) {
          for (const a of basket)
            for (const b of basket) if (a < b) expected.set(`${a} ${b}`, (expected.get(`${a} ${b}`) ?? 0) + 1);
        }
        for (const [pair, orders] of expected) if (orders < floor) expected.delete(pair);
        expect(counted(baskets, floor)).toEqual(expected);
      }),
    );
  });

  it('gives support, confidence and lift by the definitions', () => {
    const index = new BasketIndex([['moka', 'beans'], ['moka', 'beans'], ['moka'], ['apron'], []]);
    expect(index.products).toEqual(['apron', 'beans', 'moka']);
    expect(pairOf(index, { a: 1, b: 2, orders: 2 })).toEqual({
      a: 'beans',
      b: 'moka',
      orders: 2,
      support: 2 / 5,
      confidenceAB: 1,
      confidenceBA: 2 / 3,
      lift: 5 / 3,
    });
  });

  it('is empty without orders', () => {
    expect(counted([], 1)).toEqual(new Map());
  });
});

describe('the first pairs of a list', () => {
  const pairsOf = fc.uniqueArray(fc.record({ a: fc.nat(20), b: fc.nat(20), orders: fc.nat(5), score: fc.nat(5) }), {
    selector: ({ a, b }) => `${a} ${b}`,
    maxLength: 60,
  });

  it('are the first of the sorted whole, page after page', () => {
    fc.assert(
      fc.property(pairsOf, fc.integer({ min: 1, max: 9 }), (pairs, size) => {
        const whole = [...pairs].sort((x, y) => (before(x, y) ? -1 : 1));
        const pages: RankedPair[] = [];
        for (;;) {
          const first = new FirstPairs(size, pages.at(-1));
          for (const pair of pairs) first.add(pair);
          const page = first.sorted();
          pages.push(...page);
          if (page.length < size) break;
        }
        expect(pages).toEqual(whole);
      }),
    );
  });
});

describe('products', () => {
  it('merge each field by its own version', () => {
    const at = (hour: number): Date => new Date(Date.UTC(2026, 2, 2, hour));
    const newer = { externalId: 'p', version: { at: at(2), eventId: 'b' }, name: 'New', price: null };
    const older = {
      externalId: 'p',
      version: { at: at(1), eventId: 'a' },
      name: 'Old',
      price: '9.99',
      category: 'c',
      active: false,
    };
    const start = newProductState('id', 'p');
    const one = applyProduct(applyProduct(start, newer), older);
    expect(one).toMatchObject({ name: 'New', price: null, category: 'c', active: false });
    expect(applyProduct(applyProduct(start, older), newer)).toEqual(one);
    expect(applyProduct(one, older)).toBe(one);
  });
});

describe('when affinities are computed anew', () => {
  const now = new Date('2026-03-02T12:00:00Z');
  it('is at once, then later the more baskets there are, after a day at most', () => {
    expect(refreshDueAt({ baskets: 0, computedAt: null }, now)).toEqual(now);
    expect(refreshDueAt({ baskets: 1000, computedAt: now }, now)).toEqual(new Date('2026-03-02T14:00:00Z'));
    expect(refreshDueAt({ baskets: 10_000_000, computedAt: now }, now)).toEqual(new Date('2026-03-03T12:00:00Z'));
  });
});

describe('ranking what is bought together', () => {
  const line = (baskets: number, pairs: Array<[number, number]>) => ({
    baskets,
    partners: pairs.map(([number]) => number),
    shared: pairs.map(([, shared]) => shared),
  });

  it('sums over the lines, keeps ties at the cut, and forgets nothing and nobody between orders', () => {
    const ranking = new TogetherRanking();
    const lines = [
      line(10, [
        [1, 5],
        [2, 4],
        [3, 3],
      ]),
      line(20, [
        [2, 4],
        [3, 3],
        [4, 6],
      ]),
    ];
    const sums = (list: ReturnType<TogetherRanking['candidates']>) =>
      list.map(({ number, shared }) => `${number}:${shared}`);
    expect(sums(ranking.candidates(lines, new Set(), 2))).toEqual(['2:8', '3:6', '4:6']);
    expect(sums(ranking.candidates(lines, new Set([2]), 10))).toEqual(['1:5', '3:6', '4:6']);
    expect(sums(ranking.candidates([line(5, [[9, 3]])], new Set(), 10))).toEqual(['9:3']);
    expect(ranking.candidates([], new Set(), 10)).toEqual([]);
  });

  it('decides ties by lift, then by id', () => {
    const tied = [1, 2, 3].map((number) => ({ number, shared: 5, pull: 0.5 }));
    const baskets = new Map([
      [1, 50],
      [2, 10],
      [3, 10],
    ]);
    expect(inOrderOfRank(tied, baskets).map(({ number }) => number)).toEqual([2, 3, 1]);
  });
});
