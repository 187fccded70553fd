import fc from 'fast-check';
import { LoyaltyAccounts } from '../../../src/incentives/loyalty-accounts';
import { Redemptions } from '../../../src/incentives/redemptions';
import { DeliveryIngest } from '../../../src/storefront/delivery-ingest';
import { EventsDoor } from '../../../src/storefront/events-door';
import { startTestApp, type TestApp } from '../../support/app';

/** No engine runs by itself here: what is accepted waits until the test works it off. */
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ env: { ROLE: 'api' } });
  const setting = {
    points: { perCurrencyUnit: 1.5, expireAfter: 'P30D', minimumOrder: '15.00' },
    tiers: [
      { key: 'silver', name: 'Silver', atYearlyRevenue: '25.00' },
      { key: 'gold', name: 'Gold', atYearlyRevenue: '60.00' },
    ],
    referral: { url: 'https://shop.test/{code}', rewardPoints: { referrer: 100, referred: 50 } },
    validFrom: day(70),
  };
  await app.request('put', '/api/v1/settings/loyalty').send(setting).expect(200);
  const pool = { key: 'gifts', codes: ['WINTER', 'SPRING', 'SUMMER'], discount: { kind: 'percent', value: 10 } };
  const terms = { expiresAfter: 'P1Y', whenExhausted: 'skip' };
  await app
    .request('post', '/api/v1/coupon-pools')
    .send({ ...pool, ...terms })
    .expect(201);
});
afterAll(() => app.close());

const NOW = new Date('2026-03-02T08:00:00.000Z');
const PEOPLE = ['p', 'q', 'r'] as const;
const CODES = { p: 'CODEP22222', q: 'CODEQ22222', r: 'CODER22222' };
function day(ago: number): string {
  return new Date(NOW.getTime() - ago * 86_400_000).toISOString();
}

interface Event {
  type: string;
  occurredAt: string;
  data: Record<string, unknown>;
}

const orderId = fc.constantFrom('o1', 'o2', 'o3', 'o4');
const daysAgo = fc.constantFrom(1, 2, 20, 31, 60, 80);

const orderEvent = fc
  .record({
    type: fc.constantFrom('order.placed', 'order.placed', 'order.updated', 'order.cancelled'),
    id: orderId,
    who: fc.constantFrom(...PEOPLE),
    placed: daysAgo,
    told: daysAgo,
    status: fc.option(fc.constantFrom('pending', 'paid', 'refunded'), { nil: undefined, freq: 2 }),
    total: fc.constantFrom('10.00', '20.00', '45.50'),
    discount: fc.constantFrom('0.00', '2.00', '3.01'),
    couponCodes: fc.constantFrom(
      [],
      ['NONE'],
      [CODES.p],
      [CODES.q],
      ['none', CODES.r],
      ['Winter'],
      [' winter', 'SPRING'],
      ['SUMMER', CODES.p],
    ),
  })
  .map(({ type, id, who, placed, told, ...fields }): Event => ({
    type,
    occurredAt: day(told),
    data: {
      externalId: id,
      customer: { externalId: who },
      placedAt: day(placed),
      currency: 'EUR',
      lines: [],
      ...fields,
    },
  }));

const refundEvent = fc
  .record({ id: orderId, at: daysAgo, amount: fc.constantFrom('4.00', '20.00', '45.50') })
  .map(({ id, at, amount }): Event => ({
    type: 'order.refunded',
    occurredAt: day(at),
    data: { orderExternalId: id, amount, at: day(at) },
  }));

const retold = fc
  .array(fc.oneof({ weight: 3, arbitrary: orderEvent }, refundEvent), { minLength: 2, maxLength: 10 })
  .map((events) => events.map((event, i) => ({ id: `e${i}`, ...event })))
  .chain((events) =>
    fc.record({
      events: fc.constant(events),
      shuffled: fc.shuffledSubarray(events, { minLength: events.length }),
      repeats: fc.subarray(events),
    }),
  );

const accept = async (events: readonly unknown[]): Promise<void> => {
  if (events.length === 0) return;
  const { rejected } = await app.app.get(EventsDoor).accept([...events]);
  expect(rejected).toEqual([]);
  while ((await app.app.get(DeliveryIngest).workOff(NOW, 500)) > 0);
};
const reckon = async (): Promise<void> => {
  const redeem = () => app.database.transaction((tx) => app.app.get(Redemptions).workOff(tx, 3));
  while ((await redeem()) > 0);
  while ((await app.app.get(LoyaltyAccounts).work(NOW, 500)) > 0);
};

async function begin(): Promise<void> {
  await app.database.execute(`truncate deliveries, delivery_ids, customers, customer_aliases, customer_statements,
    customer_first_words, customer_merges, customer_events, customer_orders, customer_stages, stage_transitions, orders, order_lines, refunds,
    order_changes, point_entries, customer_loyalty, customer_tiers, loyalty_changes, referral_codes, referrals, coupon_uses, order_code_changes cascade`);
  await accept(
    PEOPLE.map((who) => ({
      id: `born-${who}`,
      type: 'customer.created',
      occurredAt: day(100),
      data: { externalId: who, email: `${who}@example.com` },
    })),
  );
  await app.database.execute(
    `insert into referral_codes (code, customer_id, created_at)
     select t.code, c.id, $3 from unnest($1::text[], $2::text[]) as t (code, who) join customers c on c.external_id = t.who`,
    [Object.values(CODES), Object.keys(CODES), NOW],
  );
  await giveCodes();
}

/** Winter was given to one, spring to another, summer to nobody yet. */
async function giveCodes(): Promise<void> {
  await app.database
    .execute(`update coupons set state = 'free', customer_id = null, message_id = null, enrollment_id = null,
    campaign_id = null, step = null, allocated_at = null, expires_at = null, remind_at = null, released_at = null,
    redeemed_at = null, redeemed_order_id = null, redeemed_by = null, cost_minor = null`);
  await app.database.execute(
    `update coupons u set state = 'allocated', customer_id = c.id, message_id = c.id, enrollment_id = c.id,
       campaign_id = c.id, step = 's', allocated_at = $3, expires_at = $4
     from unnest($1::text[], $2::text[]) as t (code, who) join customers c on c.external_id = t.who where u.code = t.code`,
    [['WINTER', 'SPRING'], ['p', 'q'], day(99), day(-300)],
  );
}

/** What the events came to; of the ledger what it says as of each instant. */
async function state(): Promise<unknown> {
  const query = (sql: string) => app.database.query<Record<string, unknown>>(sql);
  return {
    accounts: await query(`select c.external_id, l.points, l.owed, l.given, l.tier, l.next_expiry_at, l.next_at
      from customer_loyalty l join customers c on c.id = l.customer_id
      where l.points + l.owed + l.given > 0 or l.tier is not null order by 1`),
    ledger: await query(`select c.external_id, e.at, sum(e.delta) as delta
      from point_entries e join customers c on c.id = e.customer_id group by 1, 2 having sum(e.delta) <> 0 order by 1, 2`),
    // A free code that an order has named for a moment is never given again, whatever became of that order.
    coupons:
      await query(`select u.code, case u.state when 'withdrawn' then 'free' else u.state end as state, c.external_id as by, o.external_id as with, u.cost_minor
      from coupons u left join customers c on c.id = u.redeemed_by left join orders o on o.id = u.redeemed_order_id order by 1`),
    referrals: await query(`select c.external_id, r.external_id as by, o.external_id as first, f.status, f.reason, f.at,
        f.ended_at
      from referrals f join customers c on c.id = f.customer_id join customers r on r.id = f.referrer_id
      join orders o on o.id = f.order_id order by 1`),
  };
}

/** However it came about: a balance that the ledger sums up to, and one reward for a referred person at most. */
async function consistent(): Promise<void> {
  const wrong = await app.database.query(
    `select l.customer_id from customer_loyalty l
     where l.points - l.owed <> (select coalesce(sum(delta), 0) from point_entries e where e.customer_id = l.customer_id)`,
  );
  expect(wrong).toEqual([]);
  const rewarded = await app.database.query<{ n: number }>(
    `select count(*)::int as n from (
       select customer_id, reference, sum(delta) as points from point_entries
       where reference like 'referral:%' and kind <> 'expired' group by 1, 2) e
     where points not in (0, 50, 100)`,
  );
  expect(rewarded).toEqual([{ n: 0 }]);
  const told = await app.database.query<{ n: number }>(
    `select count(*)::int as n from customer_events where type = 'referral.rewarded'
     group by customer_id, properties ->> 'role' having properties ->> 'role' = 'referred' and count(*) > 1`,
  );
  expect(told).toEqual([]);
}

test('any order and any repetition of order events end in the same points, tiers, referrals and redemptions', async () => {
  let [rewards, redeemed] = [0, 0];
  await fc.assert(
    fc.asyncProperty(retold, async ({ events, shuffled, repeats }) => {
      await begin();
      await accept(events);
      await reckon();
      const once = await state();
      await consistent();
      rewards += (once as { referrals: unknown[] }).referrals.length;
      redeemed += (once as { coupons: Array<{ state: string }> }).coupons.filter(
        (one) => one.state === 'redeemed',
      ).length;

      await begin();
      const half = Math.ceil(shuffled.length / 2);
      await accept(shuffled.slice(0, half));
      await reckon();
      await accept([...repeats, ...shuffled.slice(half)]);
      await reckon();
      await accept(repeats);
      await reckon();
      await consistent();
      expect(await state()).toEqual(once);
    }),
    { numRuns: 12 },
  );
  expect([rewards > 0, redeemed > 0]).toEqual([true, true]);
});
