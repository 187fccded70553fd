import fc from 'fast-check';
import { SegmentConditions } from '../../../src/segments/segment-conditions';
import { startTestApp, type TestApp } from '../../support/app';
import { SegmentStory } from '../../support/segment-story';

const START = new Date('2026-01-28T09:00:00.000Z');
const PEOPLE = ['ann', 'bob', 'cat', 'dan'] as const;

/** Windows of every kind, facts of every source, and segments over segments. */
const SEGMENTS: Record<string, unknown> = {
  tagged: { field: 'tags', op: 'contains', value: 'vip' },
  consenting: { segment: 'subscribed' },
  busy: { field: 'orders.count', op: 'gte', value: 2, within: 'P30D' },
  'month-spend': { field: 'orders.total', op: 'gt', value: '40.00', within: 'P1M' },
  'month-first': { field: 'orders.firstAt', op: 'withinLast', value: 'P1M' },
  quiet: { field: 'orders.lastAt', op: 'notWithinLast', value: 'P14D' },
  seen: { field: 'attributes.seen', op: 'withinLast', value: 'P7D' },
  viewer: { event: 'page.viewed', where: { path: '/sale' }, within: 'P2D', atLeast: 2 },
  newish: { field: 'createdAt', op: 'withinLast', value: 'P2M' },
  drinkers: { bought: { category: 'coffee' }, within: 'P20D' },
  lost: { any: [{ segment: 'lapsed' }, { all: [{ segment: 'quiet' }, { not: { segment: 'tagged' } }] }] },
  mixed: { all: [{ segment: 'lost' }, { not: { segment: 'viewer' } }] },
};

/** A condition that is replaced by another on the way, and back: those that refer to it follow. */
const OTHER_TAGGED = { field: 'tags', op: 'exists', value: false };

const who = fc.constantFrom(...PEOPLE);
/** Past times of facts, in hours before now; among them the edges of windows. */
const hours = fc.oneof(fc.integer({ min: 0, max: 45 * 24 }), fc.constantFrom(0, 48, 7 * 24, 14 * 24, 30 * 24));

type Step =
  | { do: 'patch'; who: string; tags: string[]; seen: number; subscribed: boolean; shares: boolean }
  | { do: 'order'; who: string; hours: number; total: number; coffee: boolean }
  | { do: 'cancel' | 'refund'; which: number }
  | { do: 'view'; who: string; hours: number }
  | { do: 'delete'; who: string }
  | { do: 'edit' }
  | { do: 'wait'; hours: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant('patch' as const),
    who,
    tags: fc.subarray(['vip', 'b2b']),
    seen: fc.integer({ min: -72, max: 240 }),
    subscribed: fc.boolean(),
    shares: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('order' as const),
    who,
    hours,
    total: fc.integer({ min: 0, max: 60 }),
    coffee: fc.boolean(),
  }),
  fc.record({ do: fc.constantFrom('cancel' as const, 'refund' as const), which: fc.nat(50) }),
  fc.record({ do: fc.constant('view' as const), who, hours: fc.integer({ min: 0, max: 60 }) }),
  fc.record({ do: fc.constant('delete' as const), who }),
  fc.record({ do: fc.constant('edit' as const) }),
  fc.record({ do: fc.constant('wait' as const), hours }),
  fc.record({ do: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 72 }) }),
);

/** Any sequence of facts and moves of the clock leaves the members that a full evaluation finds, and a sound history. */
describe('memberships under any sequence of facts and time', () => {
  let app: TestApp;
  let story: SegmentStory;
  let now: Date;
  let orders: Array<{ id: string; who: string; at: string }>;
  let edited: boolean;

  beforeAll(async () => {
    app = await startTestApp({ clock: START.toISOString() });
    story = new SegmentStory(app);
    now = START;
    orders = [];
    edited = false;
    for (const [key, condition] of Object.entries(SEGMENTS)) await story.segment(key, condition);
  });
  afterAll(() => app.close());

  const ago = (h: number): string => new Date(now.getTime() - h * 3_600_000).toISOString();
  const line = (coffee: boolean) => ({
    productExternalId: 'p',
    category: coffee ? 'coffee' : 'tea',
    quantity: 1,
    unitPrice: '1.00',
  });

  const take = async (one: Step): Promise<void> => {
    switch (one.do) {
      case 'patch': {
        const consent = { status: one.subscribed ? 'subscribed' : 'unsubscribed', source: 'form', at: ago(0) };
        const email = one.shares ? 'shared@example.com' : `${one.who}@example.com`;
        return story.customer(one.who, ago(0), { email, tags: one.tags, attributes: { seen: ago(one.seen) }, consent });
      }
      case 'order': {
        const id = `o${orders.length}`;
        orders.push({ id, who: one.who, at: ago(one.hours) });
        const customer = { externalId: one.who };
        return story.order(id, one.who, ago(one.hours), {
          customer,
          total: `${one.total}.00`,
          lines: [line(one.coffee)],
        });
      }
      case 'cancel': {
        const order = orders[one.which % Math.max(1, orders.length)];
        if (!order) return;
        return story.told({
          type: 'order.cancelled',
          occurredAt: ago(0),
          data: {
            externalId: order.id,
            customer: { externalId: order.who },
            placedAt: order.at,
            currency: 'EUR',
            total: '1.00',
            lines: [],
          },
        });
      }
      case 'refund': {
        const order = orders[one.which % Math.max(1, orders.length)];
        if (!order) return;
        const data = { orderExternalId: order.id, amount: '10.00', at: ago(0) };
        return story.told({ type: 'order.refunded', occurredAt: ago(0), data });
      }
      case 'view': {
        const data = { customer: { externalId: one.who }, properties: { path: '/sale' } };
        return story.told({ type: 'page.viewed', occurredAt: ago(one.hours), data });
      }
      case 'delete':
        return story.told({ type: 'customer.deleted', occurredAt: ago(0), data: { externalId: one.who } });
      case 'edit': {
        edited = !edited;
        const condition = edited ? OTHER_TAGGED : SEGMENTS.tagged;
        await app
          .request('put', '/api/v1/segments/tagged')
          .send({ key: 'tagged', name: 'tagged', condition })
          .expect(200);
        return;
      }
      case 'wait':
        return moveBy(one.hours);
      default:
        return one satisfies never;
    }
  };

  const moveBy = async (h: number): Promise<void> => {
    now = new Date(now.getTime() + h * 3_600_000 + 1);
    await app.advance(now.toISOString());
  };

  const expectSound = async (): Promise<void> => {
    const conditions = app.app.get(SegmentConditions);
    const kept: Record<string, string[]> = {};
    const judged: Record<string, string[]> = {};
    for (const key of Object.keys(SEGMENTS)) {
      kept[key] = await story.members(key);
      const { text, values } = await conditions.compileRef(key, now);
      const rows = await app.database.query<{ who: string }>(
        `select c.external_id as who from customers c where ${text} order by 1`,
        values,
      );
      judged[key] = rows.map((row) => row.who);
    }
    expect(kept).toEqual(judged);
    // In the order of the history: entering and leaving take turns, time never runs back, the end is the present.
    const broken = await app.database.query(
      `select * from (
         select h.segment_id, h.customer_id, h.entered, h.at, m.since,
           lag(h.entered, 1, false) over w as was, lag(h.at) over w as before, lead(h.id) over w is null as last
         from segment_changes h
         left join segment_members m using (segment_id, customer_id)
         window w as (partition by h.segment_id, h.customer_id order by h.id)) told
       where entered = was or before > at or (last and entered <> (since is not null)) or (last and since <> at)`,
    );
    expect(broken).toEqual([]);
  };

  it('the members are those of a full evaluation', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        for (const one of steps) {
          await take(one);
          if (one.do === 'wait') await expectSound();
        }
        await moveBy(0);
        await expectSound();
      }),
      { numRuns: 15, endOnFailure: true },
    );
  }, 300_000);
});
