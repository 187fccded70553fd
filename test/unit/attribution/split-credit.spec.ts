import * as fc from 'fast-check';
import { splitByLargestRemainder } from '../../../src/attribution/domain/split-credit';

describe('split by largest remainder', () => {
  it('gives the left-over units to the largest remainders', () => {
    const parts = splitByLargestRemainder(
      100,
      new Map([
        ['a', 1],
        ['b', 2],
        ['c', 4],
      ]),
    );
    // 14.29, 28.57, 57.14
    expect(Object.fromEntries(parts)).toEqual({ a: 14, b: 29, c: 57 });
  });
  it('of nothing is nothing for each', () => {
    expect(
      Object.fromEntries(
        splitByLargestRemainder(
          0,
          new Map([
            ['a', 1],
            ['b', 1],
          ]),
        ),
      ),
    ).toEqual({ a: 0, b: 0 });
  });
  it('of a cent goes to one', () => {
    expect(
      Object.fromEntries(
        splitByLargestRemainder(
          1,
          new Map([
            ['a', 1],
            ['b', 1],
          ]),
        ),
      ),
    ).toEqual({ a: 0, b: 1 });
  });
  it('sums exactly, each part within one unit of its share', () => {
    const weights = fc.dictionary(fc.uuid(), fc.double({ min: 1e-3, max: 1, noNaN: true }), {
      minKeys: 1,
      maxKeys: 20,
    });
    fc.assert(
      fc.property(weights, fc.nat({ max: 2 ** 31 - 1 }), (object, amount) => {
        const map = new Map(Object.entries(object));
        const total = [...map.values()].reduce((a, b) => a + b, 0);
        const parts = splitByLargestRemainder(amount, map);
        expect([...parts.values()].reduce((a, b) => a + b, 0)).toBe(amount);
        for (const [key, part] of parts)
          expect(Math.abs(part - (amount * (map.get(key) ?? 0)) / total)).toBeLessThanOrEqual(1 + 1e-6);
      }),
    );
  });
});
