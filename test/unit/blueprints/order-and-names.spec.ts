import fc from 'fast-check';
import { namedIn, nameByKey } from '../../../src/blueprints/domain/name-by-key';
import { circleOf, orderByReference } from '../../../src/blueprints/domain/order-by-reference';
import { statusActions } from '../../../src/blueprints/domain/status-actions';

interface Thing {
  key: string;
  refs: string[];
}
const refs = (thing: Thing): string[] => thing.refs;
const keys = (things: readonly Thing[]): string => things.map(({ key }) => key).join('');

describe('things that refer to each other', () => {
  it('come after what they refer to, else as given', () => {
    const things = [
      { key: 'a', refs: ['c'] },
      { key: 'b', refs: [] },
      { key: 'c', refs: ['d', 'elsewhere'] },
      { key: 'd', refs: [] },
    ];
    expect(keys(orderByReference(things, refs))).toBe('dcab');
    expect(circleOf(things, refs)).toBeUndefined();
  });

  it('have their circle named', () => {
    const things = [
      { key: 'x', refs: ['a'] },
      { key: 'a', refs: ['b'] },
      { key: 'b', refs: ['c'] },
      { key: 'c', refs: ['a'] },
    ];
    expect(keys(orderByReference(things, refs))).toHaveLength(4);
    const circle = circleOf(things, refs);
    expect(circle).toHaveLength(4);
    expect(circle?.[0]).toBe(circle?.at(-1));
    expect(circleOf([{ key: 'a', refs: ['a'] }], refs)).toEqual(['a', 'a']);
  });

  it('may be a chain as long as the list', () => {
    const chain = Array.from({ length: 20_000 }, (_, n) => ({ key: `k${n}`, refs: [`k${n + 1}`] }));
    expect(orderByReference(chain, refs)[0]?.key).toBe('k19999');
  });

  it('are all there once, and in order or in a circle', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const graph = fc.uniqueArray(fc.record({ key, refs: fc.uniqueArray(key, { maxLength: 3 }) }), {
      selector: (thing) => thing.key,
    });
    fc.assert(
      fc.property(graph, (things) => {
        const ordered = orderByReference(things, refs);
        expect([...ordered].map(({ key: k }) => k).sort()).toEqual(things.map(({ key: k }) => k).sort());
        const place = new Map(ordered.map((thing, index) => [thing.key, index]));
        const inOrder = ordered.every((thing, index) => thing.refs.every((ref) => (place.get(ref) ?? -1) < index));
        const circle = circleOf(things, refs);
        expect(circle === undefined).toBe(inOrder);
        for (let n = 1; n < (circle?.length ?? 0); n++) {
          expect(things.find((thing) => thing.key === circle![n - 1])?.refs).toContain(circle![n]);
        }
      }),
    );
  });
});

describe('names', () => {
  const id = '0190a0a0-0000-7000-8000-000000000001';
  it('by id become names by key, wherever they stand, and nothing else does', () => {
    const definition = {
      trigger: { on: 'segment', segment: id.toUpperCase() },
      audience: { all: [{ not: { segment: id } }, { field: 'attributes.code', op: 'eq', value: id }] },
      steps: [{ kind: 'email', template: 'welcome' }],
    };
    expect(nameByKey(definition, new Map([[id, 'vip']]))).toEqual({
      trigger: { on: 'segment', segment: 'vip' },
      audience: { all: [{ not: { segment: 'vip' } }, { field: 'attributes.code', op: 'eq', value: id }] },
      steps: [{ kind: 'email', template: 'welcome' }],
    });
  });

  it('are found in any depth, each once', () => {
    const condition = { any: [{ segment: 'a' }, { all: [{ segment: 'b' }, { not: { segment: 'a' } }] }] };
    expect(namedIn(condition, 'segment')).toEqual(['a', 'b']);
  });
});

describe('the status that a file says', () => {
  it.each([
    ['nothing is asked', 'active', undefined, []],
    ['it is so already', 'paused', 'paused', []],
    ['a new campaign is a draft', null, 'draft', []],
    ['a new campaign goes live', null, 'active', ['activate']],
    ['a paused campaign of another shop', null, 'paused', ['activate', 'pause']],
    ['a draft goes live', 'draft', 'active', ['activate']],
    ['a live one stops', 'active', 'paused', ['pause']],
    ['and goes on', 'paused', 'active', ['resume']],
    ['and ends', 'paused', 'archived', ['archive']],
  ] as const)('%s', (_name, present, wanted, actions) => {
    expect(statusActions(present, wanted)).toEqual(actions);
  });

  it.each([
    ['active', 'draft'],
    ['archived', 'active'],
    [null, 'archived'],
  ] as const)('%s cannot become %s', (present, wanted) => {
    expect(typeof statusActions(present, wanted)).toBe('string');
  });
});
