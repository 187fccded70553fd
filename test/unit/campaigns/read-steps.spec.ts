import { readDefinition } from '../../../src/campaigns/domain/read-definition';

const MAIL = { kind: 'email', key: 'a', template: 'back' };
const WAIT = { kind: 'wait', for: 'P1D' };
const EXIT = { kind: 'exit' };
const IF = { field: 'stage', op: 'eq', value: 'lapsed' };
const mail = (key: string) => ({ ...MAIL, key });
const arm = (name: string, ...steps: object[]) => ({ name, weight: 50, steps });

const read = (...steps: unknown[]) =>
  readDefinition({ key: 'x', name: 'X', trigger: { on: 'manual' }, steps: steps.length > 0 ? steps : undefined });
const faults = (...steps: unknown[]): string[] => read(...steps).faults.map((fault) => fault.path);

describe('nested steps', () => {
  const STEPS = [
    mail('hello'),
    { kind: 'waitFor', event: 'order.placed', within: 'P7D', then: [EXIT], else: [mail('nudge')] },
    {
      kind: 'branch',
      if: IF,
      then: [
        {
          kind: 'split',
          key: 'subject-test',
          arms: [
            { name: 'a', weight: 1, steps: [mail('sub-a')] },
            { name: 'b', weight: 2.5, steps: [] },
          ],
        },
      ],
      else: [{ kind: 'tag', add: ['warm'], remove: ['cold'] }],
    },
    { kind: 'wait', for: 'P0D', at: '09:00', days: ['mon', 'thu'] },
    { kind: 'webhook', url: 'https://example.com/hook?x=1' },
    { kind: 'enroll', campaign: 'other' },
    { ...mail('last'), maxLateness: 'PT6H' },
  ];
  it('are read as they stand, with all that they name', () => {
    const { definition, faults: none, references, conditions } = read(...STEPS);
    expect(none).toEqual([]);
    expect(definition.steps).toEqual(STEPS);
    expect(references.filter((one) => one.kind === 'campaign')).toEqual([
      { path: 'steps[5].campaign', kind: 'campaign', ref: 'other' },
    ]);
    expect(references.map((one) => one.path)).toContain('steps[2].then[0].arms[0].steps[0].template');
    expect(conditions).toEqual([{ path: 'steps[2].if', json: IF }]);
  });
  it('a waitFor may only wait, a campaign may only tag', () => {
    expect(faults({ kind: 'waitFor', event: 'x', within: 'P1D' }, { kind: 'tag', add: ['x'] })).toEqual([]);
  });
});

describe('faults of steps', () => {
  it.each<[unknown, string[]]>([
    [{ kind: 'branch', then: [WAIT] }, ['steps[0].if']],
    [{ kind: 'branch', if: IF }, ['steps[0].then']],
    [{ kind: 'branch', if: IF, then: [] }, ['steps[0].then']],
    [{ kind: 'branch', if: IF, then: [], else: [] }, ['steps[0].then']],
    [{ kind: 'branch', if: IF, then: 'x', else: 7 }, ['steps[0].then', 'steps[0].else']],
    [{ kind: 'branch', if: IF, then: [{ kind: 'wait', for: 'x' }] }, ['steps[0].then[0].for']],
    [{ kind: 'branch', if: IF, than: [], then: [WAIT] }, ['steps[0].than']],
    [{ kind: 'waitFor' }, ['steps[0].event', 'steps[0].within']],
    [{ kind: 'waitFor', event: 'a b', within: 'soon' }, ['steps[0].event', 'steps[0].within']],
    [{ kind: 'waitFor', event: 'x', within: 'P0D' }, ['steps[0].within']],
    [{ kind: 'split' }, ['steps[0].key', 'steps[0].arms']],
    [{ kind: 'split', key: 's', arms: {} }, ['steps[0].arms']],
    [{ kind: 'split', key: 's', arms: [arm('a')] }, ['steps[0].arms']],
    [{ kind: 'split', key: 's', arms: Array.from({ length: 21 }, (_, i) => arm(`a${i}`)) }, ['steps[0].arms']],
    [{ kind: 'split', key: 's', arms: [arm('a'), arm('a')] }, ['steps[0].arms[1].name']],
    [{ kind: 'split', key: 's', arms: [arm('a'), { name: 'b', weight: 0, steps: [] }] }, ['steps[0].arms[1].weight']],
    [{ kind: 'split', key: 's', arms: [arm('a'), { name: 'b', weight: -1, steps: [] }] }, ['steps[0].arms[1].weight']],
    [{ kind: 'split', key: 's', arms: [arm('a'), { name: 'b', steps: [] }] }, ['steps[0].arms[1].weight']],
    [{ kind: 'split', key: 's', arms: [arm('a'), { name: 'b', weight: 1 }] }, ['steps[0].arms[1].steps']],
    [{ kind: 'split', key: 's', arms: [arm('a'), 7] }, ['steps[0].arms[1]']],
    [{ kind: 'split', key: 'S x', arms: [arm('a'), arm('b')] }, ['steps[0].key']],
    [{ kind: 'tag' }, ['steps[0].add']],
    [{ kind: 'tag', add: [] }, ['steps[0].add']],
    [{ kind: 'tag', add: ['', 7] }, ['steps[0].add[0]', 'steps[0].add[1]']],
    [{ kind: 'tag', add: ['x'], remove: ['y', 'x'] }, ['steps[0].remove[1]']],
    [{ kind: 'tag', add: 'x' }, ['steps[0].add']],
    [{ kind: 'webhook' }, ['steps[0].url']],
    [{ kind: 'webhook', url: 'http://example.com' }, ['steps[0].url']],
    [{ kind: 'webhook', url: 'javascript:alert(1)' }, ['steps[0].url']],
    [{ kind: 'webhook', url: 'https://user:secret@example.com' }, ['steps[0].url']],
    [{ kind: 'webhook', url: 'https://' }, ['steps[0].url']],
    [{ kind: 'webhook', url: 'example.com/x' }, ['steps[0].url']],
    [{ kind: 'enroll' }, ['steps[0].campaign']],
    [{ kind: 'enroll', campaign: 'x', segment: 'y' }, ['steps[0].segment']],
    [{ kind: 'wait', at: '9' }, ['steps[0].at']],
    [{ kind: 'wait', days: [] }, ['steps[0].days']],
    [{ kind: 'wait', for: 'P1D', days: ['mon', 'funday'] }, ['steps[0].days[1]']],
    [{ ...MAIL, maxLateness: 'late' }, ['steps[0].maxLateness']],
  ])('%j at %j', (step, paths) => {
    // A mail of its own beside it keeps the campaign from having nothing to do.
    expect(faults(step, mail('other'))).toEqual(paths);
  });

  it('an exit says no more than that', () => {
    expect(faults(MAIL, { ...EXIT, reason: 'x' })).toEqual(['steps[1].reason']);
  });

  it('all of a tree are told at once', () => {
    expect(
      faults(
        { kind: 'branch', if: IF, then: [{ kind: 'dance' }], else: [{ kind: 'webhook', url: 'ftp://x' }, mail('k')] },
        { kind: 'split', key: 'k', arms: [arm('a', mail('k')), { name: 'b', weight: 'x', steps: 3 }] },
      ).sort(),
    ).toEqual(
      [
        'steps[0].then[0].kind',
        'steps[0].else[0].url',
        'steps[1].key',
        'steps[1].arms[0].steps[0].key',
        'steps[1].arms[1].weight',
        'steps[1].arms[1].steps',
      ].sort(),
    );
  });
});

describe('steps that are never reached', () => {
  const ends = { kind: 'branch', if: IF, then: [WAIT, EXIT], else: [EXIT] };
  it.each<[string, unknown[], string[]]>([
    ['after an exit', [MAIL, EXIT, WAIT, mail('b')], ['steps[2]']],
    ['after a branch that ends on both sides', [MAIL, ends, WAIT], ['steps[2]']],
    ['after a nested one', [MAIL, { ...ends, then: [ends] }, WAIT], ['steps[2]']],
    ['inside a side', [{ ...ends, then: [EXIT, MAIL] }], ['steps[0].then[1]']],
    [
      'after a waitFor',
      [MAIL, { kind: 'waitFor', event: 'x', within: 'P1D', then: [EXIT], else: [EXIT] }, WAIT],
      ['steps[2]'],
    ],
    ['after a split', [MAIL, { kind: 'split', key: 's', arms: [arm('a', EXIT), arm('b', EXIT)] }, WAIT], ['steps[2]']],
    [
      'inside an arm',
      [MAIL, { kind: 'split', key: 's', arms: [arm('a', EXIT, WAIT), arm('b')] }],
      ['steps[1].arms[0].steps[1]'],
    ],
  ])('%s', (_name, steps, paths) => expect(faults(...steps)).toEqual(paths));
  it.each<[string, unknown[]]>([
    ['one side goes on', [MAIL, { ...ends, else: [WAIT] }, WAIT]],
    ['there is no other side', [MAIL, { kind: 'branch', if: IF, then: [EXIT] }, WAIT]],
    ['one arm goes on', [MAIL, { kind: 'split', key: 's', arms: [arm('a', EXIT), arm('b')] }, WAIT]],
    ['the event may not come', [MAIL, { kind: 'waitFor', event: 'x', within: 'P1D', then: [EXIT] }, WAIT]],
  ])('none where %s', (_name, steps) => expect(faults(...steps)).toEqual([]));
});

describe('bounds', () => {
  const nested = (depth: number): object =>
    depth === 1 ? MAIL : { kind: 'branch', if: IF, then: [nested(depth - 1)] };
  it('20 levels, no more', () => {
    expect(faults(nested(20))).toEqual([]);
    const paths = faults(nested(21));
    expect(paths).toEqual([`steps[0]${'.then[0]'.repeat(19)}.then`]);
  });
  it('a tower of 100,000 levels is refused without falling over', () => {
    let tower: object = MAIL;
    for (let i = 0; i < 100_000; i++) tower = { kind: 'branch', if: IF, then: [tower] };
    expect(faults(tower)).toHaveLength(1);
  });
  it('500 steps, no more, told once', () => {
    const many = (n: number) => Array.from({ length: n }, (_, i) => mail(`m${i}`));
    expect(faults(...many(500))).toEqual([]);
    expect(faults(...many(600))).toEqual(['steps[500]']);
    expect(
      faults({ kind: 'branch', if: IF, then: many(300), else: many(300).map((m) => ({ ...m, key: `e${m.key}` })) }),
    ).toEqual(['steps[0].else[199]']);
  });
});
