import fc from 'fast-check';
import { compile } from '../../../src/campaigns/domain/compile';
import { readDefinition } from '../../../src/campaigns/domain/read-definition';
import { type Program } from '../../../src/campaigns/campaign.types';
import {
  advance,
  type AdvanceFacts,
  end,
  type EnrollmentState,
  type StepEffect,
} from '../../../src/enrollments/domain/advance';
import { localTime } from '../../../src/kernel/local-time';
import { givenFacts } from '../../support/advance-facts';

const FACTS = givenFacts();
const MAILABLE = FACTS.mail;
const T0 = new Date('2026-03-02T08:00:00Z');
const HOUR = 3_600_000;
const later = (hours: number): Date => new Date(T0.getTime() + hours * HOUR);

function program(steps: object[], change: object = {}): Program {
  const read = readDefinition({ key: 'c', name: 'C', trigger: { on: 'manual' }, steps, ...change });
  expect(read.faults).toEqual([]);
  return compile(read.definition, new Map([['t', '01900000-0000-7000-8000-000000000001']]));
}
const email = (key: string) => ({ kind: 'email', key, template: 't' });
const wait = (duration: string, at?: string) => ({ kind: 'wait', for: duration, ...(at ? { at } : {}) });
const entered = (arm: EnrollmentState['arm'] = 'treatment', at = T0): EnrollmentState => ({
  status: 'active',
  arm,
  position: 0,
  nextRunAt: at,
  dueAt: at,
  exitReason: null,
  waitingSince: null,
});
const said = (effects: readonly StepEffect[]): string[] =>
  effects.map((effect) =>
    effect.kind === 'email'
      ? `${effect.instruction.key} ${'reason' in effect.decision ? effect.decision.reason : effect.decision.status}`
      : effect.kind,
  );

const DRIP = program([email('one'), wait('P2D', '09:00'), email('two'), wait('P3D'), email('three')]);

describe('a drip', () => {
  it('runs each step at its time and then completes', () => {
    const first = advance(DRIP, entered(), FACTS, T0);
    expect(said(first.effects)).toEqual(['one queued']);
    // Two days after 09:00 Rome it is 09:00 Rome.
    expect(first.enrollment).toMatchObject({
      status: 'active',
      position: 2,
      nextRunAt: new Date('2026-03-04T08:00:00Z'),
    });
    const second = advance(DRIP, first.enrollment, FACTS, first.enrollment.nextRunAt!);
    expect(said(second.effects)).toEqual(['two queued']);
    const third = advance(DRIP, second.enrollment, FACTS, second.enrollment.nextRunAt!);
    expect(said(third.effects)).toEqual(['three queued']);
    expect(third.effects[0]).toMatchObject({ dueAt: new Date('2026-03-07T08:00:00Z') });
    expect(third.enrollment).toMatchObject({ status: 'completed', nextRunAt: null, exitReason: null });
  });
  it('waits for 09:00 where the customer is', () => {
    const { enrollment } = advance(
      DRIP,
      entered(),
      { ...FACTS, zone: 'America/New_York' },
      new Date('2026-03-02T08:05:00Z'),
    );
    expect(enrollment.nextRunAt).toEqual(new Date('2026-03-04T14:00:00Z'));
  });
  it('runs what has no wait in between at once, and ends at exit', () => {
    const done = advance(program([email('a'), email('b'), { kind: 'exit' }]), entered(), FACTS, T0);
    expect(said(done.effects)).toEqual(['a queued', 'b queued']);
    expect(done.enrollment).toMatchObject({ status: 'exited', exitReason: 'exit_step', nextRunAt: null });
  });
  it('a wait at the end is waited for, so that a goal can still be reached', () => {
    const one = advance(program([email('a'), wait('P1D')]), entered(), FACTS, T0);
    expect(one.enrollment.status).toBe('active');
    expect(advance(program([email('a'), wait('P1D')]), one.enrollment, FACTS, later(24)).enrollment.status).toBe(
      'completed',
    );
  });
  it('does nothing to an enrollment that has ended', () => {
    const ended = end(entered(), 'removed');
    expect(advance(DRIP, ended, FACTS, later(1))).toEqual({ effects: [], decisions: [], enrollment: ended });
    expect(() => end(ended, 'goal')).toThrow('exited');
  });
});

describe('the control', () => {
  it('runs the same steps at the same times, its e-mails held out', () => {
    const run = (arm: EnrollmentState['arm']) => {
      const effects: StepEffect[] = [];
      let state = entered(arm);
      while (state.nextRunAt) {
        const done = advance(DRIP, state, FACTS, state.nextRunAt);
        effects.push(...done.effects);
        state = done.enrollment;
      }
      return effects;
    };
    expect(said(run('holdout'))).toEqual(['one held_out', 'two held_out', 'three held_out']);
    const plans = (arm: EnrollmentState['arm']) => run(arm).map((effect) => 'dueAt' in effect && effect.dueAt);
    expect(plans('holdout')).toEqual(plans('treatment'));
  });
  it('who can no longer be mailed says so in both arms', () => {
    const facts = { ...FACTS, mail: { ...MAILABLE, consentStatus: 'unsubscribed' as const } };
    for (const arm of ['treatment', 'holdout'] as const) {
      expect(said(advance(DRIP, entered(arm), facts, T0).effects)).toEqual(['one unsubscribed']);
    }
  });
});

describe('goal and lateness', () => {
  const withGoal = (exit: boolean) => program([email('a')], { goal: { event: 'order.placed', exit } });
  it('a goal that was reached ends it before the next mail, in both arms', () => {
    for (const arm of ['treatment', 'holdout'] as const) {
      const done = advance(withGoal(true), entered(arm), { ...FACTS, goalAt: T0 }, later(1));
      expect(done).toMatchObject({
        effects: [],
        enrollment: { status: 'exited', exitReason: 'goal', nextRunAt: null },
      });
    }
    expect(said(advance(withGoal(false), entered(), { ...FACTS, goalAt: T0 }, T0).effects)).toEqual(['a queued']);
  });
  it('a step later than maxLateness is skipped, in both arms; the next one keeps its distance', () => {
    for (const arm of ['treatment', 'holdout'] as const) {
      const done = advance(DRIP, entered(arm), FACTS, later(49));
      expect(said(done.effects)).toEqual(['one too_late']);
      expect(done.enrollment.nextRunAt).toEqual(new Date('2026-03-07T08:00:00Z'));
    }
    expect(said(advance(DRIP, entered(), FACTS, later(48)).effects)).toEqual(['one queued']);
  });
  it('overdue steps do not pour out one behind the other', () => {
    const quick = program([email('a'), wait('PT6H'), email('b'), wait('PT6H'), email('c')]);
    const done = advance(quick, entered(), FACTS, later(40));
    expect(said(done.effects)).toEqual(['a queued']);
    expect(done.enrollment.nextRunAt).toEqual(later(46));
  });
  it('a step that was a moment late does not move the next one', () => {
    const daily = program([email('a'), wait('P1D', '09:00'), email('b')]);
    const { enrollment } = advance(daily, entered(), FACTS, new Date(T0.getTime() + 350));
    expect(enrollment.nextRunAt).toEqual(later(24));
  });
});

describe('any program', () => {
  const steps = fc
    .array(
      fc.oneof(
        fc.constant('email'),
        fc.record({ hours: fc.integer({ min: 0, max: 100 }), at: fc.constantFrom(undefined, '09:00', '02:30') }),
      ),
      {
        minLength: 1,
        maxLength: 12,
      },
    )
    .map((list) =>
      ['email' as const, ...list].map((one, i) =>
        one === 'email'
          ? email(`k${i}`)
          : { kind: 'wait', for: `PT${one.hours + (one.at ? 0 : 1)}H`, ...(one.at ? { at: one.at } : {}) },
      ),
    );

  it('runs each e-mail exactly once, in order, never before its plan, whatever the delays', () => {
    fc.assert(
      fc.property(
        steps,
        fc.constantFrom(
          'Europe/Rome',
          'Australia/Lord_Howe',
          'America/New_York',
          'Africa/Casablanca',
          'Asia/Kathmandu',
        ),
        fc.date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true }),
        fc.array(fc.integer({ min: 0, max: 100 * HOUR }), { minLength: 30, maxLength: 30 }),
        (list, zone, start, delays) => {
          const compiled = program(list);
          const seen: string[] = [];
          let state = entered('treatment', start);
          let now = start;
          for (let i = 0; state.nextRunAt; i++) {
            expect(i).toBeLessThan(30);
            now = new Date(Math.max(now.getTime(), state.nextRunAt.getTime()) + (delays[i] ?? 0));
            const done = advance(compiled, state, { ...FACTS, zone }, now);
            for (const effect of done.effects) {
              if (effect.kind !== 'email') continue;
              seen.push(effect.instruction.key);
              expect(effect.dueAt.getTime()).toBeLessThanOrEqual(now.getTime());
              expect(effect.dueAt.getTime()).toBeGreaterThanOrEqual(start.getTime());
            }
            if (done.enrollment.nextRunAt) {
              expect(done.enrollment.nextRunAt.getTime()).toBeGreaterThanOrEqual(state.nextRunAt.getTime());
            }
            if (done.enrollment.status === 'active') expect(done.enrollment.position).toBeGreaterThan(state.position);
            state = done.enrollment;
          }
          expect(seen).toEqual(compiled.instructions.flatMap((one) => (one.op === 'email' ? [one.key] : [])));
          expect(state.status).toBe('completed');
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each([
    ['goes', {}],
    ['is skipped', { mail: { ...MAILABLE, suppressed: { reason: 'bounce', at: T0 } } }],
    ['is deferred', { contact: () => ({ action: 'defer', until: later(3), reason: 'quiet_hours', values: { a: 1 } }) }],
  ] as Array<[string, Partial<AdvanceFacts>]>)('a mail that %s does so too where nobody looks', (_what, change) => {
    const shown = advance(DRIP, entered(), givenFacts(change), T0);
    expect(advance(DRIP, entered(), givenFacts({ ...change, shown: false }), T0)).toEqual({
      ...shown,
      decisions: shown.decisions.map((decision) => ({ ...decision, values: {} })),
    });
    expect(shown.decisions).toEqual([expect.not.objectContaining({ values: {} })]);
  });

  it('lands on the wished local time, on every day that has it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('Europe/Rome', 'America/New_York', 'Pacific/Apia', 'Asia/Kathmandu'),
        fc.date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true }),
        (zone, start) => {
          const { enrollment } = advance(
            program([email('a'), wait('P1D', '09:00'), email('b')]),
            entered('treatment', start),
            { ...FACTS, zone },
            start,
          );
          expect(localTime(enrollment.nextRunAt!, zone)).toBe('09:00');
        },
      ),
    );
  });
});
