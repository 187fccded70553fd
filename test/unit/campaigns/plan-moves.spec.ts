import { type Program } from '../../../src/campaigns/campaign.types';
import { compile } from '../../../src/campaigns/domain/compile';
import { END, planMoves } from '../../../src/campaigns/domain/plan-moves';
import { readDefinition } from '../../../src/campaigns/domain/read-definition';

const mail = (key: string) => ({ kind: 'email', key, template: 't' });
const WAIT = { kind: 'wait', for: 'P3D' };
const waitFor = (event: string, ...then: object[]) => ({ kind: 'waitFor', event, within: 'P7D', then });
const program = (...steps: object[]): Program => {
  const { definition, faults } = readDefinition({ key: 'x', name: 'X', trigger: { on: 'manual' }, steps });
  expect(faults).toEqual([]);
  return compile(definition, new Map([['t', 'id']]));
};
const versions = (...programs: Program[]) => new Map(programs.map((one, index) => [index + 1, one]));
const at = (position: number, people = 1, version = 1) => ({ version, position, people });
const stays = { goesOnWaiting: false, waitsFor: null, looksAgain: false };

const OLD = program(mail('a'), WAIT, mail('b'), WAIT, mail('c'));

describe('people in flight', () => {
  it('stay at the step of the same name, wherever it stands now', () => {
    const next = program(mail('a'), WAIT, { kind: 'tag', add: ['x'] }, mail('b'), mail('c'));
    const { faults, moves, steps } = planMoves([at(2, 7), at(4, 2)], versions(OLD), next, {});
    expect(faults).toEqual([]);
    expect(moves).toEqual([
      { version: 1, position: 2, to: { position: 3, step: 'b', ...stays, goesOnWaiting: true } },
      { version: 1, position: 4, to: { position: 4, step: 'c', ...stays, goesOnWaiting: true } },
    ]);
    expect(steps).toEqual([
      { step: 'b', to: 'b', moved: 0, stayed: 7, exited: 0 },
      { step: 'c', to: 'c', moved: 0, stayed: 2, exited: 0 },
    ]);
  });

  it('are never put out by a step that is gone: it has to be said where they go', () => {
    const next = program(mail('a'), WAIT, mail('c'));
    const lost = planMoves([at(2, 3), at(4, 1)], versions(OLD), next, {});
    expect(lost.faults).toEqual([
      { path: 'mapping.b', message: expect.stringContaining('3 people are at b') as unknown },
    ]);
    const moved = planMoves([at(2, 3), at(4, 1)], versions(OLD), next, { b: 'c' });
    expect(moved.faults).toEqual([]);
    expect(moved.steps).toEqual([
      { step: 'b', to: 'c', moved: 3, stayed: 0, exited: 0 },
      { step: 'c', to: 'c', moved: 0, stayed: 1, exited: 0 },
    ]);
    const out = planMoves([at(2, 3)], versions(OLD), next, { b: 'exit' });
    expect(out.moves).toEqual([{ version: 1, position: 2, to: 'exit' }]);
    expect(out.steps).toEqual([{ step: 'b', to: 'exit', moved: 0, stayed: 0, exited: 3 }]);
  });

  it('the names of a mapping must mean something', () => {
    const next = program(mail('a'), mail('c'));
    const { faults } = planMoves([], versions(OLD), next, { nothing: 'a', b: 'nowhere', 'steps[1]': 'steps[0]' });
    expect(faults.map(({ path }) => path)).toEqual(['mapping.nothing', 'mapping.b']);
  });

  it('behind the last step they complete, unless the mapping gives them more', () => {
    const old = program(mail('a'), WAIT);
    const next = program(mail('a'), WAIT, mail('b'));
    expect(planMoves([at(2)], versions(old), next, {}).moves).toEqual([
      { version: 1, position: 2, to: { position: 3, step: null, ...stays } },
    ]);
    expect(planMoves([at(2)], versions(old), next, { [END]: 'b' }).steps).toEqual([
      { step: END, to: 'b', moved: 1, stayed: 0, exited: 0 },
    ]);
  });

  it('a step known by its path must still be of the same kind', () => {
    const old = program(mail('a'), WAIT, { kind: 'tag', add: ['x'] });
    expect(planMoves([at(2)], versions(old), program(mail('a'), WAIT, { kind: 'tag', add: ['y'] }), {}).faults).toEqual(
      [],
    );
    expect(planMoves([at(2)], versions(old), program(mail('a'), WAIT, mail('b')), {}).faults).toEqual([
      { path: 'mapping.steps[2]', message: expect.stringContaining('1 person is at steps[2]') as unknown },
    ]);
    // A mail may be named by its path as well.
    expect(
      planMoves([at(2)], versions(old), program(mail('a'), WAIT, mail('b')), { 'steps[2]': 'steps[2]' }).steps,
    ).toEqual([{ step: 'steps[2]', to: 'b', moved: 1, stayed: 0, exited: 0 }]);
  });

  it('of several versions are counted together', () => {
    const second = program(mail('a'), WAIT, mail('b'), WAIT, mail('z'));
    const next = program(mail('a'), WAIT, mail('b'));
    const { faults, steps } = planMoves([at(2, 5), at(2, 4, 2), at(4, 1, 2)], versions(OLD, second), next, {
      z: 'exit',
    });
    expect(faults).toEqual([]);
    expect(steps).toEqual([
      { step: 'b', to: 'b', moved: 0, stayed: 9, exited: 0 },
      { step: 'z', to: 'exit', moved: 0, stayed: 0, exited: 1 },
    ]);
  });

  it('who waits at the end of a branch stands at what comes behind it', () => {
    const branch = (...then: object[]) => ({ kind: 'branch', if: {}, then, else: [mail('e')] });
    const old = program(mail('a'), branch(mail('b'), WAIT), mail('z'));
    const jump = old.instructions.findIndex((one) => one.op === 'jump');
    const { moves } = planMoves([at(jump)], versions(old), program(mail('z')), {});
    expect(moves).toEqual([
      { version: 1, position: jump, to: { position: 0, step: 'z', ...stays, goesOnWaiting: true } },
    ]);
  });

  it('who waits for an event goes on waiting, and is looked at if it is another event', () => {
    const old = program(mail('a'), waitFor('order.placed'));
    const move = (next: Program, mapping = {}) => planMoves([at(1)], versions(old), next, mapping).moves[0]?.to;
    expect(move(program(mail('n'), waitFor('order.placed')))).toEqual({
      position: 1,
      step: 'steps[1]',
      goesOnWaiting: true,
      waitsFor: 'order.counted',
      looksAgain: false,
    });
    expect(move(program(mail('n'), waitFor('cart.updated')))).toMatchObject({
      waitsFor: 'cart.updated',
      looksAgain: true,
    });
    expect(move(program(mail('n')), { 'steps[1]': 'n' })).toEqual({ position: 0, step: 'n', ...stays });
  });

  it('a key that is called exit is named by its path', () => {
    const next = program(mail('exit'));
    expect(planMoves([at(2)], versions(OLD), next, { b: 'exit' }).moves[0]?.to).toBe('exit');
    expect(planMoves([at(2)], versions(OLD), next, { b: 'steps[0]' }).moves[0]?.to).toMatchObject({ step: 'exit' });
  });
});
