import fc from 'fast-check';
import { type Step } from '../../../src/campaigns/campaign.types';
import { diffSteps } from '../../../src/campaigns/domain/diff-steps';
import { diffValues } from '../../../src/campaigns/domain/diff-values';

const mail = (key: string, template = 't'): Step => ({ kind: 'email', key, template });
const wait = (time: string): Step => ({ kind: 'wait', for: time });
const branch = (then: Step[], orElse?: Step[], value = 1): Step => ({
  kind: 'branch',
  if: { field: 'points', op: 'gt', value },
  then,
  ...(orElse ? { else: orElse } : {}),
});
const NOTHING = { added: [], removed: [], moved: [], changed: [] };

describe('the difference between two trees of steps', () => {
  it('is nothing where they say the same', () => {
    const steps = [mail('a'), wait('P1D'), branch([mail('b')], [wait('P1D')]), wait('P1D')];
    expect(diffSteps(steps, JSON.parse(JSON.stringify(steps)) as Step[])).toEqual(NOTHING);
  });

  it('a step put in before others moves none of them', () => {
    const before = [mail('a'), wait('P1D'), mail('b')];
    expect(diffSteps(before, [mail('a'), wait('P1D'), mail('new'), wait('P2D'), mail('b')])).toEqual({
      ...NOTHING,
      added: [
        { step: 'new', path: 'steps[2]', kind: 'email' },
        { step: 'steps[3]', path: 'steps[3]', kind: 'wait' },
      ],
    });
    expect(diffSteps(before, [mail('b')])).toEqual({
      ...NOTHING,
      removed: [
        { step: 'a', path: 'steps[0]', kind: 'email' },
        { step: 'steps[1]', path: 'steps[1]', kind: 'wait' },
      ],
    });
  });

  it('mails are the same by their keys: changed and moved', () => {
    const { changed, moved, added, removed } = diffSteps(
      [mail('a'), mail('b'), mail('c')],
      [mail('b', 'other'), mail('c'), mail('a')],
    );
    expect([added, removed]).toEqual([[], []]);
    expect(moved).toEqual([{ step: 'a', kind: 'email', before: 'steps[0]', after: 'steps[2]' }]);
    expect(changed).toEqual([
      {
        step: 'b',
        kind: 'email',
        before: 'steps[1]',
        after: 'steps[0]',
        fields: [{ path: 'template', before: 't', after: 'other' }],
      },
    ]);
  });

  it('into a branch is a move; what slides along with its branch is none', () => {
    const into = diffSteps([mail('a'), branch([mail('b')])], [branch([mail('b'), mail('a')])]);
    expect(into).toEqual({
      ...NOTHING,
      moved: [{ step: 'a', kind: 'email', before: 'steps[0]', after: 'steps[0].then[1]' }],
    });
    const side = diffSteps([branch([mail('b')], [mail('c')])], [branch([mail('c')], [mail('b')])]);
    expect(side.moved.map(({ step }) => step)).toEqual(['c', 'b']);
  });

  it('a wait of another length and another condition at the same place are changes', () => {
    const { changed } = diffSteps([wait('P1D'), branch([mail('a')])], [wait('P2D'), branch([mail('a')], undefined, 2)]);
    expect(changed.map(({ step, fields }) => [step, fields.map(({ path }) => path)])).toEqual([
      ['steps[0]', ['for']],
      ['steps[1]', ['if']],
    ]);
  });

  it('an arm with another weight is a change of the split', () => {
    const split = (weight: number): Step => ({
      kind: 'split',
      key: 's',
      arms: [
        { name: 'x', weight, steps: [mail('x')] },
        { name: 'y', weight: 1, steps: [] },
      ],
    });
    const { changed, ...rest } = diffSteps([split(1)], [split(2)]);
    expect(rest).toEqual({ added: [], removed: [], moved: [] });
    expect(changed).toMatchObject([{ step: 's', fields: [{ path: 'arms' }] }]);
  });

  it('every step of either version is told or is the same, and the way back tells the opposite', () => {
    const some = fc.array(fc.constantFrom(wait('P1D'), wait('P2D'), { kind: 'exit' } as Step), { maxLength: 8 });
    fc.assert(
      fc.property(some, some, (before, after) => {
        const there = diffSteps(before, after);
        const back = diffSteps(after, before);
        expect(there.added.length - there.removed.length).toBe(after.length - before.length);
        expect(back.added.length).toBe(there.removed.length);
        expect(back.changed.length).toBe(there.changed.length);
      }),
    );
  });
});

describe('the difference between two definitions', () => {
  it('goes into objects, takes lists and conditions whole, shows what is absent as null', () => {
    const before = { name: 'A', goal: { event: 'order.placed', within: 'P30D' }, audience: { all: [] }, days: ['mon'] };
    const after = { name: 'B', goal: { event: 'order.placed' }, audience: { any: [] }, days: ['tue'], priority: 1 };
    expect(diffValues(before, after, new Set(['audience']))).toEqual([
      { path: 'name', before: 'A', after: 'B' },
      { path: 'goal.within', before: 'P30D', after: null },
      { path: 'audience', before: { all: [] }, after: { any: [] } },
      { path: 'days', before: ['mon'], after: ['tue'] },
      { path: 'priority', before: null, after: 1 },
    ]);
  });
});
