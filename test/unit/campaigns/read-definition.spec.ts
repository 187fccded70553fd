import { readDefinition } from '../../../src/campaigns/domain/read-definition';

const VALID = {
  key: 'win-back',
  name: 'Win back',
  purpose: 'reactivation',
  trigger: { on: 'segment', segment: 'lapsed' },
  steps: [
    { kind: 'email', key: 'a', template: 'back' },
    { kind: 'wait', for: 'P7D', at: '09:00' },
    { kind: 'email', key: 'b', template: 'back', recommend: { strategy: 'bought_together' } },
    { kind: 'exit' },
  ],
};
const faults = (change: object): string[] => readDefinition({ ...VALID, ...change }).faults.map((fault) => fault.path);
const messages = (change: object): string => JSON.stringify(readDefinition({ ...VALID, ...change }).faults);

describe('a valid definition', () => {
  it('gets its defaults', () => {
    const { definition, faults: none, references } = readDefinition(VALID);
    expect(none).toEqual([]);
    expect(definition).toEqual({
      ...VALID,
      basis: 'consent',
      entry: { limit: 'once' },
      holdout: 0,
      priority: 50,
      maxLateness: 'P2D',
      steps: [
        VALID.steps[0],
        VALID.steps[1],
        {
          kind: 'email',
          key: 'b',
          template: 'back',
          recommend: { strategy: 'bought_together', limit: 3, fallback: 'skip' },
        },
        { kind: 'exit' },
      ],
    });
    expect(references).toEqual([
      { path: 'trigger.segment', kind: 'segment', ref: 'lapsed' },
      { path: 'steps[0].template', kind: 'template', ref: 'back' },
      { path: 'steps[2].template', kind: 'template', ref: 'back' },
    ]);
  });
  it('reads every field of the contract that is available', () => {
    const full = {
      basis: 'soft_opt_in',
      trigger: { on: 'event', event: 'order.delivered' },
      entry: { limit: { every: 'P1M' }, key: 'order' },
      goal: { event: 'order.placed', within: 'P30D', exit: true },
      holdout: 0.1,
      holdoutGroup: 'autumn',
      measure: {
        window: 'P14D',
        metric: 'revenue',
        minimumEffect: 0.02,
        plannedCustomers: 5000,
        readAt: '2026-06-01T00:00:00Z',
      },
      priority: 70,
      maxLateness: 'PT12H',
      sender: { name: 'Anna', address: 'Anna@Bottega.test', replyTo: 'help@bottega.test' },
      utm: { source: 'mail', medium: 'email', campaign: 'x' },
      audience: { field: 'locale', op: 'eq', value: 'it' },
    };
    const read = readDefinition({ ...VALID, ...full });
    expect(read.faults).toEqual([]);
    expect(read.definition).toMatchObject({
      ...full,
      sender: { name: 'Anna', address: 'anna@bottega.test', replyTo: 'help@bottega.test' },
      measure: { ...full.measure, readAt: '2026-06-01T00:00:00.000Z' },
    });
    expect(read.audience).toEqual(full.audience);
  });
});

describe('faults', () => {
  it('are told all at once, each with its path', () => {
    const { faults: all } = readDefinition({
      ...VALID,
      colour: 'red',
      holdout: 3,
      trigger: { on: 'moon' },
      steps: [{ kind: 'email', key: 'A b', template: '' }, { kind: 'wait', for: 'soon' }, { kind: 'dance' }, 7],
    });
    expect(all.map((fault) => fault.path).sort()).toEqual(
      [
        'colour',
        'holdout',
        'trigger.on',
        'steps[0].key',
        'steps[0].template',
        'steps[1].for',
        'steps[2].kind',
        'steps[3]',
      ].sort(),
    );
  });
  it.each([null, [], 'text', 7, undefined])('%p is no definition', (body) => {
    expect(readDefinition(body).faults).toEqual([{ path: '', message: 'must be an object' }]);
  });
  it.each<[object, string]>([
    [{ key: undefined }, 'key'],
    [{ key: 'Win Back' }, 'key'],
    [{ key: 'x'.repeat(65) }, 'key'],
    [{ name: ' ' }, 'name'],
    [{ name: 'a\r\nb' }, 'name'],
    [{ name: 7 }, 'name'],
    [{ purpose: 'fun' }, 'purpose'],
    [{ basis: 'whim' }, 'basis'],
    [{ trigger: undefined }, 'trigger'],
    [{ trigger: 'order' }, 'trigger'],
    [{ trigger: { on: 'event' } }, 'trigger.event'],
    [{ trigger: { on: 'event', event: 'a b' } }, 'trigger.event'],
    [{ trigger: { on: 'order', segment: 'x' } }, 'trigger.segment'],
    [{ trigger: { on: 'segment' } }, 'trigger.segment'],
    [{ entry: { limit: 'sometimes' } }, 'entry.limit'],
    [{ entry: { limit: { every: 'often' } } }, 'entry.limit.every'],
    [{ entry: { limit: 'unlimited', key: 'order' } }, 'entry.key'],
    [{ entry: { limit: 'once', key: 'cart' } }, 'entry.key'],
    [{ entry: 'once' }, 'entry'],
    [{ goal: { within: 'P3D' } }, 'goal.event'],
    [{ goal: { event: 'order.placed', within: 'P1M' } }, 'goal.within'],
    [{ goal: { event: 'order.placed', within: 'P1Y' } }, 'goal.within'],
    [{ goal: { event: 'order.placed', within: 'P0D' } }, 'goal.within'],
    [{ goal: { event: 'order.placed', exit: 'yes' } }, 'goal.exit'],
    [{ holdout: -0.1 }, 'holdout'],
    [{ holdout: 1 }, 'holdout'],
    [{ holdout: '0.1' }, 'holdout'],
    [{ holdoutGroup: 'Two Words' }, 'holdoutGroup'],
    [{ measure: { window: 'P2M' } }, 'measure.window'],
    [{ measure: { metric: 'clicks' } }, 'measure.metric'],
    [{ measure: { minimumEffect: 0 } }, 'measure.minimumEffect'],
    [{ measure: { plannedCustomers: 1.5 } }, 'measure.plannedCustomers'],
    [{ measure: { readAt: 'tomorrow' } }, 'measure.readAt'],
    [{ measure: { reader: 'me' } }, 'measure.reader'],
    [{ priority: 1.5 }, 'priority'],
    [{ maxLateness: 'P' }, 'maxLateness'],
    [{ sender: { name: 'x', address: 'not an address' } }, 'sender.address'],
    [{ sender: { name: 'x\r\nBcc: y@z.test', address: 'a@b.test' } }, 'sender.name'],
    [{ sender: { name: 'x', address: 'a@b.test\r\nBcc: y@z.test' } }, 'sender.address'],
    [{ utm: 'yes' }, 'utm'],
    [{ utm: { source: 'a', medium: 'b' } }, 'utm.campaign'],
    [{ steps: undefined }, 'steps'],
    [{ steps: 'none' }, 'steps'],
    [{ steps: [] }, 'steps'],
    [{ steps: [{ kind: 'wait', for: 'P1D' }] }, 'steps'],
    [{ steps: [...VALID.steps, VALID.steps[0]] }, 'steps[4].key'],
    [{ steps: [{ kind: 'exit' }, VALID.steps[0]] }, 'steps[1]'],
    [{ steps: [VALID.steps[0], { kind: 'wait' }] }, 'steps[1].for'],
    [{ steps: [VALID.steps[0], { kind: 'wait', for: 'P0D' }] }, 'steps[1].for'],
    [{ steps: [VALID.steps[0], { kind: 'wait', for: 'P1D', at: '25:00' }] }, 'steps[1].at'],
    [{ steps: [{ ...VALID.steps[0], subject: 'x' }] }, 'steps[0].subject'],
    [{ steps: [{ ...VALID.steps[0], recommend: { strategy: 'magic' } }] }, 'steps[0].recommend.strategy'],
    [{ steps: [{ ...VALID.steps[0], recommend: { strategy: 'bestsellers', limit: 0 } }] }, 'steps[0].recommend.limit'],
    [{ basis: 'transactional', holdout: 0.1 }, 'holdout'],
  ])('%j at %s', (change, path) => {
    expect(faults(change)).toContain(path);
  });
  it('a duplicate exit path is told for what follows it', () => {
    expect(faults({ steps: [VALID.steps[0], { kind: 'exit' }, { kind: 'wait', for: 'P1D' }] })).toEqual(['steps[2]']);
  });
});

describe('what the contract has and this version has not', () => {
  it.each<[object, string]>([
    [{ exitWhen: { field: 'stage', op: 'eq', value: 'recent' } }, 'exitWhen'],
    [{ sendWindow: { from: '09:00', to: '20:00' } }, 'sendWindow'],
    [{ topic: 'news' }, 'topic'],
    [{ trigger: { on: 'schedule', cron: '0 9 * * 1' } }, 'trigger.on'],
    [{ trigger: { on: 'date', at: '2026-12-01T09:00:00' } }, 'trigger.on'],
    [{ trigger: { on: 'anniversary', field: 'createdAt' } }, 'trigger.on'],
    [{ steps: [{ ...VALID.steps[0], coupon: 'pool' }] }, 'steps[0].coupon'],
    [{ steps: [{ ...VALID.steps[0], survey: 'nps' }] }, 'steps[0].survey'],
    [{ steps: [VALID.steps[0], { kind: 'wait', until: 'replenish' }] }, 'steps[1].until'],
    [{ steps: [VALID.steps[0], { kind: 'wait', for: 'P1D', days: ['mon'] }] }, 'steps[1].days'],
    ...['waitFor', 'branch', 'split', 'tag', 'webhook', 'enroll'].map((kind): [object, string] => [
      { steps: [VALID.steps[0], { kind }] },
      'steps[1].kind',
    ]),
  ])('%j is refused as not available yet at %s', (change, path) => {
    expect(faults(change)).toEqual([path]);
    expect(messages(change)).toContain('not available yet');
  });
});
