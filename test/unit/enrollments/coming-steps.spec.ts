import { type Instruction, type Program } from '../../../src/campaigns/campaign.types';
import { type Duration, parseDuration } from '../../../src/kernel/duration';
import { comingSteps } from '../../../src/enrollments/domain/coming-steps';

const PLAN = new Date('2026-03-02T08:00:00.000Z');
const ZONE = 'Europe/Rome';
const email = (key: string, i: number): Instruction => ({ op: 'email', path: `steps[${i}]`, key, templateId: 't' });
const wait = (text: string, at: string | null, i: number): Instruction => ({
  op: 'wait',
  path: `steps[${i}]`,
  for: parseDuration(text) as Duration,
  at,
});
const program = (...instructions: Instruction[]): Program => ({
  instructions,
  basis: 'consent',
  maxLateness: parseDuration('P2D') as Duration,
  goal: null,
});
const told = (...instructions: Instruction[]) =>
  comingSteps(program(...instructions), { position: 0, nextRunAt: PLAN }, ZONE).map(
    ({ step, kind, at }) => `${at.toISOString()} ${kind} ${step}`,
  );

describe('the steps that lie ahead', () => {
  it('come by the plan, waits in the customer’s zone, and end where the program does', () => {
    expect(
      told(email('a', 0), wait('P1D', '09:00', 1), email('b', 2), {
        op: 'tag',
        path: 'steps[3]',
        add: ['x'],
        remove: [],
      }),
    ).toEqual([
      '2026-03-02T08:00:00.000Z email a',
      '2026-03-03T08:00:00.000Z email b',
      '2026-03-03T08:00:00.000Z tag steps[3]',
    ]);
  });

  it('follow jumps, and end at the first step that decides the way', () => {
    const branch: Instruction = { op: 'jumpUnless', path: 'steps[2]', condition: 0, to: 5 };
    expect(
      told({ op: 'jump', path: 'steps[0]', to: 2 }, email('never', 1), email('a', 1), branch, email('b', 3)),
    ).toEqual(['2026-03-02T08:00:00.000Z email a', '2026-03-02T08:00:00.000Z branch steps[2]']);
    const within = parseDuration('P3D') as Duration;
    const waitFor: Instruction = { op: 'waitFor', path: 'steps[0]', eventType: 'x', within, orElse: 1 };
    expect(told(waitFor, email('a', 1))).toEqual(['2026-03-02T08:00:00.000Z waitFor steps[0]']);
    expect(told({ op: 'exit', path: 'steps[0]' }, email('a', 1))).toEqual(['2026-03-02T08:00:00.000Z exit steps[0]']);
  });

  it('are five at most', () => {
    expect(told(...['a', 'b', 'c', 'd', 'e', 'f'].map(email))).toHaveLength(5);
  });
});
