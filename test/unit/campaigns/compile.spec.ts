import { compile } from '../../../src/campaigns/domain/compile';
import { readDefinition } from '../../../src/campaigns/domain/read-definition';
import { stepName, triggerEventType } from '../../../src/campaigns/campaign.types';

const definition = (change: object = {}) =>
  readDefinition({
    key: 'welcome',
    name: 'Welcome',
    trigger: { on: 'event', event: 'customer.created' },
    goal: { event: 'order.placed', within: 'P30D', exit: true },
    steps: [
      { kind: 'email', key: 'one', template: 'w1' },
      { kind: 'wait', for: 'P2D', at: '09:00' },
      { kind: 'email', key: 'two', template: 'w2' },
      { kind: 'exit' },
    ],
    ...change,
  }).definition;
const TEMPLATES = new Map([
  ['w1', '01900000-0000-7000-8000-000000000001'],
  ['w2', '01900000-0000-7000-8000-000000000002'],
]);

describe('compiling', () => {
  it('makes a flat program with stable paths and templates by id', () => {
    const program = compile(definition(), TEMPLATES);
    expect(program.instructions).toEqual([
      { op: 'email', path: 'steps[0]', key: 'one', templateId: TEMPLATES.get('w1') },
      { op: 'wait', path: 'steps[1]', for: expect.objectContaining({ days: 2, hours: 0 }) as unknown, at: '09:00' },
      { op: 'email', path: 'steps[2]', key: 'two', templateId: TEMPLATES.get('w2') },
      { op: 'exit', path: 'steps[3]' },
    ]);
    expect(program.goal).toEqual({ eventType: 'order.counted', withinMs: 30 * 86_400_000, exit: true });
    expect(program.maxLateness.days).toBe(2);
    expect(program.instructions.map(stepName)).toEqual(['one', 'steps[1]', 'two', 'steps[3]']);
  });
  it('survives the way through JSON', () => {
    const program = compile(definition({ goal: undefined }), TEMPLATES);
    expect(JSON.parse(JSON.stringify(program))).toEqual(program);
    expect(program.goal).toBeNull();
  });
});

describe('what starts a campaign', () => {
  it('order.placed means that an order first counts, subscribed is entered by consenting', () => {
    expect(triggerEventType({ on: 'event', event: 'customer.created' })).toBe('customer.created');
    expect(triggerEventType({ on: 'event', event: 'order.placed' })).toBe('order.counted');
    expect(triggerEventType({ on: 'order' })).toBe('order.counted');
    expect(triggerEventType({ on: 'segment', segment: 'lapsed' })).toBe('segment.entered');
    expect(triggerEventType({ on: 'segment', segment: 'subscribed' })).toBe('consent.subscribed');
    expect(triggerEventType({ on: 'manual' })).toBeNull();
  });
});
