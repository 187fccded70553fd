import { newcombeDifference } from '../../../src/reports/domain/proportion-interval';
import { normalQuantile } from '../../../src/reports/domain/special-functions';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MeasuredFacts } from '../../support/measured-facts';
import { reportServices } from '../../support/report-services';

const NOW = new Date('2026-04-01T00:00:00Z');
const DAY = 86_400_000;

let db: TestDatabase;
let facts: MeasuredFacts;
let reports: ReturnType<typeof reportServices>;

beforeAll(async () => {
  db = await createTestDatabase();
  facts = new MeasuredFacts(db.database);
  reports = reportServices(db.database, NOW);
});
afterAll(() => db.close());

const daysAgo = (days: number) => new Date(NOW.getTime() - days * DAY).toISOString();

interface Person {
  arm: 'treatment' | 'holdout';
  /** Days ago. */
  entered: number;
  /** Days after entry (negative: before), total in cents. */
  orders: Array<[days: number, total: number]>;
}

/** A campaign with these people; the key is its name. */
async function campaignOf(key: string, people: readonly Person[], definition: object = {}): Promise<string[]> {
  const campaign = await facts.campaign(key, { holdout: 0.5, ...definition });
  const ids: string[] = [];
  for (const person of people) {
    const customer = await facts.customer();
    const enteredAt = daysAgo(person.entered);
    ids.push(await facts.enrollment({ customer, campaign, enteredAt, arm: person.arm }));
    for (const [days, total] of person.orders) {
      await facts.order({ customer, placedAt: daysAgo(person.entered - days), total });
    }
  }
  await reports.settle();
  return ids;
}

const person = (arm: Person['arm'], entered: number, ...orders: Person['orders']): Person => ({ arm, entered, orders });

describe('power in the report', () => {
  it('by the rate of the control and the planned share, whatever the lift observed', async () => {
    const people = Array.from({ length: 40 }, (_, i) =>
      person(i % 2 ? 'holdout' : 'treatment', 60, ...((i % 20 < 2 ? [[3, 1000]] : []) as Person['orders'])),
    );
    await campaignOf('power', people);
    const { power } = await reports.lifts.lift({ ref: 'power', window: 'P14D' });
    expect(power).toMatchObject({ baseline: 0.1 });
    expect(power?.minimumEffect).toBeCloseTo(0.02, 12);
    expect(power?.customersNeeded).toBe(7682);
    expect(power?.minimumDetectable).toBeGreaterThan(0.3);
    const none = await campaignOf('no-power', [person('treatment', 60)], { holdout: 0 });
    expect(none).toHaveLength(1);
    const report = await reports.lifts.lift({ ref: 'no-power' });
    expect(report.power).toBeNull();
    expect(report.undefinedBecause.power).toBe('no_control');
  });
});

describe('curves', () => {
  it('count from entry to the first order; who is still watched leaves when the report ends', async () => {
    await campaignOf('curves', [
      person('treatment', 30, [2, 100], [4, 100]),
      person('treatment', 30, [5, 100]),
      person('treatment', 30),
      person('treatment', 4), // leaves after 4 days
      person('holdout', 30, [5, 100]),
      person('holdout', 30, [11, 100]), // after the window
      person('holdout', 2),
    ]);
    const { curves, undefinedBecause } = await reports.lifts.lift({ ref: 'curves', window: 'P10D' });
    expect(curves?.unit).toBe('day');
    expect(curves?.treatment).toHaveLength(11);
    const at = (arm: 'treatment' | 'holdout', day: number) => curves?.[arm][day];
    expect(at('treatment', 0)).toEqual({ at: 0, atRisk: 4, survival: 1, ci: null, events: 0 });
    expect(at('treatment', 2)).toMatchObject({ atRisk: 4, survival: 0.75, events: 1 });
    expect(at('treatment', 4)).toMatchObject({ atRisk: 3, survival: 0.75 });
    expect(at('treatment', 5)).toMatchObject({ at: 5, atRisk: 2, survival: 0.375, events: 2 });
    expect(at('holdout', 5)).toMatchObject({ atRisk: 2, survival: 0.5, events: 1 });
    expect(at('holdout', 10)).toMatchObject({ atRisk: 1, survival: 0.5, events: 1 });
    // At day 2: 1 of 7 expected 4/7; at day 5: 2 of 4, 2 of each arm at risk, expected 1.
    const variance = (4 / 7) * (3 / 7) + (2 * (1 / 4) * 2) / 3;
    expect(curves?.logRank?.chiSquare).toBeCloseTo((2 - 4 / 7 - 1) ** 2 / variance, 9);
    expect(undefinedBecause['curves.treatment[].ci']).toBe('nobody_or_everybody_came_back_so_far');
  });

  it('by the hour in a window of hours, and null with nobody', async () => {
    await campaignOf('hours', [person('treatment', 10, [0.125, 100]), person('holdout', 10)]);
    const { curves } = await reports.lifts.lift({ ref: 'hours', window: 'PT12H' });
    expect(curves?.unit).toBe('hour');
    expect(curves?.treatment.map(({ survival }) => survival)).toEqual([1, 1, 1, ...Array<number>(10).fill(0)]);
    await campaignOf('empty', []);
    const empty = await reports.lifts.lift({ ref: 'empty' });
    expect([empty.curves, empty.undefinedBecause.curves]).toEqual([null, 'nobody_entered']);
    expect([empty.balance, empty.undefinedBecause.balance]).toEqual([null, 'no_mature_customers']);
    expect(empty.undefinedBecause['borrowedTime[0].ci']).toBe('no_mature_customers');
  });
});

describe('borrowed time', () => {
  it('the lift after one, two and three windows, each with its own maturity', async () => {
    await campaignOf('borrowed', [
      person('treatment', 40, [5, 100]),
      person('treatment', 25, [15, 100]),
      person('holdout', 40, [25, 100]),
      person('holdout', 15),
    ]);
    const { borrowedTime } = await reports.lifts.lift({ ref: 'borrowed', window: 'P10D' });
    expect(borrowedTime?.map(({ days, treatment, holdout, immature }) => [days, treatment, holdout, immature])).toEqual(
      [
        [10, { customers: 2, repurchasers: 1, rate: 0.5 }, { customers: 2, repurchasers: 0, rate: 0 }, zero(0, 0)],
        [20, { customers: 2, repurchasers: 2, rate: 1 }, { customers: 1, repurchasers: 0, rate: 0 }, zero(0, 1)],
        [30, { customers: 1, repurchasers: 1, rate: 1 }, { customers: 1, repurchasers: 1, rate: 1 }, zero(1, 1)],
      ],
    );
    const long = await reports.lifts.lift({ ref: 'borrowed', window: 'P200D' });
    expect(long.undefinedBecause['borrowedTime[1].ci']).toBe('beyond_365_days');
  });
  const zero = (treatment: number, holdout: number) => ({ treatment, holdout });
});

describe('the past', () => {
  it('balances orders and revenue of the year before, and adjusts revenue by it', async () => {
    await campaignOf('past', [
      person('treatment', 60, [-400, 9900], [-365, 1000], [-1, 2000], [3, 4000]),
      person('treatment', 60, [-10, 500], [3, 1000]),
      person('holdout', 60, [-10, 1500], [3, 2500]),
      person('holdout', 60),
      person('holdout', 5, [-3, 70_000]), // immature
    ]);
    const { balance, revenueLift } = await reports.lifts.lift({ ref: 'past', window: 'P14D' });
    expect(balance).toMatchObject({
      days: 365,
      orders: { treatment: 1.5, holdout: 0.5, standardisedDifference: 1 / Math.sqrt(0.5) },
      revenue: { treatment: 17.5, holdout: 7.5 },
    });
    // x: 30, 5 | 15, 0; y: 40, 10 | 25, 0
    const theta =
      (17.5 * 21.25 + 7.5 * 8.75 + 2.5 * 6.25 + 12.5 * 18.75) / (17.5 ** 2 + 7.5 ** 2 + 2.5 ** 2 + 12.5 ** 2);
    expect(revenueLift.cuped?.theta).toBeCloseTo(theta, 9);
    expect(revenueLift.cuped?.perCustomer).toBeCloseTo(12.5 - theta * 10, 9);
    expect(revenueLift.cuped?.broughtNothing).toBe(false);
  });

  it('an order at the very moment of entry is not the past; a refund is taken off; a renewal is none', async () => {
    const campaign = await facts.campaign('edges', { holdout: 0.5 });
    for (const arm of ['treatment', 'holdout'] as const) {
      const customer = await facts.customer();
      await facts.enrollment({ customer, campaign, enteredAt: daysAgo(60), arm });
      await facts.order({ customer, placedAt: daysAgo(60), total: 100 });
      await facts.order({ customer, placedAt: daysAgo(70), total: 900, origin: 'renewal' });
      await facts.order({ customer, placedAt: daysAgo(80), total: 50, refunds: [{ amount: 80, at: daysAgo(79) }] });
      const refunds = [{ amount: 300, at: daysAgo(20) }];
      await facts.order({ customer, placedAt: daysAgo(90), total: 1000, refunds });
    }
    await reports.settle();
    const now = await reports.lifts.lift({ ref: 'edges', window: 'P14D' });
    expect(now.balance).toMatchObject({ orders: { treatment: 1, holdout: 1 }, revenue: { treatment: 7, holdout: 7 } });
    expect(now.undefinedBecause['balance.revenue.standardisedDifference']).toBe('few_customers');
    expect(now.undefinedBecause['revenueLift.cuped']).toBe('few_customers');
    const before = await reports.lifts.lift({ ref: 'edges', window: 'P14D', asOf: new Date(daysAgo(30)) });
    expect(before.balance?.revenue).toMatchObject({ treatment: 10 });
  });
});

describe('subgroups', () => {
  it('by what was stored at entry, with intervals that share 5 %', async () => {
    const people = Array.from({ length: 60 }, (_, i) =>
      person(i % 2 ? 'holdout' : 'treatment', 60, ...((i % 4 === 0 ? [[3, 1000]] : []) as Person['orders'])),
    );
    const ids = await campaignOf('groups', people);
    await db.database.query(
      `update enrollments e set attributes = jsonb_build_object('stage', 'lapsed', 'locale',
           case when u.i % 3 = 0 then 'it' when u.i % 3 = 1 then 'en' end, 'firstProduct', 'P' || (u.i % 10), 'tenureDays', u.i * 8)
       from unnest($1::uuid[]) with ordinality as u (id, i) where e.id = u.id and u.i <= 58`,
      [ids],
    );
    const { subgroups, undefinedBecause } = await reports.lifts.lift({ ref: 'groups', window: 'P14D' });
    const of = (attribute: string) => subgroups?.groups.filter((group) => group.attribute === attribute) ?? [];
    const sizes = (attribute: string) =>
      of(attribute).map(({ value, treatment, holdout }) => [value, treatment.customers + holdout.customers]);
    expect(sizes('stage')).toEqual([
      ['lapsed', 58],
      ['unknown', 2],
    ]);
    expect(sizes('locale')).toEqual([
      ['en', 20],
      ['it', 19],
      ['none', 19],
      ['unknown', 2],
    ]);
    expect(sizes('firstProduct').map(([value]) => value)).toEqual(['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'other']);
    expect(Object.fromEntries(sizes('tenure'))).toEqual({
      'under 30 days': 3,
      '30 to 179 days': 19,
      '180 to 364 days': 23,
      '365 days or more': 13,
      unknown: 2,
    });
    const lapsed = of('stage')[0];
    expect(lapsed?.treatment).toEqual({ customers: 29, repurchasers: 15, rate: 15 / 29 });
    expect(lapsed?.absolute).toBeCloseTo(15 / 29, 12);
    const comparisons = subgroups?.groups.filter(({ ci }) => ci !== null).length ?? NaN;
    expect(subgroups).toMatchObject({ comparisons, level: 1 - 0.05 / comparisons });
    const z = normalQuantile(0.05 / comparisons);
    expect(lapsed?.ci).toEqual(newcombeDifference({ x: 15, n: 29 }, { x: 0, n: 29 }, z));
    for (const [i, group] of (subgroups?.groups ?? []).entries())
      expect(undefinedBecause[`subgroups.groups[${i}].ci`]).toBe(group.ci ? undefined : 'an_arm_is_empty');
  });

  it('nothing stored: nothing to compare', async () => {
    await campaignOf('no-groups', [person('treatment', 60), person('holdout', 60)]);
    const report = await reports.lifts.lift({ ref: 'no-groups', window: 'P14D' });
    expect([report.subgroups, report.undefinedBecause.subgroups]).toEqual([null, 'nothing_stored_at_entry_differs']);
    expect(report.splits).toEqual([]);
  });
});

describe('splits', () => {
  it('compare the ways of those who reached the split, of the treatment alone', async () => {
    const came = (i: number): Person['orders'] => (i % 5 < 2 ? [[3, 1000]] : []);
    const people = Array.from({ length: 40 }, (_, i) => person(i < 36 ? 'treatment' : 'holdout', 60, ...came(i)));
    const ids = await campaignOf('split', people);
    await db.database.query(
      `update campaign_versions v set program = '{"instructions": [{"op": "email"}, {"op": "split"}]}'
       from campaigns c where c.id = v.campaign_id and c.key = 'split'`,
    );
    await db.database.query(
      `insert into enrollment_decisions (enrollment_id, customer_id, campaign_id, at, step, kind, outcome, values)
       select e.id, e.customer_id, e.campaign_id, e.entered_at + n * interval '1 day', 'steps[1]', 'split',
         (array['a', 'b', 'c'])[((u.i + n) % 3 + 1)::int], '{"key": "subject"}'
       from unnest($1::uuid[]) with ordinality as u (id, i) join enrollments e on e.id = u.id, generate_series(0, 1) n
       where u.i > 6`,
      [ids],
    );
    const { splits } = await reports.lifts.lift({ ref: 'split', window: 'P14D' });
    expect(splits).toHaveLength(1);
    const [split] = splits ?? [];
    expect(split?.arms.map(({ name, customers, repurchasers }) => [name, customers, repurchasers])).toEqual([
      ['a', 10, 4],
      ['b', 10, 4],
      ['c', 10, 4],
    ]);
    expect(split?.level).toBeCloseTo(1 - 0.05 / 3, 12);
    expect(split?.pairs.map(({ a, b }) => a + b)).toEqual(['ab', 'ac', 'bc']);
    const z = normalQuantile(0.05 / 3);
    expect(split?.pairs[0]?.ci).toEqual(newcombeDifference({ x: 4, n: 10 }, { x: 4, n: 10 }, z));
  });
});

describe('which sections', () => {
  it('a heavy one that was not asked for says so', async () => {
    await campaignOf('asked', [person('treatment', 60), person('holdout', 60)]);
    const report = await reports.lifts.lift({ ref: 'asked', include: new Set(['curves']) });
    expect(report.curves).not.toBeNull();
    expect([report.balance, report.undefinedBecause.balance]).toEqual([null, 'ask_by_include']);
    expect(report.power).not.toBeNull();
  });
});
