import { LOCK_ORDERS_SQL } from '../../../src/orders/order-watches';
import { CustomerPredictions } from '../../../src/predictions/customer-predictions';
import { startTestApp, type TestApp } from '../../support/app';
import { loadOrders, type LoggedOrder } from '../../support/order-log';
import { SegmentStory } from '../../support/segment-story';

/** Nine in the morning in Rome. */
const NOW = '2026-03-02T08:00:00.000Z';
const DAY_MS = 86_400_000;

const daysAgo = (customer: string, ...days: number[]): LoggedOrder[] =>
  days.map((n) => ({ customer, placedAt: new Date(Date.parse(NOW) - n * DAY_MS) }));

let app: TestApp;
let story: SegmentStory;
let ids: Map<string, string>;

beforeAll(async () => {
  app = await startTestApp({ clock: NOW });
  story = new SegmentStory(app);
  ids = await loadOrders(
    app.database,
    [
      // Every three weeks; over the line on 4 March.
      ...daysAgo('loyal', 83, 62, 41, 20),
      // The same, over the line on 8 March.
      ...daysAgo('racer', 79, 58, 37, 16),
      ...daysAgo('late', 144, 124, 104, 84),
      ...daysAgo('three', 80, 60, 40),
      // Renewals come by themselves: three days of their own making.
      ...daysAgo('renewed', 90, 60, 30, 30),
      ...daysAgo('renewed', 20, 10).map((order) => ({ ...order, origin: 'renewal' as const })),
    ],
    new Date(NOW),
  );
});
afterAll(() => app.close());

const rows = <Row>(text: string, ...values: unknown[]) => app.database.query<Row>(text, values);
const kept = async (who: string) =>
  (
    await rows<{ alive: number | null; lapse: number; overdue: number }>(
      'select alive, lapse_after as lapse, overdue from customer_predictions where customer_id = $1',
      ids.get(who),
    )
  )[0];
const enrolled = async (campaign: string): Promise<string[]> =>
  (
    await rows<{ who: string }>(
      `select k.external_id as who from enrollments e join campaigns c on c.id = e.campaign_id
       join customers k on k.id = e.customer_id where c.key = $1 order by 1`,
      campaign,
    )
  ).map(({ who }) => who);
/** Asks somebody's standing in a branch, at an instant: a campaign that an event of the shop's own starts. */
const ask = (who: string, at: string) =>
  story.told({ type: 'asked', occurredAt: at, data: { customer: { externalId: who } } });
const askingCampaign = {
  key: 'asking',
  name: 'asking',
  purpose: 'custom',
  trigger: { on: 'event', event: 'asked' },
  entry: { limit: 'unlimited' },
  steps: [
    {
      kind: 'branch',
      if: { field: 'predicted.overdue', op: 'gte', value: 1 },
      then: [{ kind: 'tag', add: ['missed'] }],
    },
  ],
};
const profile = async (who: string): Promise<unknown> =>
  ((await app.request('get', `/api/v1/customers/${ids.get(who)}`).expect(200)).body as { ownLapse: unknown }).ownLapse;

describe('the own lapse threshold', () => {
  it('is there for who has four order days of their own, without any model, and its first pass starts nothing', async () => {
    await story.segment('away', { field: 'predicted.overdue', op: 'gte', value: 1 });
    await story.segment('frequent', { field: 'predicted.lapseAfter', op: 'lte', value: 21 });
    await story.listen('away');
    await app.request('post', '/api/v1/campaigns').send(askingCampaign).expect(201);
    await app.request('post', '/api/v1/campaigns/asking/activate').send({}).expect(200);
    await story.customer('loyal', NOW, { consent: { status: 'subscribed', source: 'checkout', at: NOW } });
    await app.advance('PT1M');
    expect(await app.app.get(CustomerPredictions).state()).toMatchObject({ reason: 'too_little_history' });
    expect(await kept('loyal')).toEqual({ alive: null, lapse: 21, overdue: 0 });
    expect(await kept('late')).toEqual({ alive: null, lapse: 20, overdue: 4 });
    expect([await kept('three'), await kept('renewed')]).toEqual([undefined, undefined]);
    expect([await story.members('away'), await story.judgedMembers('away')]).toEqual([['late'], ['late']]);
    expect(await story.members('frequent')).toEqual(['late', 'loyal', 'racer']);
    expect(await story.news('away')).toEqual([]);
  });

  it('stands on the page of the customer, whoever asks for it', async () => {
    expect(await profile('late')).toEqual({ orderDays: 4, days: 20, silentDays: 84, overdue: 4, reason: null });
    const none = { days: null, overdue: null, reason: 'too_few_order_days' };
    expect(await profile('renewed')).toEqual({ orderDays: 3, silentDays: 30, ...none });
  });

  it('tells of who goes over it at night, once', async () => {
    await app.advance('2026-03-03T23:29:00.000Z');
    expect(await story.members('away')).toEqual(['late']);
    await app.advance('2026-03-03T23:31:00.000Z');
    expect(await story.changes('away', 'loyal')).toEqual([
      { at: '2026-03-03T23:30:00.000Z', change: 'entered', cause: 'time' },
    ]);
    await app.advance('2026-03-06T08:00:00.000Z');
    expect(await story.news('away')).toEqual([{ who: 'loyal', type: 'segment.entered', cause: 'time', starts: true }]);
    expect(await enrolled('away-enters')).toEqual(['loyal']);
  });

  it('takes out who buys at once, and learns from it at night', async () => {
    await ask('loyal', '2026-03-06T08:00:00.000Z');
    await app.advance('PT1M');
    await story.order('back', 'loyal', '2026-03-06T08:00:00.000Z');
    await app.advance('PT1M');
    expect((await story.changes('away', 'loyal')).at(-1)).toMatchObject({ change: 'left', cause: 'order' });
    await ask('loyal', '2026-03-06T08:02:00.000Z');
    await app.advance('PT1M');
    expect(
      await rows(
        `select o.external_id from customer_events e join orders o on o.id = e.reference where e.type = 'segment.left'
         and e.properties ->> 'segment' = 'away'`,
      ),
    ).toEqual([{ external_id: 'back' }]);
    expect(await enrolled('away-leaves')).toEqual(['loyal']);
    expect(await kept('loyal')).toMatchObject({ lapse: 21, overdue: 0 });
    await app.advance('2026-03-06T23:31:00.000Z');
    expect(await kept('loyal')).toMatchObject({ lapse: 24, overdue: 0 });
    expect(
      await rows(
        'select lapse_after as lapse, overdue from prediction_changes where customer_id = $1 order by at, id',
        ids.get('loyal'),
      ),
    ).toEqual([
      { lapse: 21, overdue: 0 },
      { lapse: 21, overdue: 1 },
      { lapse: 21, overdue: 0 },
      { lapse: 24, overdue: 0 },
    ]);
  });

  it('is in branches what it was then, and is told where they are explained', async () => {
    const { body } = await app
      .request('get', `/api/v1/customers/${ids.get('loyal')}/explain?campaign=asking`)
      .expect(200);
    const { decisions } = body as { decisions: Array<{ kind: string; outcome: string; values: unknown }> };
    expect(
      decisions.filter(({ kind }) => kind === 'branch').map(({ outcome, values }) => ({ outcome, values })),
    ).toEqual([
      { outcome: 'then', values: { 'predicted.overdue': 1 } },
      { outcome: 'else', values: { 'predicted.overdue': 0 } },
    ]);
  });

  it('overlooks no order that comes in while the night is worked off', async () => {
    const night = new Date('2026-03-07T23:31:00.000Z');
    await app.advance('2026-03-07T23:00:00.000Z');
    let pass: Promise<number> | undefined;
    let ended = false;
    await app.database.transaction(async (tx) => {
      await tx.query(LOCK_ORDERS_SQL);
      pass = app.app
        .get(CustomerPredictions)
        .run(night)
        .finally(() => (ended = true));
      // Until the page has been read and the pass waits to write it.
      while (!ended) {
        const waiting = await tx.query(`select from pg_locks where locktype = 'advisory' and not granted
          and database = (select oid from pg_database where datname = current_database())`);
        if (waiting.length > 0) break;
      }
      await tx.execute(
        `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, origin, currency,
           total_minor, store_total_minor, counting, recorded_at)
         select gen_random_uuid(), 'meanwhile', $1, $2, $2, 'log', 'paid', 'shop', 'EUR', 1000, 1000, true, $2`,
        [ids.get('racer'), new Date('2026-03-07T22:00:00.000Z')],
      );
    });
    expect(await pass).toBeGreaterThan(0);
    expect(await kept('racer')).toMatchObject({ lapse: 21, overdue: 0 });
  });

  it('starts nothing for who is found beyond it because past orders became known', async () => {
    await rows(
      `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, origin, currency,
         total_minor, store_total_minor, counting, recorded_at)
       select gen_random_uuid(), 'found', $1, $2, $2, 'log', 'paid', 'shop', 'EUR', 1000, 1000, true, $3`,
      ids.get('three'),
      new Date(Date.parse(NOW) - 100 * DAY_MS),
      new Date(NOW),
    );
    const before = await story.news('away');
    // What was bought long ago takes nobody out.
    await story.order('long-ago', 'late', '2025-11-20T10:00:00.000Z');
    await app.advance('PT1M');
    expect(await kept('late')).toMatchObject({ lapse: 20, overdue: 4 });
    await app.advance('2026-03-08T23:31:00.000Z');
    expect(await kept('three')).toMatchObject({ lapse: 20, overdue: 2 });
    expect(await story.members('away')).toEqual(['late', 'three']);
    expect(await story.news('away')).toEqual(before);
    const { body } = await app.request('get', `/api/v1/customers/${ids.get('three')}/export`).expect(200);
    expect((body as { predictions: unknown[] }).predictions).toMatchObject([{ lapseAfter: 20, overdue: 2 }]);
  });

  it('is given to all at once by an upgrade of a shop that has asked, and starts nothing', async () => {
    const before = [await story.news('away'), await story.news('frequent')];
    await rows('update customer_predictions set lapse_after = null, overdue = null');
    await rows('delete from segment_members');
    await rows('update prediction_state set next_at = asked_at, day = null, after = null, completed_at = null');
    await app.advance('PT1M');
    expect(await story.members('away')).toEqual(['late', 'three']);
    // The racer ordered two days ago: on another night that would have started something.
    expect(await story.members('frequent')).toEqual(['late', 'racer', 'three']);
    expect((await story.changes('frequent', 'racer')).at(-1)).toMatchObject({ change: 'entered', cause: 'import' });
    expect([await story.news('away'), await story.news('frequent')]).toEqual(before);
  });

  it('is the same on the page of a customer and in conditions', async () => {
    for (const who of ids.keys()) {
      const own = await kept(who);
      expect(await profile(who)).toMatchObject({ days: own?.lapse ?? null, overdue: own?.overdue ?? null });
    }
  });
});
