import { type CampaignDefinition, type Step } from '../../../../src/campaigns/campaign.types';
import { compile } from '../../../../src/campaigns/domain/compile';
import { type ContactPolicy, NO_POLICY } from '../../../../src/enrollments/domain/contact-policy';
import { type GlobalHoldout } from '../../../../src/enrollments/domain/global-holdout';
import { type KnownOrder } from '../../../../src/enrollments/domain/simulation/known-orders';
import { type KnownField, KnownFields, KnownPerson } from '../../../../src/enrollments/domain/simulation/known-person';
import { derivedSignal, type Signal } from '../../../../src/enrollments/domain/simulation/signals';
import {
  ConditionList,
  type SimulatedCampaign,
} from '../../../../src/enrollments/domain/simulation/simulated-campaign';
import { differenceOf, outcomeOf } from '../../../../src/enrollments/domain/simulation/simulation-result';
import { Tally } from '../../../../src/enrollments/domain/simulation/tally';
import { replenishmentOf } from '../../../../src/catalog/replenishment';
import { type CustomerPast } from '../../../../src/enrollments/domain/simulation/customer-past';
import { CustomerWalk } from '../../../../src/enrollments/domain/simulation/walk-customer';
import { parseDuration } from '../../../../src/kernel/duration';

const at = (text: string): number => Date.parse(text);
const ZONE = 'Europe/Rome';
const PERIOD = { from: new Date('2026-01-01T00:00Z'), to: new Date('2026-02-01T00:00Z'), zone: ZONE };
const CAP: ContactPolicy = { ...NO_POLICY, maxMessages: 1, per: parseDuration('P7D') ?? null };

function campaign(key: string, steps: Step[], more: Partial<CampaignDefinition> = {}): SimulatedCampaign {
  const definition: CampaignDefinition = {
    key,
    name: key,
    purpose: 'custom',
    basis: 'consent',
    trigger: { on: 'event', event: 'visited' },
    entry: { limit: 'unlimited' },
    holdout: 0,
    priority: 50,
    maxLateness: 'P2D',
    steps,
    ...more,
  };
  const program = compile(definition, new Map([['hello', 'template-1']]), new Map([['next', 'id-next']]));
  const bare = { campaignId: `id-${key}`, key, version: 1, salt: 'salt', definition, program };
  return new ConditionList().campaign(bare);
}

const mail = (key: string): Step => ({ kind: 'email', key, template: 'hello' });
const visit = (when: string): Signal => derivedSignal(at(when), 'visited');

function order(when: string): KnownOrder {
  const placedAt = at(when);
  return {
    id: when,
    externalId: when,
    origin: 'shop',
    placedAt,
    countsFrom: placedAt,
    countsUntil: null,
    silent: false,
  };
}

/** What somebody said on the preference page, and when. */
const wish = (name: string, value: unknown, when: string): KnownField => ({
  ...{ field: `wishes.${name}`, value, versionAt: at(when), knownAt: at(when), eventId: 'person' },
});

function past(signals: Signal[], more: Partial<CustomerPast> = {}, wishes: KnownField[] = []): CustomerPast {
  const told = { versionAt: 0, knownAt: 0, eventId: '' };
  const fields = new KnownFields('c1', [
    { ...told, field: 'email', value: 'ann@example.com' },
    { ...told, field: 'consent', value: { status: 'subscribed' } },
    ...wishes,
  ]);
  const orders = more.orders ?? [];
  return {
    customerId: 'c1',
    person: new KnownPerson(fields, { optouts: new Map(), suppressions: new Map(), holders: new Map() }, orders, ZONE),
    since: 0,
    orders,
    signals,
    entries: new Map(),
    contacts: [],
    mailed: new Set(),
    holds: () => ({ holds: true, values: {} }),
    is: () => true,
    replenishment: () => replenishmentOf(null, () => undefined),
    ...more,
  };
}

function simulate(
  campaigns: SimulatedCampaign[],
  who: CustomerPast,
  more: { policy?: ContactPolicy; engagement?: number[]; silence?: number; globalHoldout?: GlobalHoldout } = {},
) {
  const [subject] = campaigns;
  if (!subject) throw new Error('which?');
  const tally = new Tally(subject, ZONE, 5, true);
  const { policy = NO_POLICY, engagement = [], globalHoldout = null } = more;
  const rules = {
    campaigns,
    policy,
    onHold: null,
    globalHoldout,
    silence: more.silence ?? null,
    engagement: new Set(engagement),
    emptyPools: new Set<string>(),
    until: PERIOD.to.getTime(),
    before: (ms: number) => ms - 1,
  };
  new CustomerWalk(rules, who, tally).run();
  return { tally, outcome: outcomeOf(subject, tally, PERIOD, (id) => id) };
}

/** What happened in the first timeline: `step kind outcome at`. */
function story(outcome: ReturnType<typeof simulate>['outcome']): string[] {
  return (outcome.sample[0]?.steps ?? []).map(
    (line) => `${line.at.slice(0, 16)} ${line.step} ${line.kind} ${line.outcome}`,
  );
}

describe('a walk through a period', () => {
  const drip = [mail('one'), { kind: 'wait', for: 'P3D', at: '09:00' }, mail('two')] as Step[];

  it('enters, mails at once and after the wait, at the local time', () => {
    const { outcome } = simulate([campaign('drip', drip)], past([visit('2026-01-05T10:00Z')]));
    expect(story(outcome)).toEqual(['2026-01-05T10:00 one email queued', '2026-01-09T08:00 two email queued']);
    expect(outcome).toMatchObject({ entered: 1, heldOut: 0, ended: { completed: 1 }, refused: {} });
    expect(outcome.messages.total).toBe(2);
    expect(outcome.messages.perDay).toHaveLength(32);
    expect(outcome.messages.perDay.filter(({ messages }) => messages > 0)).toEqual([
      { date: '2026-01-05', messages: 1 },
      { date: '2026-01-09', messages: 1 },
    ]);
  });

  it('refuses who belongs to the global holdout, but not what is transactional', () => {
    const globalHoldout = { number: 2, salt: 'g', share: 0.999999 };
    const comes = past([visit('2026-01-05T10:00Z')]);
    const { outcome } = simulate([campaign('drip', drip)], comes, { globalHoldout });
    expect(outcome).toMatchObject({ entered: 0, refused: { global_holdout: 1 }, messages: { total: 0 } });
    const receipt = campaign('drip', drip, { basis: 'transactional' });
    expect(simulate([receipt], comes, { globalHoldout }).outcome).toMatchObject({ entered: 1, messages: { total: 2 } });
    expect(
      simulate([campaign('drip', drip)], comes, { globalHoldout: { ...globalHoldout, share: 1e-9 } }).outcome,
    ).toMatchObject({
      entered: 1,
      messages: { total: 2 },
    });
  });

  it('stops at the end of the period and says who is under way', () => {
    const { outcome } = simulate([campaign('drip', drip)], past([visit('2026-01-30T10:00Z')]));
    expect(story(outcome)).toEqual(['2026-01-30T10:00 one email queued']);
    expect(outcome.ended).toEqual({ active: 1 });
    expect(outcome.sample[0]?.next).toEqual({ step: 'two', at: '2026-02-03T08:00:00.000Z' });
  });

  it('refuses again whom the past of before the period refuses', () => {
    const entries = new Map([
      [
        'id-drip',
        [
          {
            arm: 'holdout' as const,
            entryKey: '',
            enteredAt: at('2025-12-30T00:00Z'),
            endedAt: at('2026-01-10T00:00Z'),
          },
        ],
      ],
    ]);
    const signals = [visit('2026-01-05T10:00Z'), visit('2026-01-12T10:00Z')];
    const { outcome } = simulate([campaign('drip', drip)], past(signals, { entries }));
    expect(outcome.refused).toEqual({ already_active: 1 });
    expect(outcome).toMatchObject({ entered: 1, heldOut: 1 });
    expect(outcome.messages).toMatchObject({
      total: 0,
      perStep: [
        { step: 'one', heldOut: 1 },
        { step: 'two', heldOut: 1 },
      ],
    });
  });

  it('leaves at the goal, whether or not the order was an event', () => {
    const goal = { event: 'order.placed', within: 'P7D', exit: true };
    const bought = order('2026-01-06T10:00Z');
    const told = derivedSignal(bought.countsFrom, 'order.counted', {
      properties: { origin: 'shop' },
      reference: bought.id,
    });
    const subject = campaign('drip', drip, { goal });
    const byEvent = simulate([subject], past([visit('2026-01-05T10:00Z'), told], { orders: [bought] }));
    const bySilence = simulate([subject], past([visit('2026-01-05T10:00Z')], { orders: [bought] }));
    expect([byEvent.outcome.ended, bySilence.outcome.ended]).toEqual([{ goal: 1 }, { goal: 1 }]);
    expect(byEvent.outcome.sample[0]?.endedAt).toBe('2026-01-06T10:00:00.000Z');
    expect(bySilence.outcome.sample[0]?.endedAt).toBe('2026-01-09T08:00:00.000Z');
  });

  it('ends a wait for an event when it comes, or when the time is out', () => {
    const steps: Step[] = [
      { kind: 'waitFor', event: 'ordered', within: 'P5D', then: [mail('yes')], else: [mail('no')] },
    ];
    const subject = campaign('waits', steps);
    const came = past([visit('2026-01-05T10:00Z'), derivedSignal(at('2026-01-07T11:30Z'), 'ordered')]);
    expect(story(simulate([subject], came).outcome)).toEqual([
      '2026-01-07T11:30 steps[0] waitFor then',
      '2026-01-07T11:30 yes email queued',
    ]);
    const never = simulate([subject], past([visit('2026-01-05T10:00Z')])).outcome;
    expect(story(never)).toEqual(['2026-01-10T10:00 steps[0] waitFor else', '2026-01-10T10:00 no email queued']);
    expect(never.decisions).toEqual([{ step: 'steps[0]', kind: 'waitFor', outcomes: { else: 1 } }]);
  });

  it('works off what the clock brings before what is due, and what is told after it', () => {
    const goal = { event: 'order.placed', within: 'P7D', exit: true };
    const subject = campaign('drip', [{ kind: 'wait', for: 'P1D' }, mail('one')], { goal });
    const bought = order('2026-01-06T10:00Z');
    const told = derivedSignal(bought.countsFrom, 'order.counted', {
      properties: { origin: 'shop' },
      reference: bought.id,
    });
    const ended = (signal: Signal): unknown =>
      simulate([subject], past([visit('2026-01-05T10:00Z'), signal])).outcome.ended;
    expect([ended(told), ended({ ...told, byClock: true })]).toEqual([{ completed: 1 }, { goal: 1 }]);
  });

  it('lets the arbiter decide between campaigns, and tells who kept whom from mailing', () => {
    const ours = campaign('ours', [mail('one')]);
    const theirs = campaign('theirs', [mail('first')], { priority: 90 });
    const { outcome } = simulate([ours, theirs], past([visit('2026-01-05T10:00Z')]), { policy: CAP });
    expect(outcome.messages).toMatchObject({
      total: 0,
      perStep: [{ step: 'one', deferred: 0, skipped: { outranked: 1 } }],
    });
    expect(outcome.collisions).toEqual({
      contactPolicy: { outranked: { deferred: 0, skipped: 1 } },
      campaigns: [{ campaign: 'id-theirs', heldBackBy: 1, heldBack: 0 }],
    });
    const swapped = simulate([theirs, ours], past([visit('2026-01-05T10:00Z')]), { policy: CAP }).outcome;
    expect(swapped.messages.total).toBe(1);
    expect(swapped.collisions.campaigns).toEqual([{ campaign: 'id-ours', heldBackBy: 0, heldBack: 1 }]);
  });

  it('counts mails of enrollments from before against the cap, when they went out', () => {
    const contacts = [{ at: new Date('2026-01-04T10:00Z'), campaignId: 'id-old', step: 'x', priority: 10 }];
    const subject = campaign('ours', [mail('one')], { maxLateness: 'P20D' });
    const { outcome } = simulate([subject], past([visit('2026-01-05T10:00Z')], { contacts }), { policy: CAP });
    expect(story(outcome).map((line) => line.slice(0, 10))).toEqual(['2026-01-05', '2026-01-11']);
    expect(outcome.messages.perStep).toEqual([{ step: 'one', messages: 1, heldOut: 0, deferred: 1, skipped: {} }]);
  });

  it('hands over to a campaign beside it, by that one’s rules', () => {
    const next = campaign('next', [mail('welcome')], { trigger: { on: 'manual' } });
    const first = campaign('first', [mail('one'), { kind: 'enroll', campaign: 'next' }]);
    const { outcome } = simulate([next, first], past([visit('2026-01-05T10:00Z')]));
    expect(outcome).toMatchObject({ campaign: 'next', entered: 1, sample: [{ trigger: 'enroll' }] });
  });

  it('says how many decisions hung on mails that nobody was sent', () => {
    const branch: Step = {
      kind: 'branch',
      if: { field: 'engagement.lastClickedAt', op: 'exists', value: true },
      then: [mail('two')],
    };
    const subject = campaign('asks', [mail('one'), { kind: 'wait', for: 'P1D' }, branch]);
    const engagement = subject.conditions.program;
    const assumed = simulate([subject], past([visit('2026-01-05T10:00Z')]), { engagement }).outcome;
    const recorded = simulate([subject], past([visit('2026-01-05T10:00Z')], { mailed: new Set(['id-asks one']) }), {
      engagement,
    });
    expect(assumed).toMatchObject({ assumedEngagement: 1, engagement: { decisions: 1, assumed: 1 } });
    expect(recorded.outcome.engagement).toEqual({ decisions: 1, assumed: 0 });
  });

  it('takes those whom the clock takes, if they are members then', () => {
    const trigger = { on: 'schedule' as const, cron: '0 9 * * 1', timezone: ZONE, segment: 'repeat' };
    const subject = campaign('weekly', [mail('news')], { trigger });
    const taken = (when: string): Signal => ({
      ...derivedSignal(at(when), 'schedule', { byClock: true }),
      campaignId: 'id-weekly',
    });
    const signals = [taken('2026-01-05T08:00Z'), taken('2026-01-12T08:00Z')];
    const is = (_condition: number, asOf: Date) => asOf.getTime() > at('2026-01-10T00:00Z');
    expect(simulate([subject], past(signals, { is })).outcome.messages.total).toBe(1);
    expect(simulate([subject], past(signals, { since: at('2026-01-20T00:00Z') })).outcome.entered).toBe(0);
  });
});

describe('the difference of two outcomes', () => {
  it('says what the one has more, by day, step, reason and person', () => {
    const short = simulate([campaign('short', [mail('one')])], past([visit('2026-01-05T10:00Z')]));
    const long = simulate([campaign('long', [mail('one'), mail('two')])], past([visit('2026-01-05T10:00Z')]));
    const mailed = { here: long.tally.mailed, there: short.tally.mailed };
    expect(differenceOf(long.outcome, short.outcome, mailed)).toEqual({
      entered: 0,
      heldOut: 0,
      messages: {
        total: 1,
        perDay: [{ date: '2026-01-05', messages: 1 }],
        perStep: [
          { step: 'one', messages: 0 },
          { step: 'two', messages: 1 },
        ],
      },
      refused: {},
      customers: { same: 0, different: 1, onlyHere: 0, onlyThere: 0 },
    });
  });
});

describe('what a person decided, and the sunset', () => {
  const days = ['05', '07', '09', '20'].map((day) => visit(`2026-01-${day}T10:00Z`));
  const one = [mail('one')];
  const sentOn = (wishes: KnownField[], more: Partial<CampaignDefinition> = {}): unknown => {
    const { outcome } = simulate([campaign('drip', one, more)], past(days, {}, wishes));
    const sent = outcome.messages.perDay.filter(({ messages }) => messages > 0).map(({ date }) => date.slice(8));
    return { sent, refused: outcome.refused };
  };

  it('pauses from the word on until its end, and no longer', () => {
    const pause = wish('pause', '2026-01-15T00:00:00.000Z', '2026-01-06T00:00Z');
    expect(sentOn([pause])).toEqual({ sent: ['05', '20'], refused: { paused_by_customer: 2 } });
    const resumed = wish('pause', null, '2026-01-08T00:00Z');
    expect(sentOn([pause, resumed])).toEqual({ sent: ['05', '09', '20'], refused: { paused_by_customer: 1 } });
  });

  it('leaves a topic, and takes it up again, at the time it was said', () => {
    const off = wish('topic:news', false, '2026-01-06T00:00Z');
    const on = wish('topic:news', true, '2026-01-08T00:00Z');
    const topic = { topic: 'news' };
    expect(sentOn([off], topic)).toEqual({ sent: ['05'], refused: { topic_off: 3 } });
    expect(sentOn([off, on], topic)).toEqual({ sent: ['05', '09', '20'], refused: { topic_off: 1 } });
    expect(sentOn([off], { topic: 'tips' })).toEqual({ sent: ['05', '07', '09', '20'], refused: {} });
  });

  it('gets fewer mails from the word on, without a cap of the shop', () => {
    expect(sentOn([wish('frequency', 'weekly', '2026-01-01T00:00Z')])).toMatchObject({ sent: ['05', '20'] });
    expect(sentOn([wish('frequency', 'weekly', '2026-01-08T00:00Z')])).toMatchObject({ sent: ['05', '07', '20'] });
    expect(sentOn([wish('frequency', 'monthly', '2026-01-01T00:00Z')])).toMatchObject({ sent: ['05'] });
  });

  it('is silent while unengaged, but for the campaign of the last chance', () => {
    const policy = { ...NO_POLICY, sunset: { campaignId: 'id-last' } };
    const back = at('2026-01-08T00:00Z');
    const holds: CustomerPast['holds'] = (_condition, asOf) => ({ holds: asOf.getTime() < back, values: {} });
    const plans = [campaign('drip', one), campaign('last', one)];
    for (const [key, sent] of [
      ['drip', 2],
      ['last', 4],
    ] as const) {
      const order = plans.toSorted((a) => (a.key === key ? -1 : 1));
      const { outcome } = simulate(order, past(days, { holds }), { policy, silence: 0 });
      expect([key, outcome.messages.total]).toEqual([key, sent]);
    }
  });
});
