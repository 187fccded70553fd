import { compile } from '../../../src/campaigns/domain/compile';
import { type CampaignDefinition, type Program, type Step } from '../../../src/campaigns/campaign.types';
import {
  advance,
  type Advanced,
  type AdvanceFacts,
  type EnrollmentState,
  type StepContact,
} from '../../../src/enrollments/domain/advance';
import { type ContactVerdict } from '../../../src/enrollments/domain/contact-policy';
import { mailAhead, reachOf } from '../../../src/enrollments/domain/program-reach';
import { givenFacts } from '../../support/advance-facts';

const T0 = new Date('2026-03-02T08:00:00Z');
const later = (hours: number): Date => new Date(T0.getTime() + hours * 3_600_000);
const TEMPLATES = new Map([['t', 'template-id']]);
const CAMPAIGNS = new Map([['other', 'other-id']]);
const VIP = { field: 'tags', op: 'contains', value: 'vip' };
const BOUGHT = { field: 'orders.count', op: 'gte', value: 1 };

function program(steps: Step[], change: Partial<CampaignDefinition> = {}): Program {
  const definition = { basis: 'consent', maxLateness: 'P2D', steps, ...change } as CampaignDefinition;
  return compile(definition, TEMPLATES, CAMPAIGNS);
}
const email = (key: string, more: object = {}): Step => ({ kind: 'email', key, template: 't', ...more });
const wait = (duration: string): Step => ({ kind: 'wait', for: duration });

const entered = (arm: EnrollmentState['arm'] = 'treatment'): EnrollmentState => ({
  status: 'active',
  arm,
  position: 0,
  nextRunAt: T0,
  dueAt: T0,
  exitReason: null,
  waitingSince: null,
});
const did = ({ effects }: Advanced): string[] =>
  effects.map((effect) => {
    if (effect.kind !== 'email') return effect.kind;
    return `${effect.instruction.key} ${'reason' in effect.decision ? effect.decision.reason : effect.decision.status}`;
  });
const why = ({ decisions }: Advanced): string[] =>
  decisions.map(({ step, kind, outcome, reason }) => `${step} ${kind} ${outcome}${reason ? ` (${reason})` : ''}`);

describe('a branch', () => {
  const branching = program([
    email('first'),
    { kind: 'branch', if: VIP, then: [email('vip')], else: [email('plain'), { kind: 'exit' }] },
    email('last'),
  ]);
  it('goes one of two ways and says on which values', () => {
    const values = { tags: ['vip'] };
    const then = advance(branching, entered(), givenFacts({ holds: () => ({ holds: true, values }) }), T0);
    expect(did(then)).toEqual(['first queued', 'vip queued', 'last queued']);
    expect(then.decisions[1]).toEqual({ step: 'steps[1]', kind: 'branch', outcome: 'then', reason: null, values });
    const otherwise = advance(branching, entered(), givenFacts(), T0);
    expect(did(otherwise)).toEqual(['first queued', 'plain queued']);
    expect(otherwise.enrollment).toMatchObject({ status: 'exited', exitReason: 'exit_step' });
    expect(why(otherwise).at(-1)).toBe('steps[1].else[1] exit exited (exit_step)');
  });
  it('may be without else, and nested', () => {
    const nested = program([
      { kind: 'branch', if: VIP, then: [{ kind: 'branch', if: BOUGHT, then: [email('both')] }, email('vip')] },
      email('last'),
    ]);
    const holding = (...indexes: number[]) =>
      givenFacts({ holds: (condition) => ({ holds: indexes.includes(condition), values: {} }) });
    expect(did(advance(nested, entered(), holding(0, 1), T0))).toEqual(['both queued', 'vip queued', 'last queued']);
    expect(did(advance(nested, entered(), holding(0), T0))).toEqual(['vip queued', 'last queued']);
    expect(did(advance(nested, entered(), holding(1), T0))).toEqual(['last queued']);
  });
});

describe('a split', () => {
  const split = program([
    {
      kind: 'split',
      key: 'test',
      arms: [
        { name: 'a', weight: 1, steps: [email('a')] },
        { name: 'b', weight: 2, steps: [email('b'), wait('P1D')] },
        { name: 'nothing', weight: 1, steps: [] },
      ],
    },
    email('last'),
  ]);
  it.each([
    [0, 'a', ['a queued', 'last queued']],
    [0.2499, 'a', ['a queued', 'last queued']],
    [0.25, 'b', ['b queued']],
    [0.7499, 'b', ['b queued']],
    [0.75, 'nothing', ['last queued']],
    [0.999999999, 'nothing', ['last queued']],
  ])('a draw of %d takes the arm %s', (draw, arm, mails) => {
    const asked: string[] = [];
    const splitDraw = (key: string) => (asked.push(key), draw);
    const done = advance(split, entered(), givenFacts({ splitDraw }), T0);
    expect(did(done)).toEqual(mails);
    expect(done.decisions[0]).toMatchObject({ kind: 'split', outcome: arm, values: { key: 'test', draw } });
    expect(asked).toEqual(['test']);
  });
});

describe('waiting for an event', () => {
  const steps: Step[] = [
    email('first'),
    {
      kind: 'waitFor',
      event: 'order.placed',
      within: 'P7D',
      then: [wait('P1D'), email('thanks')],
      else: [email('nudge')],
    },
    email('last'),
  ];
  const waiting = program(steps);
  const begin = () => advance(waiting, entered(), givenFacts(), T0).enrollment;
  it('waits from the plan on, until its time-out', () => {
    expect(begin()).toMatchObject({ position: 1, nextRunAt: later(168), dueAt: later(168), waitingSince: T0 });
  });
  it('goes on when the event came; what follows counts from it', () => {
    const asked: unknown[] = [];
    const eventAt: AdvanceFacts['eventAt'] = (...question) => (asked.push(question), later(30));
    const done = advance(waiting, begin(), givenFacts({ eventAt }), later(31));
    expect(asked).toEqual([['order.counted', T0, later(31)]]);
    expect(why(done)).toEqual(['steps[1] waitFor then']);
    expect(done.enrollment).toMatchObject({ position: 3, nextRunAt: later(54), waitingSince: null });
  });
  it('goes the other way at the time-out, which is the plan of what follows', () => {
    const done = advance(waiting, begin(), givenFacts(), later(168));
    expect(did(done)).toEqual(['nudge queued', 'last queued']);
    expect(done.effects[0]).toMatchObject({ dueAt: later(168) });
    expect(done.enrollment.status).toBe('completed');
  });
  it('an event that came after the time-out is none, however late the engine is', () => {
    const eventAt: AdvanceFacts['eventAt'] = (_type, _after, until) => (later(170) <= until ? later(170) : null);
    expect(why(advance(waiting, begin(), givenFacts({ eventAt }), later(180)))[0]).toBe('steps[1] waitFor else');
  });
  it('looked at for nothing it goes on waiting, and says nothing', () => {
    const done = advance(waiting, begin(), givenFacts(), later(5));
    expect(done).toEqual({ effects: [], decisions: [], enrollment: begin() });
  });
  it('what came while the engine was late is looked at at once', () => {
    const eventAt: AdvanceFacts['eventAt'] = (_type, after, until) =>
      after < later(1) && later(1) <= until ? later(1) : null;
    const first = advance(waiting, entered(), givenFacts({ eventAt }), later(2));
    expect(first.enrollment).toMatchObject({ position: 1, dueAt: later(2), nextRunAt: later(168), waitingSince: T0 });
    expect(why(advance(waiting, first.enrollment, givenFacts({ eventAt }), later(2)))).toEqual([
      'steps[1] waitFor then',
    ]);
  });
  it('a goal ends it instead', () => {
    const goal = { event: 'order.placed', exit: true };
    const done = advance(program(steps, { goal }), begin(), givenFacts({ goalAt: later(30) }), later(31));
    expect(why(done)).toEqual(['steps[1] goal exited (goal)']);
    expect(done.enrollment).toMatchObject({ exitReason: 'goal', waitingSince: null, dueAt: null });
  });
});

describe('tags, webhooks and hand-overs', () => {
  it('run in their place; the control gets no webhook', () => {
    const steps: Step[] = [
      { kind: 'tag', add: ['a'], remove: ['b'] },
      { kind: 'webhook', url: 'https://shop.test/hook' },
      { kind: 'enroll', campaign: 'other' },
      email('last'),
    ];
    const treated = advance(program(steps), entered(), givenFacts(), T0);
    expect(did(treated)).toEqual(['tag', 'webhook', 'enroll', 'last queued']);
    expect(treated.effects[2]).toMatchObject({ instruction: { campaignId: 'other-id' } });
    const control = advance(program(steps), entered('holdout'), givenFacts(), T0);
    expect(did(control)).toEqual(['tag', 'enroll', 'last held_out']);
    expect(why(control)[1]).toBe('steps[1] webhook held_out');
  });
  it('a condition behind a tag is asked when the tag stands', () => {
    const tagged = program([
      { kind: 'tag', add: ['vip'] },
      { kind: 'branch', if: VIP, then: [email('vip')] },
    ]);
    const first = advance(tagged, entered(), givenFacts(), later(1));
    expect(did(first)).toEqual(['tag']);
    expect(first.enrollment).toMatchObject({ status: 'active', position: 1, nextRunAt: T0, dueAt: later(1) });
    const second = advance(
      tagged,
      first.enrollment,
      givenFacts({ holds: () => ({ holds: true, values: {} }) }),
      later(1),
    );
    expect(did(second)).toEqual(['vip queued']);
    expect(second.effects[0]).toMatchObject({ dueAt: T0 });
  });
});

describe('ways out', () => {
  it('exitWhen is asked before a step that does something, once a run', () => {
    const leaving = program([email('a'), email('b'), wait('P1D'), email('c')], { exitWhen: BOUGHT });
    let asked = 0;
    const holds = () => ({ holds: ++asked > 1, values: { 'orders.count': asked } });
    const first = advance(leaving, entered(), givenFacts({ holds }), T0);
    expect(did(first)).toEqual(['a queued', 'b queued']);
    expect(asked).toBe(1);
    const second = advance(leaving, first.enrollment, givenFacts({ holds }), later(24));
    expect(did(second)).toEqual([]);
    expect(second.decisions).toEqual([
      {
        step: 'c',
        kind: 'exitWhen',
        outcome: 'exited',
        reason: 'exit_when',
        values: { 'orders.count': 2 },
      },
    ]);
    expect(second.enrollment).toMatchObject({ status: 'exited', exitReason: 'exit_when' });
  });
  it('a wait alone does not ask it', () => {
    const waits = program([wait('P1D'), email('a')], { exitWhen: BOUGHT });
    const done = advance(waits, entered(), givenFacts({ holds: () => ({ holds: true, values: {} }) }), T0);
    expect(done.enrollment.status).toBe('active');
  });
  it.each(['treatment', 'holdout'] as const)('who has unsubscribed goes with the last mail (%s)', (arm) => {
    const mail = { ...givenFacts().mail, consentStatus: 'unsubscribed' as const };
    const drip = program([email('a'), wait('P1D'), email('b'), wait('P1D')]);
    const first = advance(drip, entered(arm), givenFacts({ mail }), T0);
    expect(did(first)).toEqual(['a unsubscribed']);
    expect(first.enrollment.status).toBe('active');
    const last = advance(drip, first.enrollment, givenFacts({ mail }), later(24));
    expect(did(last)).toEqual(['b unsubscribed']);
    expect(last.enrollment).toMatchObject({ status: 'exited', exitReason: 'unsubscribed' });
  });
  it('who was erased goes at once, behind the row', () => {
    const mail = { ...givenFacts().mail, erased: true };
    const done = advance(program([email('a'), wait('P1D'), email('b')]), entered(), givenFacts({ mail }), T0);
    expect(did(done)).toEqual(['a erased']);
    expect(done.enrollment).toMatchObject({ status: 'exited', exitReason: 'erased' });
  });
});

describe('the contact policy', () => {
  const drip = program([email('a'), wait('P1D'), email('b')], {
    sendWindow: { from: '09:00', to: '18:00', timezone: 'customer' },
  });
  const answering = (verdict: ContactVerdict, asked: StepContact[] = []) =>
    givenFacts({ contact: (request) => (asked.push(request), verdict) });
  it('is asked with all it needs, in both arms', () => {
    for (const arm of ['treatment', 'holdout'] as const) {
      const asked: StepContact[] = [];
      advance(drip, entered(arm), answering({ action: 'go' }, asked), T0);
      const sendWindow = { from: '09:00', to: '18:00', timezone: 'customer' };
      expect(asked).toEqual([{ step: 'a', basis: 'consent', arm, plan: T0, expiresAt: later(48), sendWindow }]);
    }
  });
  it('defers: the plan stays, what follows counts from when the mail went', () => {
    const values = { from: '21:00' };
    const held = advance(
      drip,
      entered(),
      answering({ action: 'defer', until: later(11), reason: 'quiet_hours', values }),
      later(1),
    );
    expect(did(held)).toEqual([]);
    expect(why(held)).toEqual(['a defer deferred (quiet_hours)']);
    expect(held.decisions[0]?.values).toEqual({ from: '21:00', until: later(11).toISOString() });
    expect(held.enrollment).toMatchObject({ position: 0, nextRunAt: T0, dueAt: later(11), waitingSince: later(1) });
    const again = advance(
      drip,
      held.enrollment,
      answering({ action: 'defer', until: later(15), reason: 'frequency_cap', values }),
      later(11),
    );
    expect(again.enrollment).toMatchObject({ dueAt: later(15), waitingSince: later(1) });
    const gone = advance(drip, again.enrollment, givenFacts(), later(15.001));
    expect(did(gone)).toEqual(['a queued']);
    expect(gone.effects[0]).toMatchObject({ dueAt: T0, expiresAt: later(48) });
    expect(gone.enrollment).toMatchObject({ position: 2, nextRunAt: later(39), waitingSince: null });
  });
  it('skips: the row has the reason', () => {
    const verdict: ContactVerdict = { action: 'skip', reason: 'blackout', values: { date: '2026-03-02' } };
    const done = advance(drip, entered(), answering(verdict), T0);
    expect(did(done)).toEqual(['a blackout']);
    expect(done.decisions[0]?.values).toMatchObject({ date: '2026-03-02' });
  });
  it('is not asked for who may not be mailed, for what is too late, and for transactional mail', () => {
    const never = givenFacts({
      contact: () => {
        throw new Error('asked');
      },
    });
    const mail = { ...never.mail, consentStatus: 'none' as const };
    expect(did(advance(drip, entered(), { ...never, mail }, T0))).toEqual(['a no_consent']);
    expect(did(advance(drip, entered(), never, later(49)))).toEqual(['a too_late']);
    const receipt = program([email('a')], { basis: 'transactional' });
    expect(did(advance(receipt, entered(), never, T0))).toEqual(['a queued']);
  });
  it('a step may have a lateness of its own', () => {
    const short = program([email('a', { maxLateness: 'PT1H' }), email('b')]);
    expect(did(advance(short, entered(), givenFacts(), later(2)))).toEqual(['a too_late', 'b queued']);
  });
});

describe('what a run may reach', () => {
  const reaching = program(
    [
      email('a'),
      wait('P1D'),
      { kind: 'branch', if: VIP, then: [{ kind: 'tag', add: ['x'] }, email('b')], else: [{ kind: 'exit' }] },
      { kind: 'waitFor', event: 'seen', within: 'P1D', then: [{ kind: 'enroll', campaign: 'other' }] },
      wait('P1D'),
    ],
    { exitWhen: BOUGHT },
  );
  it('stops at waits, and at tags where there are conditions', () => {
    const nothing = { conditions: [], events: [], campaigns: [], couponPools: [] };
    const none = { ...nothing, mail: false, customer: false, replenish: false };
    expect(reachOf(reaching, 0)).toEqual({ ...none, conditions: [1], mail: true });
    expect(reachOf(reaching, 1)).toEqual(none);
    expect(reachOf(reaching, 2)).toEqual({ ...none, conditions: [0, 1], customer: true });
    expect(reachOf(reaching, 4)).toEqual({ ...none, conditions: [1], mail: true, events: ['seen'] });
    const waiting = reaching.instructions.findIndex((one) => one.op === 'waitFor');
    const enrolls = { ...none, conditions: [1], events: ['seen'], customer: true, campaigns: ['other-id'] };
    expect(reachOf(reaching, waiting)).toEqual(enrolls);
    expect(reachOf(reaching, reaching.instructions.length)).toEqual(none);
  });
  it('sees mails that can still come, on the ways that lead on', () => {
    const ways = program([{ kind: 'branch', if: VIP, then: [email('a')], else: [email('b')] }, wait('P1D')]);
    expect(mailAhead(ways, 0)).toBe(true);
    expect(mailAhead(ways, 1)).toBe(false);
    expect(mailAhead(ways, ways.instructions.length)).toBe(false);
  });
});
