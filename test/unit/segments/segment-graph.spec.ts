import { type Condition } from '../../../src/segments/domain/condition';
import { expandedParts, findCycle, segmentIndex, segmentRefs } from '../../../src/segments/domain/segment-graph';

const segment = (key: string, ...refs: string[]) => ({
  id: `id-${key}`,
  key,
  condition: {
    kind: 'all',
    of: refs.map((ref): Condition => ({ kind: 'not', of: { kind: 'segment', ref } })),
  } as Condition,
});

describe('findCycle', () => {
  it('names the circle, by key or id', () => {
    const [a, b, c] = [segment('a', 'b'), segment('b', 'id-c'), segment('c', 'a')];
    expect(findCycle(a, [a, b, c])).toEqual(['a', 'b', 'c', 'a']);
    const self = segment('self', 'self');
    expect(findCycle(self, [self])).toEqual(['self', 'self']);
  });

  it('finds none in a diamond', () => {
    const all = [segment('a', 'b', 'c'), segment('b', 'd'), segment('c', 'd'), segment('d')];
    for (const one of all) expect(findCycle(one, all)).toBeUndefined();
  });
});

describe('expandedParts', () => {
  it('counts segments in place and stops at a bomb', () => {
    const all = [segment('s0')];
    for (let i = 1; i <= 40; i++) all.push(segment(`s${i}`, `s${i - 1}`, `id-s${i - 1}`));
    const index = segmentIndex(all);
    expect(expandedParts(all[1]!.condition, index)).toBe(5);
    expect(expandedParts(all[40]!.condition, index)).toBe(Infinity);
  });
});

it('segmentRefs lists each once', () => {
  expect(segmentRefs(segment('x', 'b', 'a', 'b').condition)).toEqual(['b', 'a']);
});
