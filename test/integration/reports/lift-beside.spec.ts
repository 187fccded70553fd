import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MeasuredFacts } from '../../support/measured-facts';
import { reportServices } from '../../support/report-services';

const NOW = new Date('2026-04-01T00:00:00Z');
const DAY = 86_400_000;
const T0 = NOW.getTime() - 40 * DAY;
/** So many days after entry. */
const on = (days: number, ms = 0): string => new Date(T0 + days * DAY + ms).toISOString();

let db: TestDatabase;
let facts: MeasuredFacts;
let reports: ReturnType<typeof reportServices>;
let people: Record<'a' | 'b' | 'c' | 'd' | 'e' | 'f', string>;

/**
 * Three people in each arm, who entered on one day. Treatment: `a` spent 50 on day 2 with a coupon of the campaign that cost
 * 5; `b` unsubscribed and complained; `c` spent 10 exactly seven days after the mail. Control: `d` spent 30 on day 1; `e` 20 on
 * day 5, a day after clicking another campaign's mail; `f` 12 on day 9.
 */
async function givenCampaign(): Promise<void> {
  const campaign = await facts.campaign('beside', { holdout: 0.5 });
  const other = await facts.campaign('other', {});
  const enrol = async (arm: 'treatment' | 'holdout', before?: string): Promise<[string, string]> => {
    const customer = await facts.customer();
    const triggerOrder =
      before === undefined ? undefined : await facts.order({ customer, placedAt: before, total: 9900 });
    const enrollment = await facts.enrollment({
      ...{ customer, campaign, arm, enteredAt: on(0) },
      ...(triggerOrder === undefined ? {} : { triggerOrder }),
    });
    const status = arm === 'holdout' ? 'held_out' : 'sent';
    await facts.message({ customer, campaign, enrollment, status, dueAt: on(0) });
    return [customer, enrollment];
  };
  // The order that brought `a` in is part of no window.
  const [a] = await enrol('treatment', on(0, -3_600_000));
  const [b] = await enrol('treatment');
  const [c] = await enrol('treatment');
  const [d] = await enrol('holdout');
  const [e] = await enrol('holdout');
  const [f] = await enrol('holdout');
  people = { a, b, c, d, e, f };
  const orders: Array<[string, string, number]> = [
    [a, on(-5), 2000],
    [a, on(2), 5000],
    [c, on(7), 1000],
    // The window before entry takes in its first instant and not the one before it.
    [d, on(-10), 4000],
    [e, on(-10, -1), 7000],
    [d, on(1), 3000],
    [e, on(5), 2000],
    [f, on(9), 1200],
  ];
  for (const [customer, placedAt, total] of orders) await facts.order({ customer, placedAt, total });
  await db.database.execute(
    `with pool as (insert into coupon_pools (id, key, name, discount, expires_after, when_exhausted, warn_below, created_at,
        updated_at) values (gen_random_uuid(), 'pool', 'Pool', '{}', 'P30D', 'skip', 0, $1, $1) returning id)
     insert into coupons (id, pool_id, code, state, customer_id, message_id, campaign_id, allocated_at, expires_at, redeemed_at,
       redeemed_order_id, cost_minor)
     select gen_random_uuid(), id, 'FIVE', 'redeemed', $2, gen_random_uuid(), $3, $1, $4, $4, gen_random_uuid(), 500 from pool`,
    [on(0), a, campaign, on(2)],
  );
  const elsewhere = async (customer: string, at: string): Promise<string> => {
    const enrollment = await facts.enrollment({ customer, campaign: other, enteredAt: at });
    return facts.message({ customer, campaign: other, enrollment, dueAt: at, sentAt: at });
  };
  const complaint = await elsewhere(b, on(1));
  await db.database.execute('update messages set complained_at = $2 where id = $1', [complaint, on(2)]);
  await elsewhere(b, on(11));
  await facts.hit({ message: await elsewhere(e, on(3)), customer: e, at: on(4) });
  await db.database.execute(`update customers set email = id::text || '@example.com'`);
  await db.database.execute(
    `insert into address_optouts (id, email, at, source) select gen_random_uuid(), email, $2, 'page' from customers where id = $1`,
    [b, on(3)],
  );
  await reports.settle();
}

const lift = (asOf?: string) =>
  reports.lifts.lift({ ref: 'beside', window: 'P10D', include: 'all', ...(asOf ? { asOf: new Date(asOf) } : {}) });

describe('beside the lift', () => {
  beforeAll(async () => {
    db = await createTestDatabase();
    facts = new MeasuredFacts(db.database);
    reports = reportServices(db.database, NOW);
    await givenCampaign();
  });
  afterAll(() => db.close());

  it('placebo: the same on the window before entry, without the order that brought them in', async () => {
    const { placebo } = await lift();
    expect(placebo).toMatchObject({
      repurchase: {
        treatment: { customers: 3, people: 1, rate: 1 / 3 },
        holdout: { customers: 3, people: 1, rate: 1 / 3 },
        absolute: 0,
      },
      holdsZero: true,
    });
    // Newcombe of 1/3 and 1/3; Welch of 20, 0, 0 and 40, 0, 0 (df 2.94), both by arithmetic outside this program.
    expect(placebo?.repurchase.ci?.[1]).toBeCloseTo(0.5334653007, 9);
    expect(placebo?.revenue.perCustomer).toBeCloseTo(-20 / 3, 9);
    expect(placebo?.revenue.ci?.[0]).toBeCloseTo(-54.649087, 5);
  });

  it('phantom credit: what the rule credits to mails that nobody received', async () => {
    expect((await lift()).phantomCredit).toEqual({
      rule: 'last_touch',
      window: 'P7D',
      treatment: { customers: 3, messages: 3, orders: 2, revenue: 60, revenuePerCustomer: 20 },
      // Of 62: not the order of `e`, who clicked on another campaign's mail later, nor that of `f`, nine days behind.
      holdout: { customers: 3, messages: 3, orders: 1, revenue: 30, revenuePerCustomer: 10 },
      share: 0.5,
    });
  });

  it('price of knowing: the difference per customer for those held out', async () => {
    const { priceOfKnowing } = await lift();
    // 60 / 3 - 62 / 3, three times; Welch of 50, 0, 10 and 30, 20, 12.
    expect(priceOfKnowing?.customers).toBe(3);
    expect(priceOfKnowing?.revenue).toBeCloseTo(-2, 9);
    expect(priceOfKnowing?.ci?.[0]).toBeCloseTo(3 * -59.0569718715, 5);
    expect(priceOfKnowing?.ci?.[1]).toBeCloseTo(3 * 57.7236385382, 5);
  });

  it('guardrails and other messages by arm, in the windows only', async () => {
    const { guardrails, otherMessagesPerCustomer } = await lift();
    const one = { customers: 3, people: 1, rate: 1 / 3 };
    const none = { customers: 3, people: 0, rate: 0 };
    expect(guardrails).toMatchObject({
      unsubscribed: { treatment: one, holdout: none, absolute: 1 / 3 },
      complained: { treatment: one, holdout: none, absolute: 1 / 3 },
    });
    expect(guardrails?.unsubscribed.ci?.[0]).toBeCloseTo(-0.2905069164, 9);
    expect(guardrails?.unsubscribed.ci?.[1]).toBeCloseTo(0.7923403992, 9);
    expect(otherMessagesPerCustomer).toEqual({ treatment: 1 / 3, holdout: 1 / 3 });
  });

  it('profit: null without a margin; then margin x revenue - coupons - mails x their cost, by person', async () => {
    const without = await lift();
    expect(without.profit).toBeNull();
    expect(without.undefinedBecause.profit).toBe('no_gross_margin');
    await db.database.execute(
      `insert into settings (key, value, updated_at) values ('economics', '{"grossMargin":0.4,"costPerEmail":0.01}', now())`,
    );
    const { profit } = await lift();
    // Treatment 14.99, -0.01, 3.99; control 12, 8, 4.80.
    expect(profit).toMatchObject({
      grossMargin: 0.4,
      costPerEmail: 0.01,
      treatment: { customers: 3, revenue: 60, couponCost: 5, sent: 3 },
      holdout: { customers: 3, revenue: 62, couponCost: 0, sent: 0 },
    });
    expect(profit?.treatment.perCustomer).toBeCloseTo(18.97 / 3, 9);
    expect(profit?.holdout.perCustomer).toBeCloseTo(24.8 / 3, 9);
    expect(profit?.perCustomer).toBeCloseTo(-1.9433333333, 9);
    expect(profit?.ci?.[0]).toBeCloseTo(-18.2473767641, 6);
    expect(profit?.ci?.[1]).toBeCloseTo(14.3607100974, 6);
    expect(profit?.incremental).toBeCloseTo(-5.83, 9);
  });

  it('is computed again from the rows, one a person', async () => {
    const { items } = await reports.lifts.rows({ ref: 'beside', window: 'P10D' }, 100, undefined);
    const row = (id: string) => items.find(({ customerId }) => customerId === id);
    expect(row(people.a)).toMatchObject({
      ...{ armReason: 'drawn', firstOrderAt: on(2), orders: 1, revenue: 50, sent: 1, couponCost: 5 },
      ...{ ordersBefore: 1, revenueBefore: 20, revenueYearBefore: 20 },
      ...{ otherMessages: 0, unsubscribed: false, complained: false },
    });
    expect(row(people.b)).toMatchObject({ otherMessages: 1, unsubscribed: true, complained: true, firstOrderAt: null });
    expect(row(people.e)).toMatchObject({ sent: 0, otherMessages: 1, revenueBefore: 0, revenueYearBefore: 70 });
    const report = await lift();
    for (const arm of ['treatment', 'holdout'] as const) {
      const mine = items.filter((one) => one.arm === arm);
      const sum = (of: (one: (typeof items)[number]) => number): number =>
        mine.reduce((total, one) => total + of(one), 0);
      expect(sum((one) => 0.4 * one.revenue - one.couponCost - 0.01 * one.sent) / 3).toBeCloseTo(
        report.profit?.[arm].perCustomer ?? NaN,
        9,
      );
      expect(sum((one) => (one.ordersBefore > 0 ? 1 : 0))).toBe(report.placebo?.repurchase[arm].people);
      expect(sum((one) => (one.unsubscribed ? 1 : 0))).toBe(report.guardrails?.unsubscribed[arm].people);
      expect(sum((one) => one.otherMessages) / 3).toBe(report.otherMessagesPerCustomer?.[arm]);
    }
  });

  it('of nobody mature each is null with its reason', async () => {
    const { undefinedBecause, placebo, guardrails, priceOfKnowing, phantomCredit, profit } = await lift(on(1));
    expect([placebo, guardrails, priceOfKnowing, phantomCredit, profit]).toEqual([null, null, null, null, null]);
    for (const name of ['placebo', 'guardrails', 'priceOfKnowing', 'phantomCredit', 'profit'])
      expect(undefinedBecause).toMatchObject({ [name]: 'no_mature_customers' });
  });

  it('a refund that came later is not in a report of an earlier day', async () => {
    expect(people.f).toBeDefined();
    const [row] = await db.database.query<{ id: string }>('select id from orders where customer_id = $1', [people.f]);
    await facts.refund(row?.id ?? '', 1200, on(20));
    await reports.settle();
    expect((await lift()).profit?.holdout.revenue).toBe(50);
    expect((await lift(on(19))).profit?.holdout.revenue).toBe(62);
  });
});
