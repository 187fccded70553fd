import { type Trigger } from '../../../src/campaigns/campaign.types';
import {
  type CustomerEvent,
  entryKeyOf,
  orderOf,
  reachesGoal,
  startsCampaign,
  couldAct,
} from '../../../src/enrollments/domain/match-events';

const AT = new Date('2026-03-10T08:00:00Z');
const event = (type: string, change: Partial<CustomerEvent> = {}): CustomerEvent => ({
  type,
  occurredAt: AT,
  properties: {},
  reference: null,
  ...change,
});
const order = (origin: string, reference: string | null = 'o1') =>
  event('order.counted', { properties: { origin }, reference });

describe('what starts a campaign', () => {
  it('an event of its type', () => {
    expect(startsCampaign({ on: 'event', event: 'checkout.started' }, event('checkout.started'))).toBe(true);
    expect(startsCampaign({ on: 'event', event: 'checkout.started' }, event('cart.updated'))).toBe(false);
    expect(startsCampaign({ on: 'manual' }, event('checkout.started'))).toBe(false);
  });
  it('an order that first counts, no renewal, and not what the shop calls so itself', () => {
    for (const trigger of [{ on: 'order' }, { on: 'event', event: 'order.placed' }] as const) {
      expect(startsCampaign(trigger, order('shop'))).toBe(true);
      expect(startsCampaign(trigger, order('renewal'))).toBe(false);
      expect(startsCampaign(trigger, order('shop', null))).toBe(false);
      expect(startsCampaign(trigger, event('order.placed'))).toBe(false);
    }
  });
  it('entering its segment', () => {
    const trigger = { on: 'segment', segment: 'lapsed' } as const;
    expect(startsCampaign(trigger, event('segment.entered', { properties: { segment: 'lapsed' } }))).toBe(true);
    expect(startsCampaign(trigger, event('segment.entered', { properties: { segment: 'recent' } }))).toBe(false);
    expect(startsCampaign(trigger, event('segment.left', { properties: { segment: 'lapsed' } }))).toBe(false);
    expect(startsCampaign({ on: 'segment', segment: 'subscribed' }, event('consent.subscribed'))).toBe(true);
  });
  it('entering or leaving a segment of the shop, named by key or id', () => {
    const properties = { segment: 'vips', segmentId: '0195a000-0000-7000-8000-000000000001' };
    for (const segment of [properties.segment, properties.segmentId]) {
      const enters = { on: 'segment', segment } as const;
      const leaves = { ...enters, when: 'leaves' } as const;
      expect(startsCampaign(enters, event('segment.entered', { properties }))).toBe(true);
      expect(startsCampaign(enters, event('segment.left', { properties }))).toBe(false);
      expect(startsCampaign(leaves, event('segment.left', { properties }))).toBe(true);
      expect(startsCampaign(leaves, event('segment.entered', { properties }))).toBe(false);
      const listening = { triggers: [leaves], goals: new Set<string>(), awaited: new Set<string>() };
      expect(couldAct(listening, event('segment.left', { properties }))).toBe(true);
      expect(couldAct(listening, event('segment.left', { properties: { segment: 'other' } }))).toBe(false);
    }
    expect(startsCampaign({ on: 'segment', segment: 'x' }, event('segment.left', { properties: {} }))).toBe(false);
    expect(orderOf(event('segment.left', { reference: 'o1' }))).toBe('o1');
  });
  it('is unique by order where the entry says so', () => {
    expect(entryKeyOf({ limit: 'unlimited', key: 'order' }, order('shop'))).toBe('o1');
    expect(entryKeyOf({ limit: 'unlimited' }, order('shop'))).toBe('');
    expect(orderOf(event('ticket.closed', { reference: 'x' }))).toBeNull();
  });
});

describe('what reaches a goal', () => {
  const goal = { eventType: 'order.counted', withinMs: 86_400_000, exit: true };
  const enteredAt = (ms: number) => ({ enteredAt: new Date(AT.getTime() - ms), triggerOrderId: null });
  it('is after entry and within the window, by the time of the event', () => {
    expect(reachesGoal(goal, enteredAt(1), order('shop'))).toBe(true);
    expect(reachesGoal(goal, enteredAt(0), order('shop'))).toBe(false);
    expect(reachesGoal(goal, enteredAt(-1), order('shop'))).toBe(false);
    expect(reachesGoal(goal, enteredAt(86_400_000), order('shop'))).toBe(true);
    expect(reachesGoal(goal, enteredAt(86_400_001), order('shop'))).toBe(false);
    expect(reachesGoal({ ...goal, withinMs: null }, enteredAt(1e12), order('shop'))).toBe(true);
  });
  it('is no renewal, no other event, and not the order that started it', () => {
    expect(reachesGoal(goal, enteredAt(1), order('renewal'))).toBe(false);
    expect(reachesGoal(goal, enteredAt(1), event('review.posted'))).toBe(false);
    expect(reachesGoal(goal, { ...enteredAt(1), triggerOrderId: 'o1' }, order('shop'))).toBe(false);
    expect(reachesGoal({ ...goal, eventType: 'review.posted' }, enteredAt(1), event('review.posted'))).toBe(true);
  });
});

describe('whether campaigns could act on an event at all', () => {
  const triggers: Trigger[] = [
    { on: 'event', event: 'checkout.started' },
    { on: 'event', event: 'consent.subscribed' },
    { on: 'order' },
    { on: 'segment', segment: 'lapsed' },
    { on: 'segment', segment: 'subscribed' },
    { on: 'manual' },
  ];
  const events = ['checkout.started', 'consent.subscribed', 'order.counted', 'segment.entered', 'page.viewed'].flatMap(
    (type) =>
      ['lapsed', 'repeat'].map((segment) => ({
        type,
        occurredAt: new Date('2026-03-02T08:00:00Z'),
        properties: { segment, origin: 'shop' },
        reference: 'order-1',
      })),
  );

  it('is never denied where one starts', () => {
    for (const trigger of triggers) {
      for (const event of events) {
        if (startsCampaign(trigger, event))
          expect(couldAct({ triggers: [trigger], goals: new Set<string>(), awaited: new Set<string>() }, event)).toBe(
            true,
          );
      }
    }
  });

  it('is denied for what nobody listens to, and not for a goal', () => {
    const types = (listening: Trigger[], goals: string[] = []) =>
      events
        .filter((event) =>
          couldAct({ triggers: listening, goals: new Set<string>(goals), awaited: new Set<string>() }, event),
        )
        .map((event) => `${event.type} ${event.properties.segment}`);
    expect(types([])).toEqual([]);
    expect(types([{ on: 'manual' }], ['order.counted'])).toEqual(['order.counted lapsed', 'order.counted repeat']);
    expect(types([{ on: 'segment', segment: 'lapsed' }], ['page.viewed'])).toEqual([
      'segment.entered lapsed',
      'page.viewed lapsed',
      'page.viewed repeat',
    ]);
  });
});
