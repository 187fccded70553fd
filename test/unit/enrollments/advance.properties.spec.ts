import fc from 'fast-check';
import { compile } from '../../../src/campaigns/domain/compile';
import { type CampaignDefinition, type Program, type Step, type Weekday } from '../../../src/campaigns/campaign.types';
import { advance, type AdvanceFacts, type EnrollmentState } from '../../../src/enrollments/domain/advance';
import { type ContactVerdict } from '../../../src/enrollments/domain/contact-policy';
import { reachOf } from '../../../src/enrollments/domain/program-reach';
import { uniform } from '../../../src/kernel/hash';

const HOUR = 3_600_000;
const CONDITION = { field: 'locale', op: 'eq', value: 'it' };
const ZONES = [
  'Europe/Rome',
  'Australia/Lord_Howe',
  'America/New_York',
  'Africa/Casablanca',
  'Asia/Kathmandu',
  'Pacific/Apia',
];

/** Any program of any depth; keys are made unique afterwards. */
const { steps: anySteps } = fc.letrec<{ steps: Step[]; step: Step }>((tie) => ({
  steps: fc.array(tie('step'), { maxLength: 4, depthIdentifier: 'program' }),
  step: fc.oneof(
    { depthIdentifier: 'program', maxDepth: 3, withCrossShrink: true },
    fc.constant<Step>({ kind: 'email', key: '', template: 't' }),
    fc.record({
      kind: fc.constant('wait' as const),
      for: fc.constantFrom('PT0S', 'PT5M', 'PT7H', 'P1D', 'P2W', 'P1M'),
      at: fc.constantFrom(undefined, '02:30', '09:00'),
      days: fc.constantFrom<Weekday[] | undefined>(undefined, ['mon'], ['sat', 'sun']),
    }) as fc.Arbitrary<Step>,
    fc.constantFrom<Step>(
      { kind: 'wait', until: 'replenish' },
      { kind: 'wait', until: 'replenish', fallback: 'exit', at: '09:00', days: ['mon'] },
      { kind: 'tag', add: ['a'] },
      { kind: 'webhook', url: 'https://shop.test' },
      { kind: 'enroll', campaign: 'other' },
      { kind: 'exit' },
    ),
    fc.record({
      kind: fc.constant('branch' as const),
      if: fc.constant(CONDITION),
      then: tie('steps'),
      else: tie('steps'),
    }) as fc.Arbitrary<Step>,
    fc.record({
      kind: fc.constant('waitFor' as const),
      event: fc.constantFrom('seen', 'order.placed'),
      within: fc.constantFrom('PT1H', 'P3D'),
      then: tie('steps'),
      else: tie('steps'),
    }) as fc.Arbitrary<Step>,
    fc
      .array(fc.record({ weight: fc.integer({ min: 1, max: 9 }), steps: tie('steps') }), { minLength: 1, maxLength: 3 })
      .map((arms): Step => ({
        kind: 'split',
        key: '',
        arms: arms.map((arm, i) => ({ ...arm, name: `arm ${i}`, steps: arm.steps })),
      })),
  ),
}));

function programOf(steps: readonly Step[], exitWhen: boolean): Program {
  let keys = 0;
  const named = JSON.parse(
    JSON.stringify(steps, (name, value: unknown) => (name === 'key' ? `key-${keys++}` : value)),
  ) as Step[];
  return compile(
    {
      basis: 'consent',
      maxLateness: 'P2D',
      steps: named,
      ...(exitWhen ? { exitWhen: CONDITION } : {}),
    } as unknown as CampaignDefinition,
    new Map([['t', 'template']]),
    new Map([['other', 'campaign']]),
  );
}

/** Facts that answer anything, differently each time, by a seed; and fail when something is asked that was not announced. */
class Answers {
  private asked = 0;
  constructor(
    private readonly seed: number,
    private readonly zone: string,
    private readonly program: Program,
  ) {}

  at(position: number, now: Date): AdvanceFacts {
    const reach = reachOf(this.program, position);
    const u = (): number => uniform(`${this.seed}:${this.asked++}`);
    return {
      get mail() {
        if (!reach.mail) throw new Error('a mail was not announced');
        return {
          email: 'a@b.test',
          consentStatus: u() < 0.05 ? ('unsubscribed' as const) : ('subscribed' as const),
          suppressed: null,
          erased: u() < 0.01,
          hasBought: false,
        };
      },
      zone: this.zone,
      goalAt: null,
      holds: (condition) => {
        if (!reach.conditions.includes(condition)) throw new Error(`condition ${condition} was not announced`);
        return { holds: u() < 0.3, values: {} };
      },
      eventAt: (type, after, until) => {
        if (!reach.events.includes(type)) throw new Error(`the event ${type} was not announced`);
        const span = until.getTime() - after.getTime();
        return u() < 0.3 && span > 1 ? new Date(after.getTime() + 1 + Math.floor(u() * (span - 1))) : null;
      },
      splitDraw: u,
      replenishment: () => {
        if (!reach.replenish) throw new Error('a wait until replenishment was not announced');
        const basis = pick(['product', 'category', 'shop', 'default'] as const, u());
        // Long past, or still to come.
        const placedAt = new Date(now.getTime() - Math.floor(u() * 100) * 24 * HOUR);
        const order = u() < 0.2 ? null : { externalId: 'o', placedAt };
        return { order, days: 7 + Math.floor(u() * 60), basis, product: null, category: null };
      },
      contact: ({ expiresAt }): ContactVerdict => {
        if (u() < 0.6) return { action: 'go' };
        if (u() < 0.2) return { action: 'skip', reason: 'frequency_cap', values: {} };
        const until = new Date(now.getTime() + 1 + Math.floor(u() * 30 * HOUR));
        return until <= expiresAt
          ? { action: 'defer', until, reason: 'quiet_hours', values: {} }
          : { action: 'skip', reason: 'quiet_hours', values: {} };
      },
    };
  }
}

describe('any program', () => {
  it('runs each step at most once and in order, never before its plan; plans never go back; it always ends', () => {
    fc.assert(
      fc.property(
        anySteps,
        fc.boolean(),
        fc.constantFrom(...ZONES),
        fc.date({ min: new Date('2026-01-01'), max: new Date('2028-12-31'), noInvalidDate: true }),
        fc.nat(),
        fc.constantFrom<EnrollmentState['arm']>('treatment', 'holdout'),
        (steps, exitWhen, zone, start, seed, arm) => {
          const program = programOf(steps, exitWhen);
          const answers = new Answers(seed, zone, program);
          const ran = new Set<string>();
          let plan = start.getTime();
          let now = start;
          let state: EnrollmentState = {
            status: 'active',
            arm,
            position: 0,
            nextRunAt: start,
            dueAt: start,
            exitReason: null,
            waitingSince: null,
          };
          for (let runs = 0; state.dueAt !== null; runs++) {
            expect(runs).toBeLessThan(20 * (program.instructions.length + 1));
            // Sometimes on time, sometimes hours late.
            const late = uniform(`${seed}:late:${runs}`) < 0.7 ? 5 : Math.floor(uniform(`${seed}:${runs}`) * 60 * HOUR);
            now = new Date(Math.max(now.getTime(), state.dueAt.getTime()) + late);
            const before = state;
            const done = advance(program, before, answers.at(before.position, now), now);
            for (const effect of done.effects) {
              expect(ran.has(effect.instruction.path)).toBe(false);
              ran.add(effect.instruction.path);
              expect(effect.kind === 'webhook' && arm === 'holdout').toBe(false);
              if (!('dueAt' in effect)) continue;
              expect(effect.dueAt.getTime()).toBeGreaterThanOrEqual(plan);
              expect(effect.dueAt.getTime()).toBeLessThanOrEqual(now.getTime());
              plan = effect.dueAt.getTime();
            }
            state = done.enrollment;
            expect(state.position).toBeGreaterThanOrEqual(before.position);
            if (state.status !== 'active') {
              expect(state).toMatchObject({ nextRunAt: null, dueAt: null, waitingSince: null });
              expect(state.status === 'exited').toBe(state.exitReason !== null);
              continue;
            }
            if (!state.nextRunAt || !state.dueAt) throw new Error('an active enrollment has no plan');
            expect(state.nextRunAt.getTime()).toBeGreaterThanOrEqual(plan);
            // What follows a wait for an event may be planned from its beginning on, not only from its time-out.
            const waits = program.instructions[state.position]?.op === 'waitFor' ? state.waitingSince : null;
            plan = Math.max(plan, (waits ?? state.nextRunAt).getTime());
            if (state.position > before.position) continue;
            // It stays where it is only to wait: from now on for an event, or for a later moment.
            expect(before.waitingSince === null || state.dueAt > now).toBe(true);
            expect(state.waitingSince).not.toBeNull();
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('treatment and control take the same ways at the same times where nothing is capped', () => {
    fc.assert(
      fc.property(
        anySteps,
        fc.constantFrom(...ZONES),
        fc.date({ min: new Date('2026-01-01'), max: new Date('2028-12-31'), noInvalidDate: true }),
        fc.nat(),
        (steps, zone, start, seed) => {
          const program = programOf(steps, false);
          const lived = (arm: EnrollmentState['arm']): unknown[] => {
            const answers = new Answers(seed, zone, program);
            const log: unknown[] = [];
            let state: EnrollmentState = {
              status: 'active',
              arm,
              position: 0,
              nextRunAt: start,
              dueAt: start,
              exitReason: null,
              waitingSince: null,
            };
            while (state.dueAt !== null) {
              const now = state.dueAt;
              const done = advance(program, state, answers.at(state.position, now), now);
              state = done.enrollment;
              const { arm: _, ...rest } = state;
              log.push(rest, ...done.decisions.map(({ step, kind, reason }) => [step, kind, reason]));
            }
            return log;
          };
          expect(lived('holdout')).toEqual(lived('treatment'));
        },
      ),
      { numRuns: 200 },
    );
  });
});

function pick<T>(values: readonly [T, ...T[]], draw: number): T {
  return values[Math.floor(draw * values.length)] ?? values[0];
}
