import * as fc from 'fast-check';
import { Refusal } from '../../../src/kernel/errors';
import { holdoutDraw } from '../../../src/kernel/hash';
import type { LiftRow } from '../../../src/reports/lift-report.types';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MeasuredFacts } from '../../support/measured-facts';
import { reportServices } from '../../support/report-services';

const NOW = new Date('2026-04-01T00:00:00Z');
const DAY = 86_400_000;

let db: TestDatabase;
let facts: MeasuredFacts;
let reports: ReturnType<typeof reportServices>;
let serial = 0;

beforeAll(async () => {
  db = await createTestDatabase();
  facts = new MeasuredFacts(db.database);
  reports = reportServices(db.database, NOW);
});
afterAll(() => db.close());

const key = () => `lift-${serial++}`;
const daysAgo = (days: number) => new Date(NOW.getTime() - days * DAY).toISOString();

describe('lift', () => {
  it('counts orders after entry and up to the end of the window, both ends exact', async () => {
    const campaignKey = key();
    const campaign = await facts.campaign(campaignKey, { holdout: 0.5 });
    const entered = new Date('2026-02-01T08:00:00Z').getTime();
    const at = (ms: number) => new Date(entered + ms).toISOString();
    const cases: Array<[offset: number, counts: boolean]> = [
      [0, false],
      [1, true],
      [14 * DAY, true],
      [14 * DAY + 1, false],
    ];
    for (const [offset] of cases) {
      const customer = await facts.customer();
      await facts.enrollment({ customer, campaign, enteredAt: at(0), arm: 'treatment' });
      await facts.order({ customer, placedAt: at(offset), total: 1234 });
    }
    await reports.settle();
    const report = await reports.lifts.lift({ ref: campaignKey, window: 'P14D' });
    expect(report.arms.treatment).toEqual({
      customers: 4,
      repurchasers: 2,
      rate: 0.5,
      orders: 2,
      revenue: 24.68,
      revenuePerCustomer: 6.17,
    });
    expect(report).toMatchObject({
      campaign: campaignKey,
      window: 'P14D',
      exploratory: true,
      epoch: 1,
      start: 'entry',
      asOf: NOW.toISOString(),
      definitions: '1',
      dataThrough: {},
      excluded: { merged: 0, globalHoldout: 0, otherCurrency: 0 },
      verdict: 'not_readable',
      reasons: ['few_customers', 'few_events'],
    });
    expect(report.undefinedBecause).toMatchObject({
      'arms.holdout.rate': 'no_mature_customers',
      power: 'no_mature_customers',
    });
  });

  it('one row a person: the first enrollment, of the epoch it fell in', async () => {
    const campaignKey = key();
    const campaign = await facts.campaign(campaignKey, {}, { epochs: [{ holdout: 0 }, { holdout: 0.5 }] });
    const [old, fresh] = [await facts.customer(), await facts.customer()];
    await facts.enrollment({ customer: old, campaign, enteredAt: daysAgo(90), epoch: 1 });
    await facts.enrollment({ customer: old, campaign, enteredAt: daysAgo(40), epoch: 2 });
    await facts.enrollment({ customer: fresh, campaign, enteredAt: daysAgo(60), epoch: 2, arm: 'holdout' });
    await facts.enrollment({ customer: fresh, campaign, enteredAt: daysAgo(50), epoch: 2, arm: 'holdout' });
    await facts.order({ customer: fresh, placedAt: daysAgo(55) });
    await facts.order({ customer: fresh, placedAt: daysAgo(45) });
    await reports.settle();
    const latest = await reports.lifts.lift({ ref: campaignKey, window: 'P10D' });
    expect(latest.epoch).toBe(2);
    expect(latest.arms.treatment.customers).toBe(0);
    expect(latest.arms.holdout).toMatchObject({ customers: 1, repurchasers: 1, orders: 1 });
    expect(latest.verdictBasis).toBe('always_valid');
    const first = await reports.lifts.lift({ ref: campaign, window: 'P10D', epoch: 1 });
    expect(first.arms.treatment.customers).toBe(1);
    expect(first.reasons).toContain('no_control');
    expect(first.verdictBasis).toBe('fixed');
    await expect(reports.lifts.lift({ ref: campaignKey, epoch: 3 })).rejects.toMatchObject({
      kind: 'invalid',
      faults: [{ path: 'epoch' }],
    });
  });

  it('leaves out who belongs to a global holdout that began inside the window, by the hash and in both arms', async () => {
    const campaignKey = key();
    const campaign = await facts.campaign(campaignKey, { holdout: 0.5 });
    const people: Array<{ id: string; arm: string; days: number }> = [];
    for (let i = 0; i < 48; i++) {
      const arm = i % 2 ? ('holdout' as const) : ('treatment' as const);
      // Entered before the period began, so that it is inside the window, at its edge, behind it; and after it began.
      const days = [40, 49, 50.01, 30][i % 4] ?? 0;
      const customer = await facts.customer();
      await facts.enrollment({ customer, campaign, enteredAt: daysAgo(days), arm });
      people.push({ id: customer, arm, days });
    }
    const salt = 'of-the-period';
    await db.database.execute(
      `insert into global_holdout_periods (id, number, salt, share, drawn_below, started_at)
       values (gen_random_uuid(), 1, $1, 0.5, $2, $3)`,
      [salt, Buffer.from('8000000000000000', 'hex'), new Date(daysAgo(36))],
    );
    await reports.settle();
    const out = people.filter(({ id, days }) => [40, 49].includes(days) && holdoutDraw(salt, id) < 0.5);
    expect(new Set(out.map(({ arm }) => arm)).size).toBe(2);
    const report = await reports.lifts.lift({ ref: campaignKey, window: 'P14D' });
    expect(report.excluded).toMatchObject({ globalHoldout: out.length });
    expect(report.arms.treatment.customers).toBe(24 - out.filter(({ arm }) => arm === 'treatment').length);
    expect(report.arms.holdout.customers).toBe(24 - out.filter(({ arm }) => arm === 'holdout').length);
    const { items } = await reports.lifts.rows({ ref: campaignKey, window: 'P14D' }, 100, undefined);
    const left = people.filter((one) => !out.includes(one)).map(({ id }) => id);
    expect(items.map(({ customerId }) => customerId).sort()).toEqual(left.sort());
    const before = await reports.lifts.lift({ ref: campaignKey, window: 'P10D', asOf: new Date(daysAgo(37)) });
    expect(before.excluded).toMatchObject({ globalHoldout: 0 });
    await db.database.execute('delete from global_holdout_periods');
  });

  it('a person who was in both arms after a merge is in neither', async () => {
    const campaignKey = key();
    const campaign = await facts.campaign(campaignKey, { holdout: 0.5 });
    const customer = await facts.customer();
    await facts.enrollment({ customer, campaign, enteredAt: daysAgo(60), arm: 'treatment' });
    await facts.enrollment({ customer, campaign, enteredAt: daysAgo(50), arm: 'holdout' });
    await facts.enrollment({ customer: await facts.customer(), campaign, enteredAt: daysAgo(50), arm: 'holdout' });
    const report = await reports.lifts.lift({ ref: campaignKey });
    expect(report.excluded).toMatchObject({ merged: 1 });
    expect([report.arms.treatment.customers, report.arms.holdout.customers]).toEqual([0, 1]);
    expect((await reports.lifts.rows({ ref: campaignKey }, 10, undefined)).items).toHaveLength(1);
  });

  it('as of an earlier instant: a later refund has not happened, the window has not ended', async () => {
    const campaignKey = key();
    const campaign = await facts.campaign(campaignKey, { holdout: 0.5 });
    const customer = await facts.customer();
    await facts.enrollment({ customer, campaign, enteredAt: daysAgo(60) });
    await facts.order({
      customer,
      placedAt: daysAgo(55),
      total: 1000,
      refunds: [
        { amount: 200, at: daysAgo(50) },
        { amount: 800, at: daysAgo(20) },
      ],
    });
    await reports.settle();
    const lift = (days: number) =>
      reports.lifts.lift({ ref: campaignKey, window: 'P14D', asOf: new Date(NOW.getTime() - days * DAY) });
    expect((await lift(0)).arms.treatment).toMatchObject({ customers: 1, repurchasers: 0, orders: 0, revenue: 0 });
    expect((await lift(20)).arms.treatment).toMatchObject({ customers: 1, repurchasers: 0, revenue: 0 });
    expect((await lift(30)).arms.treatment).toMatchObject({ customers: 1, repurchasers: 1, revenue: 8 });
    expect(await lift(47)).toMatchObject({
      arms: { treatment: { customers: 0 } },
      immature: { treatment: 1, holdout: 0 },
      reasons: ['few_customers', 'few_events', 'immature'],
    });
    expect((await lift(61)).immature.treatment).toBe(0);
    await expect(lift(-1)).rejects.toMatchObject({ faults: [{ path: 'asOf' }] });
  });

  it('orders without store money count, bring nothing, and can make revenue unreadable', async () => {
    const campaignKey = key();
    const campaign = await facts.campaign(campaignKey, { holdout: 0.5 });
    const customer = await facts.customer();
    await facts.enrollment({ customer, campaign, enteredAt: daysAgo(60) });
    await facts.order({ customer, placedAt: daysAgo(55), total: 1000, storeTotal: null });
    await facts.order({ customer, placedAt: daysAgo(54), total: 0, refunds: [{ amount: 30, at: daysAgo(53) }] });
    await reports.settle();
    const report = await reports.lifts.lift({ ref: campaignKey, window: 'P14D' });
    expect(report.arms.treatment).toMatchObject({ repurchasers: 1, orders: 2, revenue: 0 });
    expect(report.excluded).toMatchObject({ otherCurrency: 1 });
    expect(report.overRefunded).toBe(0.3);
    expect(report.revenueLift.reasons).toContain('other_currency');
  });

  it('start=first_due watches from the first e-mail step, in both arms, and leaves out who reached none', async () => {
    const campaignKey = key();
    const campaign = await facts.campaign(campaignKey, { holdout: 0.5 });
    const people = [await facts.customer(), await facts.customer(), await facts.customer()];
    const enrolled: string[] = [];
    for (const [i, customer] of people.entries()) {
      enrolled.push(
        await facts.enrollment({ customer, campaign, enteredAt: daysAgo(60), arm: i === 1 ? 'holdout' : 'treatment' }),
      );
      await facts.order({ customer, placedAt: daysAgo(58) });
      await facts.order({ customer, placedAt: daysAgo(42) });
    }
    for (const [i, status] of ['sent', 'held_out'].entries()) {
      const [customer, enrollment] = [people[i] ?? '', enrolled[i] ?? ''];
      await facts.message({ customer, campaign, enrollment, step: 'one', dueAt: daysAgo(50), status });
      await facts.message({ customer, campaign, enrollment, step: 'two', dueAt: daysAgo(40), status });
    }
    await reports.settle();
    const entry = await reports.lifts.lift({ ref: campaignKey, window: 'P10D' });
    expect([entry.arms.treatment.customers, entry.arms.treatment.orders]).toEqual([2, 2]);
    const due = await reports.lifts.lift({ ref: campaignKey, window: 'P10D', start: 'first_due' });
    expect([due.arms.treatment.customers, due.arms.treatment.orders]).toEqual([1, 1]);
    expect([due.arms.holdout.customers, due.arms.holdout.orders]).toEqual([1, 1]);
    expect(due.sampleRatio.observed).toBeCloseTo(1 / 3, 12);
  });

  it('the fixed window is that of the measure, else of the goal, else P30D; the plan is read from the definition', async () => {
    const measured = key();
    await facts.campaign(measured, { holdout: 0.5, measure: { window: 'P2W' }, goal: { within: 'P20D' } });
    expect(await reports.lifts.lift({ ref: measured })).toMatchObject({ window: 'P2W', exploratory: false });
    expect(await reports.lifts.lift({ ref: measured, window: 'P14D' })).toMatchObject({ exploratory: false });
    expect(await reports.lifts.lift({ ref: measured, window: 'P20D' })).toMatchObject({ exploratory: true });
    const goal = key();
    await facts.campaign(goal, { goal: { event: 'order.placed', within: 'P20D', exit: true } });
    expect(await reports.lifts.lift({ ref: goal })).toMatchObject({ window: 'P20D', exploratory: false });
    const bare = key();
    await facts.campaign(bare, { measure: { readAt: daysAgo(1) } });
    expect(await reports.lifts.lift({ ref: bare })).toMatchObject({ window: 'P30D', verdictBasis: 'fixed' });
    expect(await reports.lifts.lift({ ref: bare, asOf: new Date(NOW.getTime() - 2 * DAY) })).toMatchObject({
      verdictBasis: 'always_valid',
    });
  });

  it('an archived campaign is read by the fixed interval, as of before by the other', async () => {
    const campaignKey = key();
    await facts.campaign(campaignKey, { holdout: 0.5 }, { status: 'archived', archivedAt: daysAgo(3) });
    expect((await reports.lifts.lift({ ref: campaignKey })).verdictBasis).toBe('fixed');
    const before = await reports.lifts.lift({ ref: campaignKey, asOf: new Date(NOW.getTime() - 4 * DAY) });
    expect(before.verdictBasis).toBe('always_valid');
  });

  it('a silent source inside the windows makes it unreadable, and is named', async () => {
    const campaignKey = key();
    const campaign = await facts.campaign(campaignKey, { holdout: 0.5 });
    await facts.enrollment({ customer: await facts.customer(), campaign, enteredAt: '2026-02-20T12:00:00Z' });
    const asked: string[][] = [];
    const days = Array.from({ length: 29 }, (_, i) => new Date(Date.UTC(2026, 1, 1 + i)).toISOString().slice(0, 10));
    const silent = reportServices(db.database, NOW, {
      days: (from, to) => {
        asked.push([from, to]);
        return Promise.resolve([{ source: 'shop', days }]);
      },
      through: () => Promise.resolve([{ source: 'shop', at: new Date('2026-03-01T09:00:00Z') }]),
    });
    const report = await silent.lifts.lift({ ref: campaignKey, window: 'P14D' });
    expect(report.trackingGaps).toEqual([{ source: 'shop', from: '2026-03-02', to: '2026-03-05' }]);
    expect(report.reasons).toContain('tracking_gap');
    expect(report.dataThrough).toEqual({ shop: '2026-03-01T09:00:00.000Z' });
    expect(asked).toEqual([['2026-01-21', '2026-03-06']]);
  });

  it('refuses what has no exact length, and unknown campaigns', async () => {
    const campaignKey = key();
    await facts.campaign(campaignKey, {});
    for (const window of ['soon', 'P1M', 'P1Y', 'PT30M', 'P366D', 'P0D', '']) {
      await expect(reports.lifts.lift({ ref: campaignKey, window })).rejects.toMatchObject({
        kind: 'invalid',
        faults: [{ path: 'window' }],
      });
    }
    await expect(reports.lifts.lift({ ref: 'nobody' })).rejects.toBeInstanceOf(Refusal);
  });
});

/** What the report should count, written down a second time without SQL. */
interface Person {
  arm: 'treatment' | 'holdout';
  entered: number;
  reentered: boolean;
  orders: Array<{ after: number; total: number; kind: string; refund: { part: number; after: number } | null }>;
}

describe('lift against a reckoning by hand', () => {
  const person: fc.Arbitrary<Person> = fc.record({
    arm: fc.constantFrom('treatment' as const, 'holdout' as const),
    entered: fc.integer({ min: 1, max: 80 }),
    reentered: fc.boolean(),
    orders: fc.array(
      fc.record({
        after: fc.integer({ min: -3, max: 40 }),
        total: fc.integer({ min: 0, max: 20_000 }),
        kind: fc.constantFrom('paid', 'paid', 'paid', 'pending', 'cancelled', 'refunded', 'renewal'),
        refund: fc.option(
          fc.record({ part: fc.constantFrom(0.2, 0.5, 1, 1.3), after: fc.integer({ min: 0, max: 30 }) }),
        ),
      }),
      { maxLength: 3 },
    ),
  });
  const time = (daysBefore: number) => NOW.getTime() - daysBefore * DAY;

  it('agrees for any people, window and instant; so do the rows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(person, { minLength: 1, maxLength: 12 }),
        fc.constantFrom(1, 7, 30),
        fc.constantFrom(0, 5, 20),
        async (people, windowDays, asOfDays) => {
          const campaignKey = key();
          const campaign = await facts.campaign(campaignKey, { holdout: 0.5 });
          for (const { arm, entered, reentered, orders } of people) {
            const customer = await facts.customer();
            await facts.enrollment({ customer, campaign, arm, enteredAt: daysAgo(entered) });
            if (reentered) await facts.enrollment({ customer, campaign, arm, enteredAt: daysAgo(entered / 2) });
            for (const order of orders) {
              const placed = time(entered) + order.after * DAY;
              const amount = order.refund ? Math.round(order.total * order.refund.part) : 0;
              await facts.order({
                customer,
                placedAt: new Date(placed).toISOString(),
                total: order.total,
                status: order.kind === 'renewal' ? 'paid' : order.kind,
                origin: order.kind === 'renewal' ? 'renewal' : 'shop',
                refunds:
                  order.refund && amount > 0
                    ? [{ amount, at: new Date(placed + order.refund.after * DAY).toISOString() }]
                    : [],
              });
            }
          }
          await reports.settle();
          const asOf = time(asOfDays);
          const question = { ref: campaignKey, window: `P${windowDays}D`, asOf: new Date(asOf) };
          const report = await reports.lifts.lift(question);
          const rows: LiftRow[] = [];
          for await (const chunk of (await reports.lifts.allRows(question)).chunks) rows.push(...chunk);
          for (const arm of ['treatment', 'holdout'] as const) {
            const mine = people.filter((one) => one.arm === arm && time(one.entered) <= asOf);
            const mature = mine.filter((one) => time(one.entered) + windowDays * DAY <= asOf);
            const brought = mature.map((one) => reckon(one, windowDays, asOf, time(one.entered)));
            const revenue = brought.flat().reduce((sum, amount) => sum + amount, 0);
            expect(report.arms[arm]).toMatchObject({
              customers: mature.length,
              repurchasers: brought.filter((orders) => orders.length > 0).length,
              orders: brought.flat().length,
            });
            expect(report.arms[arm].revenue).toBeCloseTo(revenue / 100, 6);
            expect(report.immature[arm]).toBe(mine.length - mature.length);
            const rowsOfArm = rows.filter((row) => row.arm === arm && row.mature);
            expect(rowsOfArm.length).toBe(mature.length);
            expect(rowsOfArm.filter((row) => row.repurchased).length).toBe(report.arms[arm].repurchasers);
            expect(rowsOfArm.reduce((sum, row) => sum + row.orders, 0)).toBe(report.arms[arm].orders);
            expect(rowsOfArm.reduce((sum, row) => sum + row.revenue, 0)).toBeCloseTo(report.arms[arm].revenue, 6);
            expect(rows.filter((row) => row.arm === arm && !row.mature).length).toBe(report.immature[arm]);
          }
        },
      ),
      { numRuns: 25, seed: 20260401 },
    );
  });

  /** Net cents of each counting order of the person in the window. */
  function reckon(one: Person, windowDays: number, asOf: number, t0: number): number[] {
    return one.orders.flatMap((order) => {
      const placed = t0 + order.after * DAY;
      if (order.kind !== 'paid' || placed <= t0 || placed > t0 + windowDays * DAY) return [];
      const amount = order.refund ? Math.round(order.total * order.refund.part) : 0;
      const refunded = order.refund && placed + order.refund.after * DAY <= asOf ? amount : 0;
      if (order.total > 0 && refunded >= order.total) return [];
      return [Math.max(0, order.total - refunded)];
    });
  }

  it('pages through the rows, newest first', async () => {
    const campaignKey = key();
    const campaign = await facts.campaign(campaignKey, { holdout: 0.5 });
    for (let i = 0; i < 5; i++) {
      await facts.enrollment({ customer: await facts.customer(), campaign, enteredAt: daysAgo(50 - i) });
    }
    const seen: LiftRow[] = [];
    let cursor: string | undefined;
    do {
      const page = await reports.lifts.rows({ ref: campaignKey }, 2, cursor);
      seen.push(...page.items);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toHaveLength(5);
    expect(seen.map((row) => row.enteredAt)).toEqual([...seen.map((row) => row.enteredAt)].sort().reverse());
    expect(new Set(seen.map((row) => row.customerId)).size).toBe(5);
    await expect(reports.lifts.rows({ ref: campaignKey }, 2, 'rubbish')).rejects.toBeInstanceOf(Refusal);
  });
});
