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
      sendWindow: { days: ['mon', 'tue'], from: '09:00', to: '20:00', timezone: 'customer' },
    };
    const read = readDefinition({ ...VALID, ...full });
    expect(read.faults).toEqual([]);
    expect(read.definition).toMatchObject({
      ...full,
      sender: { name: 'Anna', address: 'anna@bottega.test', replyTo: 'help@bottega.test' },
      measure: { ...full.measure, readAt: '2026-06-01T00:00:00.000Z' },
    });
    expect(read.conditions).toEqual([{ path: 'audience', json: full.audience }]);
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
    [{ measure: { window: 'P0D' } }, 'measure.window'],
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
    [{ topic: 'Big News' }, 'topic'],
    [{ topic: 7 }, 'topic'],
  ])('%j at %s', (change, path) => {
    expect(faults(change)).toContain(path);
  });
  it('a duplicate exit path is told for what follows it', () => {
    expect(faults({ steps: [VALID.steps[0], { kind: 'exit' }, { kind: 'wait', for: 'P1D' }] })).toEqual(['steps[2]']);
  });
});

describe('a wait until replenishment', () => {
  const ORDER = { trigger: { on: 'order' } };
  const waits = (wait: object, change: object = ORDER): object => ({
    ...change,
    steps: [{ kind: 'wait', ...wait }, VALID.steps[0]],
  });
  const UNTIL = { until: 'replenish' };

  it.each([
    [UNTIL, ORDER],
    [{ ...UNTIL, at: '09:00', days: ['mon', 'tue'] }, ORDER],
    [{ ...UNTIL, fallback: 'exit' }, { trigger: { on: 'event', event: 'order.delivered' } }],
    [{ ...UNTIL, fallback: 'shop' }, { trigger: { on: 'event', event: 'order.fulfilled' } }],
  ])('%j is read as it stands with %j', (wait, change) => {
    const read = readDefinition({ ...VALID, ...waits(wait, change) });
    expect(read.faults).toEqual([]);
    expect(read.definition.steps[0]).toEqual({ kind: 'wait', ...wait });
  });

  it.each([
    [waits(UNTIL, { trigger: { on: 'manual' } }), 'steps[0].until', 'about an order'],
    [waits(UNTIL, { trigger: { on: 'event', event: 'page.viewed' } }), 'steps[0].until', 'about an order'],
    [waits(UNTIL, { trigger: { on: 'segment', segment: 'repeat' } }), 'steps[0].until', 'about an order'],
    [waits({ until: 'payday' }), 'steps[0].until', 'must be one of replenish'],
    [waits({ ...UNTIL, for: 'P3D' }), 'steps[0].for', 'cannot stand beside'],
    [waits({ ...UNTIL, fallback: 'skip' }), 'steps[0].fallback', 'must be one of shop, exit'],
    [waits({ for: 'P3D', fallback: 'exit' }), 'steps[0].fallback', 'goes with `until` only'],
    [waits({ ...UNTIL, at: '25:00' }), 'steps[0].at', 'must be'],
  ])('%j is refused at %s', (change, path, message) => {
    expect(faults(change)).toEqual([path]);
    expect(messages(change)).toContain(message);
  });

  it('says nothing about a trigger that has a fault of its own', () => {
    expect(faults(waits(UNTIL, { trigger: { on: 'whim' } }))).toEqual(['trigger.on']);
  });
});

describe('triggers', () => {
  const SEGMENT = { segment: 'repeat' };
  it.each<[object, object]>([
    [{ on: 'segment', segment: 'vip', when: 'leaves' }, {}],
    [{ on: 'segment', segment: 'vip', when: 'enters' }, {}],
    [{ on: 'schedule', cron: ' 0  9 * * 1', timezone: 'Europe/Rome', ...SEGMENT }, { cron: '0 9 * * 1' }],
    [{ on: 'schedule', cron: '*/30 8-18 1,15 jan-mar mon-fri', timezone: 'Asia/Kathmandu', ...SEGMENT }, {}],
    [{ on: 'schedule', cron: '0 9 29 2 *', timezone: 'UTC', ...SEGMENT }, {}],
    [{ on: 'date', at: '2026-12-01T09:00:00', timezone: 'customer', ...SEGMENT }, {}],
    [{ on: 'date', at: '2026-12-01T09:00', timezone: 'Europe/Rome', ...SEGMENT }, { at: '2026-12-01T09:00:00' }],
    [{ on: 'anniversary', field: 'createdAt', at: '09:00' }, {}],
    [{ on: 'anniversary', field: 'orders.firstAt', at: '09:00' }, {}],
    [{ on: 'anniversary', field: 'attributes.birthday', at: '09:00' }, {}],
  ])('%j is read', (trigger, stored) => {
    const read = readDefinition({ ...VALID, trigger });
    expect(read.faults).toEqual([]);
    expect(read.definition.trigger).toEqual({ ...trigger, ...stored });
  });
  it.each<[object, string[]]>([
    [{ on: 'segment', segment: 'vip', when: 'sleeps' }, ['trigger.when']],
    [{ on: 'segment', segment: 'subscribed', when: 'leaves' }, ['trigger.when']],
    [{ on: 'schedule' }, ['trigger.cron', 'trigger.timezone', 'trigger.segment']],
    [{ on: 'schedule', cron: '0 9 * *', timezone: 'UTC', ...SEGMENT }, ['trigger.cron']],
    [{ on: 'schedule', cron: '0 0 9 * * 1', timezone: 'UTC', ...SEGMENT }, ['trigger.cron']],
    [{ on: 'schedule', cron: '61 9 * * 1', timezone: 'UTC', ...SEGMENT }, ['trigger.cron']],
    [{ on: 'schedule', cron: '0 9 30 2 *', timezone: 'UTC', ...SEGMENT }, ['trigger.cron']],
    [{ on: 'schedule', cron: '@daily', timezone: 'UTC', ...SEGMENT }, ['trigger.cron']],
    [{ on: 'schedule', cron: 7, timezone: 'UTC', ...SEGMENT }, ['trigger.cron']],
    [{ on: 'schedule', cron: '0 9 * * 1', timezone: 'Europe/Atlantis', ...SEGMENT }, ['trigger.timezone']],
    [{ on: 'schedule', cron: '0 9 * * 1', timezone: 'customer', ...SEGMENT }, ['trigger.timezone']],
    [{ on: 'schedule', cron: '0 9 * * 1', timezone: '+02:00', ...SEGMENT }, ['trigger.timezone']],
    [{ on: 'date', at: '2026-12-01T09:00:00Z', timezone: 'UTC', ...SEGMENT }, ['trigger.at']],
    [{ on: 'date', at: '2026-02-29T09:00:00', timezone: 'UTC', ...SEGMENT }, ['trigger.at']],
    [{ on: 'date', at: '2026-12-01T24:00:00', timezone: 'UTC', ...SEGMENT }, ['trigger.at']],
    [{ on: 'date', at: '2026-12-01', timezone: 'UTC', ...SEGMENT }, ['trigger.at']],
    [{ on: 'anniversary' }, ['trigger.field', 'trigger.at']],
    [{ on: 'anniversary', field: 'orders.lastAt', at: '09:00' }, ['trigger.field']],
    [{ on: 'anniversary', field: 'createdAt', at: '9' }, ['trigger.at']],
    [{ on: 'anniversary', field: 'createdAt', at: '09:00', timezone: 'UTC' }, ['trigger.timezone']],
  ])('%j has its faults at %j', (trigger, paths) => {
    expect(faults({ trigger })).toEqual(paths);
  });
});

describe('the send window', () => {
  const WINDOW = { from: '09:00', to: '20:00', timezone: 'customer' };
  it('keeps the days in the order of the week', () => {
    const { definition, faults: none } = readDefinition({ ...VALID, sendWindow: { ...WINDOW, days: ['sun', 'mon'] } });
    expect(none).toEqual([]);
    expect(definition.sendWindow).toEqual({ days: ['mon', 'sun'], ...WINDOW });
  });
  it.each<[object, string[]]>([
    [{ from: '09:00', timezone: 'customer' }, ['sendWindow.to']],
    [{ to: '09:00', timezone: 'customer' }, ['sendWindow.from']],
    [{ from: '09:00', to: '20:00' }, ['sendWindow.timezone']],
    [{ ...WINDOW, to: '09:00' }, ['sendWindow.to']],
    [{ ...WINDOW, to: '24:00' }, ['sendWindow.to']],
    [{ ...WINDOW, timezone: 'Mars/Olympus' }, ['sendWindow.timezone']],
    [{ ...WINDOW, days: [] }, ['sendWindow.days']],
    [{ ...WINDOW, days: 'mon' }, ['sendWindow.days']],
    [{ ...WINDOW, days: ['mon', 'Tuesday', 'mon'] }, ['sendWindow.days[1]', 'sendWindow.days[2]']],
    [{ ...WINDOW, colour: 'red' }, ['sendWindow.colour']],
  ])('%j has its faults at %j', (sendWindow, paths) => {
    expect(faults({ sendWindow })).toEqual(paths);
  });
  it('a window over midnight is one', () => expect(faults({ sendWindow: { ...WINDOW, from: '22:00' } })).toEqual([]));
});
