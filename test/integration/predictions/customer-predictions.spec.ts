import { Clock } from '../../../src/kernel/clock';
import { CustomerPredictions } from '../../../src/predictions/customer-predictions';
import { ADMIN_KEY, startTestApp, type TestApp } from '../../support/app';
import { loadOrders, type LoggedOrder } from '../../support/order-log';
import { SegmentStory } from '../../support/segment-story';
import { beta, gamma, mulberry } from '../../support/random-draws';

const NOW = '2026-03-02T08:00:00.000Z';
const DAY_MS = 86_400_000;
const CUSTOMERS = 400;

/** Customers who live by the model for a year: each orders at a rate of their own, and may stop after any order. */
function history(): LoggedOrder[] {
  const random = mulberry(11);
  const orders: LoggedOrder[] = [];
  for (let i = 0; i < CUSTOMERS; i++) {
    const everyDays = 200 / (8 * gamma(1.2, random) + 0.5);
    const stop = beta(0.8, 2.5, random);
    const spends = 2_000 + 6_000 * random();
    let daysAgo = 365 - 120 * random();
    do {
      const placedAt = new Date(Date.parse(NOW) - daysAgo * DAY_MS);
      orders.push({ customer: `c${i}`, placedAt, totalMinor: Math.round(spends * (0.5 + random())) });
      daysAgo += everyDays * Math.log(1 - random());
    } while (daysAgo > 0 && random() > stop);
  }
  return orders;
}

let app: TestApp;
let ids: Map<string, string>;

beforeAll(async () => {
  app = await startTestApp({ clock: NOW });
  ids = await loadOrders(app.database, history(), new Date(NOW));
  await app.database.query(`update orders set currency = 'EUR'`);
});
afterAll(() => app.close());

const segment = (key: string, condition: object) =>
  app.request('post', '/api/v1/segments').send({ key, name: key, condition });
const members = async (key: string): Promise<string[]> => {
  const { body } = await app.request('get', `/api/v1/segments/${key}/members?limit=500`).expect(200);
  return (body as { items: Array<{ externalId: string }> }).items.map(({ externalId }) => externalId);
};
const rows = <Row>(text: string, ...values: unknown[]) => app.database.query<Row>(text, values);
const changes = async (): Promise<number> =>
  (await rows<{ n: number }>('select count(*)::int as n from prediction_changes'))[0]?.n ?? 0;
describe('predicted.*', () => {
  it('costs nothing until a condition asks', async () => {
    await app.advance('P1D');
    expect(await app.app.get(CustomerPredictions).state()).toBeNull();
    await segment('wrong', { field: 'predicted.alive', op: 'lt', value: 'x' }).expect(422);
    expect(await app.app.get(CustomerPredictions).state()).toBeNull();
  });

  it('is there for everybody who ordered as soon as one does, and starts nothing', async () => {
    await segment('slipping', { field: 'predicted.alive', op: 'lt', value: 0.5 }).expect(201);
    await segment('precious', {
      all: [
        { field: 'predicted.value', op: 'gte', value: '200.00' },
        { field: 'predicted.alive', op: 'gte', value: 0.8 },
      ],
    }).expect(201);
    await app.advance('PT1M');
    const [{ n, least, most } = { n: 0, least: 0, most: 0 }] = await rows<{ n: number; least: number; most: number }>(
      'select count(*)::int as n, min(alive) as least, max(alive) as most from customer_predictions',
    );
    expect(n).toBe(CUSTOMERS);
    expect(least).toBeLessThan(0.5);
    expect(most).toBeGreaterThan(0.8);
    const [slipping, precious] = [await members('slipping'), await members('precious')];
    expect(slipping.length).toBeGreaterThan(20);
    expect(precious.length).toBeGreaterThan(5);
    expect(precious.some((one) => slipping.includes(one))).toBe(false);
    expect(await rows(`select from segment_changes where cause = 'time'`)).toEqual([]);
  });

  it('is worked out anew every night, and writes only what has moved', async () => {
    const before = await changes();
    await app.advance('P1D');
    const after = await changes();
    expect(after).toBeGreaterThan(before);
    expect(after - before).toBeLessThan(CUSTOMERS);
    const state = await app.app.get(CustomerPredictions).state();
    expect(state).toMatchObject({ day: '2026-03-03', after: null, reason: null });
    expect(state?.nextAt.toISOString()).toBe('2026-03-04T23:30:00.000Z');
    const { body } = await app.request('get', '/api/v1/reports/value').expect(200);
    expect(body).toMatchObject({ conditions: { alive: { name: 'mbg_nbd' }, through: '2026-03-03', reason: null } });
  });

  it('moves those who fall silent into the segment by time', async () => {
    const before = await members('slipping');
    await app.advance('P14D');
    const fresh = (await members('slipping')).find((one) => !before.includes(one));
    const id = ids.get(fresh ?? '');
    expect(
      await rows(`select cause, entered from segment_changes where customer_id = $1 order by at desc limit 1`, id),
    ).toEqual([{ cause: 'time', entered: true }]);
    const { body } = await app.request('get', `/api/v1/customers/${id}/export`).expect(200);
    expect((body as { predictions: unknown[] }).predictions.length).toBeGreaterThan(1);
  });

  it('starts nothing for whom it moves because past orders became known', async () => {
    const story = new SegmentStory(app);
    await story.listen('slipping');
    const [imported = '', late = '', bought = ''] = (await members('slipping')).slice(-3);
    const now = app.app.get(Clock).now().getTime();
    const order = (who: string, daysAgo: number, silent: boolean): Promise<unknown> =>
      rows(
        `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, origin, currency,
           total_minor, store_total_minor, counting, silent, recorded_at)
         select gen_random_uuid(), 'found-' || $1, $1::uuid, $2, $2, 'log', 'paid', 'shop', 'EUR', 1000, 1000, true, $3, $4`,
        ...[ids.get(who), new Date(now - daysAgo * DAY_MS), silent, new Date(now)],
      );
    await order(imported, 1, true);
    await order(late, 4, false);
    await order(bought, 1, false);
    await app.advance('P1D');
    const still = await members('slipping');
    expect([imported, late, bought].filter((who) => still.includes(who))).toEqual([]);
    const told = (await story.news('slipping')).filter(({ type }) => type === 'segment.left').map(({ who }) => who);
    expect([imported, late, bought].filter((who) => told.includes(who))).toEqual([bought]);
  });

  it('forgets whose orders are taken back, and who is erased', async () => {
    const [back, gone] = [ids.get('c3'), ids.get('c4')];
    await rows(`update orders set status = 'cancelled', counting = false where customer_id = $1`, back);
    await app.advance('P1D');
    expect(await rows('select * from customer_predictions where customer_id = $1', back)).toEqual([]);
    expect(
      await rows('select alive from prediction_changes where customer_id = $1 order by id desc limit 1', back),
    ).toEqual([{ alive: null }]);
    await app.request('post', `/api/v1/customers/${gone}/erase`, ADMIN_KEY).expect(200);
    await app.advance('P1D');
    expect(await rows('select * from prediction_changes where customer_id = $1', gone)).toEqual([]);
    expect(await rows('select * from customer_predictions where customer_id = $1', gone)).toEqual([]);
  });
});
