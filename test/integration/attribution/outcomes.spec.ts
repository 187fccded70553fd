import { AttributionPersonalData } from '../../../src/attribution/attribution-personal-data';
import { CreditLedger } from '../../../src/attribution/data/credit-ledger';
import { OutcomesWork } from '../../../src/attribution/jobs/outcomes.work';
import { Outcomes } from '../../../src/attribution/outcomes';
import { PersonalDataOwners } from '../../../src/customers/personal-data';
import { drainDueWork } from '../../../src/platform/jobs/drain-due-work';
import { DueWorkRegistry } from '../../../src/platform/jobs/due-work';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MeasuredFacts } from '../../support/measured-facts';

const NOW = new Date('2026-03-20T12:00:00Z');

let db: TestDatabase;
let facts: MeasuredFacts;
let work: OutcomesWork;
let outcomes: Outcomes;

beforeAll(async () => {
  db = await createTestDatabase();
  facts = new MeasuredFacts(db.database);
  outcomes = new Outcomes(new CreditLedger());
  work = new OutcomesWork(db.database, outcomes, new DueWorkRegistry());
});
afterAll(() => db.close());

const settle = (now = NOW) => drainDueWork([work], now);
const outcomesOf = (orderId: string) =>
  db.database.query<{ enrollmentId: string; counting: boolean; amount: number | null; over: number }>(
    `select enrollment_id as "enrollmentId", counting, amount_minor as amount, over_refunded_minor as over
     from outcomes where order_id = $1 order by enrollment_id`,
    [orderId],
  );
const ledgerOf = (orderId: string, model = 'last_click') =>
  db.database.query<{ messageId: string; kind: string; amount: number }>(
    `select message_id as "messageId", kind, amount_minor as amount from credits where order_id = $1 and model = $2
     order by id`,
    [orderId, model],
  );

let serial = 0;
const campaign = () => facts.campaign(`outcomes-${serial++}`, {});

describe('outcomes', () => {
  it('matches an order to every enrollment of the customer in the 365 days before it', async () => {
    const customer = await facts.customer();
    const [a, b] = [await campaign(), await campaign()];
    const enteredAt = ['2025-03-10T12:00:00.000Z', '2025-03-10T11:59:59.999Z', '2026-03-10T11:59:59.000Z'];
    const [atEdge, , last] = [
      await facts.enrollment({ customer, campaign: a, enteredAt: enteredAt[0] ?? '' }),
      await facts.enrollment({ customer, campaign: a, enteredAt: enteredAt[1] ?? '' }),
      await facts.enrollment({ customer, campaign: b, enteredAt: enteredAt[2] ?? '', arm: 'holdout' }),
    ];
    await facts.enrollment({ customer, campaign: b, enteredAt: '2026-03-10T12:00:00Z' });
    await facts.enrollment({ customer: await facts.customer(), campaign: b, enteredAt: '2026-03-01T12:00:00Z' });
    const order = await facts.order({ customer, placedAt: '2026-03-10T12:00:00Z', total: 4990 });
    await settle();
    const rows = await outcomesOf(order);
    expect(rows.map((row) => row.enrollmentId)).toEqual([atEdge, last].sort());
    expect(rows.every((row) => row.counting && row.amount === 4990)).toBe(true);
  });

  it('leaves out the order that started the enrollment, and renewals', async () => {
    const customer = await facts.customer();
    const id = '018f0000-0000-7000-8000-000000000001';
    const started = await facts.enrollment({
      customer,
      campaign: await campaign(),
      enteredAt: '2026-03-10T11:00:00Z',
      triggerOrder: id,
    });
    await facts.order({ id, customer, placedAt: '2026-03-10T12:00:00Z' });
    const renewal = await facts.order({ customer, placedAt: '2026-03-11T12:00:00Z', origin: 'renewal' });
    const next = await facts.order({ customer, placedAt: '2026-03-12T12:00:00Z' });
    await settle();
    expect(await outcomesOf(id)).toEqual([]);
    expect(await outcomesOf(renewal)).toEqual([]);
    expect((await outcomesOf(next)).map((row) => row.enrollmentId)).toEqual([started]);
  });

  it('follows what becomes of the order: refunds, a cancel, other money', async () => {
    const customer = await facts.customer();
    await facts.enrollment({ customer, campaign: await campaign(), enteredAt: '2026-03-01T12:00:00Z' });
    const order = await facts.order({ customer, placedAt: '2026-03-10T12:00:00Z', total: 1000 });
    const free = await facts.order({ customer, placedAt: '2026-03-10T13:00:00Z', total: 0 });
    const dollars = await facts.order({ customer, placedAt: '2026-03-10T14:00:00Z', total: 1000, storeTotal: 900 });
    const foreign = await facts.order({ customer, placedAt: '2026-03-10T15:00:00Z', total: 1000, storeTotal: null });
    await settle();
    await facts.refund(order, 300, '2026-03-11T12:00:00Z');
    await facts.refund(free, 50, '2026-03-11T12:00:00Z');
    await facts.refund(dollars, 500, '2026-03-11T12:00:00Z');
    await settle();
    expect(await outcomesOf(order)).toMatchObject([{ counting: true, amount: 700, over: 0 }]);
    expect(await outcomesOf(free)).toMatchObject([{ counting: true, amount: 0, over: 50 }]);
    expect(await outcomesOf(dollars)).toMatchObject([{ counting: true, amount: 450, over: 0 }]);
    expect(await outcomesOf(foreign)).toMatchObject([{ counting: true, amount: null, over: 0 }]);
    await facts.refund(order, 800, '2026-03-12T12:00:00Z');
    await facts.setStatus(dollars, 'cancelled');
    await settle();
    expect(await outcomesOf(order)).toMatchObject([{ counting: false, amount: 0, over: 100 }]);
    expect(await outcomesOf(dollars)).toMatchObject([{ counting: false }]);
  });

  it('looks again: an enrollment that was committed just after the order had been matched', async () => {
    const customer = await facts.customer();
    const order = await facts.order({ customer, placedAt: NOW.toISOString() });
    await settle();
    expect(await outcomesOf(order)).toEqual([]);
    const late = await facts.enrollment({
      customer,
      campaign: await campaign(),
      enteredAt: new Date(NOW.getTime() - 1000).toISOString(),
    });
    const due = await work.nextDueAt();
    expect(due?.getTime()).toBe(NOW.getTime() + 5 * 60_000);
    await settle(due ?? NOW);
    expect((await outcomesOf(order)).map((row) => row.enrollmentId)).toEqual([late]);
    expect(await work.nextDueAt()).toBeNull();
  });

  it('an order of the future is looked at again when it is placed; history is not', async () => {
    const customer = await facts.customer();
    await facts.order({ customer, placedAt: '2026-03-21T12:00:00Z' });
    await facts.order({ customer, placedAt: '2026-01-01T12:00:00Z' });
    await settle(NOW);
    expect(await work.nextDueAt()).toEqual(new Date('2026-03-21T12:05:00Z'));
    await settle(new Date('2026-03-22T00:00:00Z'));
  });

  it('a merge has the orders of the one who stays matched anew', async () => {
    const [from, into] = [await facts.customer(), await facts.customer()];
    const enrollment = await facts.enrollment({
      customer: from,
      campaign: await campaign(),
      enteredAt: '2026-03-01T12:00:00Z',
    });
    const order = await facts.order({ customer: into, placedAt: '2026-03-10T12:00:00Z' });
    await settle();
    expect(await outcomesOf(order)).toEqual([]);
    const owner = new AttributionPersonalData(outcomes, new PersonalDataOwners());
    await db.database.transaction(async (tx) => {
      await tx.query('update enrollments set customer_id = $2 where customer_id = $1', [from, into]);
      await owner.merge(tx, [{ from, into }], NOW);
    });
    await settle();
    expect((await outcomesOf(order)).map((row) => row.enrollmentId)).toEqual([enrollment]);
    expect(await owner.export(db.database, { customerId: into, emails: [], externalIds: [] })).toMatchObject({
      outcomes: [{ enrollmentId: enrollment, orderId: order }],
      credits: [],
    });
    await owner.erase();
  });

  it('is written by one process at a time', async () => {
    const customer = await facts.customer();
    await facts.order({ customer, placedAt: '2026-03-10T12:00:00Z' });
    await db.database.transaction(async (tx) => {
      expect(await outcomes.workOff(tx, NOW, 10)).toBe(1);
      expect(await work.runDue(NOW, 10)).toBe(0);
      expect(await work.nextDueAt()).not.toBeNull();
    });
    expect(await work.runDue(NOW, 10)).toBe(0);
    expect(await work.nextDueAt()).toBeNull();
  });

  it('takes a bounded set, in few statements', async () => {
    const customer = await facts.customer();
    await facts.enrollment({ customer, campaign: await campaign(), enteredAt: '2026-03-01T12:00:00Z' });
    for (let i = 0; i < 30; i++) await facts.order({ customer, placedAt: '2026-03-10T12:00:00Z' });
    let statements = 0;
    const done = await db.database.transaction((tx) => {
      const counted = new Proxy(tx, {
        get(target, name) {
          if (name === 'query' || name === 'execute') statements++;
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
      return outcomes.workOff(counted, NOW, 20);
    });
    expect(done).toBe(20);
    expect(statements).toBeLessThanOrEqual(7);
    await settle();
  });
});

describe('ledger of credits', () => {
  async function touched(clicks: Array<{ step: string; at: string; machine?: boolean; kind?: 'open' | 'click' }>) {
    const customer = await facts.customer();
    const campaignId = await campaign();
    const enrollment = await facts.enrollment({ customer, campaign: campaignId, enteredAt: '2026-03-01T12:00:00Z' });
    const messages: string[] = [];
    for (const { step, ...hit } of clicks) {
      const message = await facts.message({
        customer,
        campaign: campaignId,
        enrollment,
        step,
        dueAt: '2026-03-02T12:00:00Z',
      });
      messages.push(message);
      await facts.hit({ message, customer, ...hit });
    }
    return { customer, messages };
  }

  it('credits the last click and the last touch, reverses on a refund and a cancel, never rewrites', async () => {
    const { customer, messages } = await touched([
      { step: 'one', at: '2026-03-05T12:00:00Z' },
      { step: 'two', at: '2026-03-08T12:00:00Z', kind: 'open' },
      { step: 'three', at: '2026-03-09T12:00:00Z', machine: true },
      { step: 'four', at: '2026-03-10T12:00:01Z' },
    ]);
    const [clicked, opened] = messages;
    const order = await facts.order({ customer, placedAt: '2026-03-10T12:00:00Z', total: 1000 });
    await settle();
    await settle();
    expect(await ledgerOf(order)).toEqual([{ messageId: clicked, kind: 'credit', amount: 1000 }]);
    expect(await ledgerOf(order, 'last_touch')).toEqual([{ messageId: opened, kind: 'credit', amount: 1000 }]);
    await facts.refund(order, 250, '2026-03-11T12:00:00Z');
    await settle();
    await facts.setStatus(order, 'cancelled');
    await settle();
    await facts.setStatus(order, 'paid');
    await settle();
    expect(await ledgerOf(order)).toEqual([
      { messageId: clicked, kind: 'credit', amount: 1000 },
      { messageId: clicked, kind: 'reversal', amount: -250 },
      { messageId: clicked, kind: 'reversal', amount: -750 },
      { messageId: clicked, kind: 'credit', amount: 750 },
    ]);
  });

  it('splits by the other models to the cent, and takes a refund back in the same proportions', async () => {
    const { customer, messages } = await touched([
      { step: 'one', at: '2026-03-03T12:00:00Z' },
      { step: 'two', at: '2026-03-05T12:00:00Z', kind: 'open' },
      { step: 'three', at: '2026-03-10T12:00:00Z' },
    ]);
    const order = await facts.order({ customer, placedAt: '2026-03-10T12:00:00Z', total: 1000 });
    await settle();
    const sums = async (model: string): Promise<Record<string, number>> => {
      const found: Record<string, number> = {};
      for (const { messageId, amount } of await ledgerOf(order, model))
        found[messageId] = (found[messageId] ?? 0) + amount;
      return found;
    };
    const [one = '', two = '', three = ''] = messages;
    expect(await sums('first_touch')).toEqual({ [one]: 1000 });
    // Thirds; what is left over goes to the larger id.
    const [largest = ''] = [...messages].sort().reverse();
    const thirds = Object.fromEntries(messages.map((id) => [id, id === largest ? 334 : 333]));
    expect(await sums('linear')).toEqual(thirds);
    // 2^-1, 2^(-5/7), 1 of their sum 2.109507: 237.02, 288.95, 474.04.
    expect(await sums('time_decay')).toEqual({ [one]: 237, [two]: 289, [three]: 474 });
    await facts.refund(order, 400, '2026-03-11T12:00:00Z');
    await settle();
    expect(await sums('linear')).toEqual(Object.fromEntries(messages.map((id) => [id, 200])));
    // 142.21, 173.37, 284.42 of 600.
    expect(await sums('time_decay')).toEqual({ [one]: 142, [two]: 173, [three]: 285 });
    const kinds = new Set((await ledgerOf(order, 'time_decay')).map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['credit', 'reversal']));
  });

  it('credits nothing to a touch more than seven days before, to a renewal, to a pending order', async () => {
    const { customer } = await touched([{ step: 'one', at: '2026-03-03T11:59:59Z' }]);
    const late = await facts.order({ customer, placedAt: '2026-03-10T12:00:00Z' });
    const renewal = await facts.order({ customer, placedAt: '2026-03-04T12:00:00Z', origin: 'renewal' });
    const pending = await facts.order({ customer, placedAt: '2026-03-04T12:00:00Z', status: 'pending' });
    await settle();
    for (const order of [late, renewal, pending]) expect(await ledgerOf(order)).toEqual([]);
  });

  it('moves the credit when a click from before the order becomes known after it', async () => {
    const { customer, messages } = await touched([
      { step: 'one', at: '2026-03-20T10:00:00Z' },
      { step: 'two', at: '2026-03-01T10:00:00Z' },
    ]);
    const [first, second] = messages;
    const order = await facts.order({ customer, placedAt: NOW.toISOString(), total: 500 });
    await settle();
    await facts.hit({ message: second ?? '', customer, at: '2026-03-20T11:00:00Z' });
    await settle(new Date(NOW.getTime() + 5 * 60_000));
    expect(await ledgerOf(order)).toEqual([
      { messageId: first, kind: 'credit', amount: 500 },
      { messageId: first, kind: 'reversal', amount: -500 },
      { messageId: second, kind: 'credit', amount: 500 },
    ]);
  });
});
