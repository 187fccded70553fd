import fc from 'fast-check';
import { commonItems } from '../../../src/blueprints/align-lists';
import { diffValues } from '../../../src/blueprints/domain/diff-values';

const wait = (length: string) => ({ kind: 'wait', for: length });
const mail = (key: string, template = key) => ({ kind: 'email', key, template });

describe('the difference between two values', () => {
  it('is nothing between equal ones, whatever the order of their fields', () => {
    expect(diffValues({ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 })).toEqual([]);
    expect(diffValues({ a: 1, b: undefined }, { a: 1 })).toEqual([]);
  });

  it('names the field that changed, came or went', () => {
    expect(
      diffValues({ goal: { within: 'P30D', exit: true }, old: 1 }, { goal: { within: 'P7D', exit: true }, utm: true }),
    ).toEqual([
      { path: 'goal.within', kind: 'changed', before: 'P30D', after: 'P7D' },
      { path: 'utm', kind: 'added', after: true },
      { path: 'old', kind: 'removed', before: 1 },
    ]);
  });

  it('shows a step put in between as one addition', () => {
    const before = { steps: [wait('P1D'), mail('a'), wait('P3D'), mail('b')] };
    const after = { steps: [wait('P1D'), mail('a'), wait('P2D'), mail('c'), wait('P3D'), mail('b')] };
    expect(diffValues(before, after)).toEqual([
      { path: 'steps[2]', kind: 'added', after: wait('P2D') },
      { path: 'steps[3]', kind: 'added', after: mail('c') },
    ]);
  });

  it('shows a step that changed by its fields, in its new place', () => {
    const before = { steps: [mail('gone'), wait('P1D'), mail('a', 'one')] };
    const after = { steps: [wait('P1D'), mail('a', 'two')] };
    expect(diffValues(before, after)).toEqual([
      { path: 'steps[0]', kind: 'removed', before: mail('gone') },
      { path: 'steps[1].template', kind: 'changed', before: 'one', after: 'two' },
    ]);
  });

  it('shows another thing in the same place as one gone and one come', () => {
    expect(diffValues([mail('a')], [wait('P1D')])).toEqual([
      { path: '[0]', kind: 'removed', before: mail('a') },
      { path: '[0]', kind: 'added', after: wait('P1D') },
    ]);
  });

  it('shows lists of words as a whole', () => {
    expect(diffValues({ value: ['Roma', 'Milano'] }, { value: ['Roma'] })).toEqual([
      { path: 'value', kind: 'changed', before: ['Roma', 'Milano'], after: ['Roma'] },
    ]);
  });

  it('is found for lists of any length', () => {
    const long = Array.from({ length: 2000 }, (_, n) => mail(`m-${n}`));
    expect(diffValues(long, [...long, mail('more')])).toEqual([{ path: '[2000]', kind: 'added', after: mail('more') }]);
  });

  const json = fc.jsonValue({ maxDepth: 3 });

  it('is empty for equal values and for no others', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        const [before, after] = [JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b))] as [unknown, unknown];
        expect(diffValues(before, JSON.parse(JSON.stringify(before)))).toEqual([]);
        const same = JSON.stringify(sorted(before)) === JSON.stringify(sorted(after));
        expect(diffValues(before, after).length === 0).toBe(same);
      }),
    );
  });

  it('tells what is really there before and after', () => {
    const word = fc.constantFrom('a', 'b', 'c');
    const item = fc.oneof(fc.record({ kind: word, key: word, n: fc.nat(3) }), fc.record({ kind: word }));
    const value = fc.record({ x: fc.option(word, { nil: undefined }), steps: fc.array(item, { maxLength: 6 }) });
    fc.assert(
      fc.property(value, value, (before, after) => {
        for (const change of diffValues(before, after)) {
          if (change.kind !== 'added' && change.kind !== 'changed')
            expect(at(before, change.path)).toEqual(change.before);
          if (change.kind !== 'removed') expect(at(after, change.path)).toEqual(change.after);
        }
      }),
    );
  });

  it('aligns by the longest common part', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { maxLength: 8 }), fc.array(fc.nat(3), { maxLength: 8 }), (a, b) => {
        const pairs = commonItems(a, b);
        for (const [i, j] of pairs) expect(a[i]).toBe(b[j]);
        for (let n = 1; n < pairs.length; n++) {
          expect(pairs[n]![0]).toBeGreaterThan(pairs[n - 1]![0]);
          expect(pairs[n]![1]).toBeGreaterThan(pairs[n - 1]![1]);
        }
        expect(pairs).toHaveLength(longest(a, b));
      }),
    );
  });
});

function longest(a: number[], b: number[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const [headA, ...restA] = a;
  const [headB, ...restB] = b;
  return headA === headB ? 1 + longest(restA, restB) : Math.max(longest(restA, b), longest(a, restB));
}

function at(value: unknown, path: string): unknown {
  return [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].reduce<unknown>(
    (inner, [, index, name]) => (inner as Record<string, unknown>)[index ?? name ?? ''],
    value,
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)]);
}
