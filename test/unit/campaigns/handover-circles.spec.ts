import { circleFrom } from '../../../src/campaigns/domain/handover-circles';

const among = (edges: Record<string, string[]>) => (start: string) => circleFrom(start, new Map(Object.entries(edges)));

describe('hand-overs', () => {
  it('that lead back are a circle, told by its shortest way', () => {
    const find = among({ a: ['b', 'x'], b: ['c'], c: ['d', 'a'], d: ['a'], x: [] });
    expect(find('a')).toEqual(['a', 'b', 'c', 'a']);
    expect(find('c')).toEqual(['c', 'a', 'b', 'c']);
    expect(find('x')).toBeUndefined();
  });
  it('to itself', () => expect(among({ a: ['a'] })('a')).toEqual(['a', 'a']));
  it('two ways to the same place are none', () =>
    expect(among({ a: ['b', 'c'], b: ['d'], c: ['d'] })('a')).toBeUndefined());
  it("another's circle is not one's own", () => expect(among({ a: ['b'], b: ['c'], c: ['b'] })('a')).toBeUndefined());
});
