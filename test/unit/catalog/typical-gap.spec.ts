import { typicalGap } from '../../../src/catalog/domain/typical-gap';
import { type GapCount } from '../../../src/kernel/return-curve';

const gap = (gapsOfCustomer: number, days: number, count: number): GapCount => ({ gapsOfCustomer, days, count });

describe('the typical time to replenish', () => {
  it('is the day by which half of those who buy again have', () => {
    expect(typicalGap([gap(1, 20, 10), gap(1, 40, 10), gap(1, 60, 1)])).toEqual({ days: 40, customers: 21, gaps: 21 });
    expect(typicalGap([gap(1, 20, 10), gap(1, 40, 10)])).toEqual({ days: 20, customers: 20, gaps: 20 });
  });

  it('gives every customer the same weight, however often they buy', () => {
    // Five who buy every ten days, twelve times; twenty who came back once after fifty.
    expect(typicalGap([gap(12, 10, 60), gap(1, 50, 20)])).toEqual({ days: 50, customers: 25, gaps: 80 });
  });

  it('keeps those under observation who have bought only once', () => {
    // Of 40 who bought 25 days ago nobody is back: they may yet be among those of day 30, and were not of day 20.
    const complete = [gap(1, 20, 20), gap(1, 30, 10)];
    expect(typicalGap(complete)).toMatchObject({ days: 20 });
    expect(typicalGap([...complete, gap(0, 25, 40)])).toMatchObject({ days: 30, customers: 30, gaps: 30 });
    // Those of a year ago, who never will, change nothing about the time of the others.
    expect(typicalGap([...complete, gap(0, 366, 1_000)])).toMatchObject({ days: 20 });
  });

  it('does not hang on the order in which gaps come', () => {
    const gaps = [gap(3, 30, 21), gap(3, 31, 20), gap(3, 32, 19), gap(7, 30, 14), gap(0, 30, 3)];
    expect(typicalGap([...gaps].reverse())).toEqual(typicalGap(gaps));
  });

  it('is a week at least, and a year at most', () => {
    expect(typicalGap([gap(1, 2, 50)])?.days).toBe(7);
    expect(typicalGap([gap(1, 365, 50)])?.days).toBe(365);
    expect(typicalGap([gap(1, 366, 50)])).toBeNull();
  });

  it('is not told from fewer than twenty customers who bought again', () => {
    expect(typicalGap([gap(1, 30, 19), gap(0, 30, 500)])).toBeNull();
    expect(typicalGap([gap(4, 30, 76)])).toBeNull();
    expect(typicalGap([gap(4, 30, 80)])?.customers).toBe(20);
    expect(typicalGap([])).toBeNull();
  });
});
