import fc from 'fast-check';
import { compile, targetsOf } from '../../../src/campaigns/domain/compile';
import { readDefinition } from '../../../src/campaigns/domain/read-definition';
import { type Instruction, type Program, type Step } from '../../../src/campaigns/campaign.types';
import { walkSteps } from '../../../src/campaigns/domain/walk-steps';

/** What a person meets: whether a condition holds, an event comes, and the draw of a split, each by the step's path. */
interface World {
  coin(path: string): boolean;
  draw(path: string): number;
}

/** Steps as the contract writes them; keys are made unique afterwards. */
const { steps: trees } = fc.letrec<{ steps: object[]; step: object }>((tie) => ({
  steps: fc.array(tie('step'), { maxLength: 3 }),
  step: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<object>(
      { kind: 'email', template: 't' },
      { kind: 'wait', for: 'P1D' },
      { kind: 'tag', add: ['x'] },
      { kind: 'webhook', url: 'https://example.com' },
      { kind: 'enroll', campaign: 'other' },
      { kind: 'exit' },
    ),
    fc.record({
      kind: fc.constant('branch'),
      if: fc.constant({}),
      then: tie('steps'),
      else: fc.option(tie('steps'), { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant('waitFor'),
      event: fc.constant('x'),
      within: fc.constant('P1D'),
      then: fc.option(tie('steps'), { nil: undefined }),
      else: fc.option(tie('steps'), { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant('split'),
      arms: fc.array(
        fc.record({ name: fc.constant(''), weight: fc.integer({ min: 1, max: 9 }), steps: tie('steps') }),
        { minLength: 2, maxLength: 4 },
      ),
    }),
  ),
}));

function keyed(steps: object[]): Step[] {
  const written = JSON.parse(JSON.stringify(steps)) as Step[];
  for (const [index, { step }] of walkSteps(written).entries()) {
    if (step.kind === 'email' || step.kind === 'split') step.key = `k${index}`;
    if (step.kind === 'split') step.arms.forEach((arm, n) => (arm.name = `arm${n}`));
  }
  return written;
}

/** The nested tree, read as anyone would read it; the paths of the steps in the order in which they are met. */
function naive(steps: readonly Step[], path: string, world: World, met: string[]): 'exit' | 'on' {
  for (const [index, step] of steps.entries()) {
    const here = `${path}[${index}]`;
    met.push(here);
    if (step.kind === 'exit') return 'exit';
    let inner: 'exit' | 'on' = 'on';
    if (step.kind === 'branch' || step.kind === 'waitFor') {
      const holds = world.coin(here);
      inner = holds
        ? naive(step.then ?? [], `${here}.then`, world, met)
        : naive(step.else ?? [], `${here}.else`, world, met);
    } else if (step.kind === 'split') {
      const total = step.arms.reduce((sum, arm) => sum + arm.weight, 0);
      let left = world.draw(here) * total;
      const chosen = step.arms.findIndex((arm) => (left -= arm.weight) < 0);
      const arm = step.arms[chosen] as (typeof step.arms)[number];
      inner = naive(arm.steps, `${here}.arms[${chosen}].steps`, world, met);
    }
    if (inner === 'exit') return 'exit';
  }
  return 'on';
}

function flat({ instructions }: Program, world: World): string[] {
  const met: string[] = [];
  for (let at = 0; at < instructions.length;) {
    const one = instructions[at] as Instruction;
    if (one.op !== 'jump') met.push(one.path);
    switch (one.op) {
      case 'exit':
        return met;
      case 'jump':
        at = one.to;
        break;
      case 'waitFor':
        at = world.coin(one.path) ? at + 1 : one.orElse;
        break;
      case 'jumpUnless':
        at = world.coin(one.path) ? at + 1 : one.to;
        break;
      case 'split': {
        const draw = world.draw(one.path);
        at = (one.arms.find((arm) => draw < arm.upTo) as { to: number }).to;
        break;
      }
      default:
        at++;
    }
  }
  return met;
}

const NAMED = [new Map([['t', 'template-id']]), new Map([['other', 'campaign-id']])] as const;
const BASE = readDefinition({ key: 'x', name: 'X', trigger: { on: 'manual' }, steps: [] }).definition;

describe('a compiled program', () => {
  it('meets the same steps in the same order as the tree, and every jump goes forward', () => {
    fc.assert(
      fc.property(
        trees,
        fc.array(fc.boolean(), { minLength: 1 }),
        fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 1 }),
        (tree, coins, draws) => {
          const steps = keyed(tree);
          const program = compile({ ...BASE, steps }, ...NAMED);
          const places = new Map(walkSteps(steps).map(({ path }, index) => [path, index]));
          const world: World = {
            coin: (path) => coins[(places.get(path) as number) % coins.length] as boolean,
            // Off the bounds of the arms: those are told apart below.
            draw: (path) => ((draws[(places.get(path) as number) % draws.length] as number) + 0.5) / 1000,
          };
          const met: string[] = [];
          naive(steps, 'steps', world, met);
          expect(flat(program, world)).toEqual(met);
          program.instructions.forEach((one, at) => {
            for (const to of targetsOf(one)) {
              expect(to).toBeGreaterThan(at);
              expect(to).toBeLessThanOrEqual(program.instructions.length);
            }
          });
          const paths = program.instructions.filter((one) => one.op !== 'jump').map((one) => one.path);
          expect(paths).toEqual(walkSteps(steps).map(({ path }) => path));
        },
      ),
      { numRuns: 400 },
    );
  });
});
