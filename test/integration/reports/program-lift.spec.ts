import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MeasuredFacts } from '../../support/measured-facts';
import { reportServices } from '../../support/report-services';
import { unexplainedNulls } from '../../support/unexplained-nulls';

const NOW = new Date('2026-04-01T00:00:00Z');
const DAY = 86_400_000;
const daysAgo = (days: number): string => new Date(NOW.getTime() - days * DAY).toISOString();

let db: TestDatabase;
let facts: MeasuredFacts;
let reports: ReturnType<typeof reportServices>;

async function period(number: number, share: number, startedAt: number, endedAt: number | null): Promise<string> {
  const id = randomUUID();
  await db.database.execute(
    `insert into global_holdout_periods (id, number, salt, share, drawn_below, started_at, ended_at)
     values ($1, $2, 'salt', $3, '\\x0000000000000000', $4, $5)`,
    [id, number, share, new Date(daysAgo(startedAt)), endedAt === null ? null : new Date(daysAgo(endedAt))],
  );
  return id;
}

async function drawn(
  periodId: string,
  arm: 'treatment' | 'holdout',
  drawnAt: number,
  more: { orderId?: string; excluded?: string } = {},
): Promise<string> {
  const customer = await facts.customer();
  await db.database.execute(
    `insert into global_holdout_draws (period_id, customer_id, arm, drawn_at, trigger_order_id, excluded)
     values ($1, $2, $3, $4, $5, $6)`,
    [periodId, customer, arm, new Date(daysAgo(drawnAt)), more.orderId ?? null, more.excluded ?? null],
  );
  return customer;
}

describe('the lift of the whole programme', () => {
  beforeAll(async () => {
    db = await createTestDatabase();
    facts = new MeasuredFacts(db.database);
    reports = reportServices(db.database, NOW);
  });
  afterAll(() => db.close());

  it('is null, with the reason, while there was never a global holdout', async () => {
    const report = await reports.programs.lift({});
    expect(report).toMatchObject({
      window: 'P30D',
      period: null,
      periods: [],
      verdict: 'not_readable',
      lift: { absolute: null, ci: null },
      arms: { treatment: { customers: 0, rate: null } },
    });
    expect(unexplainedNulls(report)).toEqual([]);
    expect(report.reasons).toContain('no_control');
    expect(report.undefinedBecause).toMatchObject({
      period: 'no_global_holdout',
      'lift.absolute': 'no_global_holdout',
      'arms.holdout.rate': 'no_global_holdout',
    });
    await expect(reports.programs.lift({ period: 1 })).rejects.toMatchObject({ faults: [{ path: 'period' }] });
  });

  it('sets the global holdout against everyone else, watched from the draw', async () => {
    const first = await period(1, 0.5, 200, 100);
    // 30 of 80 against 15 of 80, at 10.00 each.
    for (const [arm, buyers] of [
      ['treatment', 30],
      ['holdout', 15],
    ] as const) {
      for (let i = 0; i < 80; i++) {
        const customer = await drawn(first, arm, 190);
        if (i < buyers) await facts.order({ customer, placedAt: daysAgo(170) });
        // Outside the window, a renewal: not counted.
        else
          await facts.order({
            customer,
            placedAt: daysAgo(i % 2 ? 159 : 180),
            ...(i % 2 ? {} : { origin: 'renewal' }),
          });
      }
    }
    // A window beyond the end of the period, or a merge, leaves out.
    await drawn(first, 'holdout', 129);
    await drawn(first, 'treatment', 190, { excluded: 'merged' });
    const second = await period(2, 0.2, 100, null);
    await drawn(second, 'treatment', 10);

    const report = await reports.programs.lift({ period: 1 });
    expect(report).toMatchObject({
      period: { number: 1, share: 0.5, startedAt: daysAgo(200), endedAt: daysAgo(100) },
      arms: {
        treatment: { customers: 80, repurchasers: 30, rate: 0.375, orders: 30, revenue: 300, revenuePerCustomer: 3.75 },
        holdout: { customers: 80, repurchasers: 15, rate: 0.1875, orders: 15, revenue: 150 },
      },
      immature: { treatment: 0, holdout: 0 },
      excluded: { merged: 1, periodEnded: 1, otherCurrency: 0 },
      lift: { absolute: 0.1875 },
      verdict: 'positive',
      verdictBasis: 'fixed',
      settled: true,
    });
    // Newcombe's method 10 and Welch's t, by arithmetic outside this program.
    expect(report.lift.ci?.[0]).toBeCloseTo(0.0480980672, 9);
    expect(report.lift.ci?.[1]).toBeCloseTo(0.3177144633, 9);
    expect(report.revenueLift.ci?.[0]).toBeCloseTo(0.49263654, 6);

    const latest = await reports.programs.lift({});
    expect(latest).toMatchObject({
      period: { number: 2, share: 0.2, endedAt: null },
      immature: { treatment: 1, holdout: 0 },
      verdict: 'not_readable',
      verdictBasis: 'always_valid',
      periods: [
        { number: 2, customers: { treatment: 0, holdout: 0 }, absolute: null, verdict: 'not_readable' },
        { number: 1, customers: { treatment: 80, holdout: 80 }, absolute: 0.1875, revenuePerCustomer: 1.875 },
      ],
      undefinedBecause: { 'lift.absolute': 'no_mature_customers' },
    });
    expect(unexplainedNulls(latest)).toEqual([]);
    // As of a day in the first period it had not ended, and the second had not begun.
    const before = await reports.programs.lift({ asOf: new Date(daysAgo(155)) });
    expect(before).toMatchObject({ period: { number: 1, endedAt: null }, excluded: { periodEnded: 0 } });
    expect(before.periods).toHaveLength(1);
  });

  it('leaves out the order that brought somebody to the draw', async () => {
    const third = await period(3, 0.5, 90, 40);
    const orderId = randomUUID();
    const customer = await drawn(third, 'treatment', 89, { orderId });
    await facts.order({ id: orderId, customer, placedAt: daysAgo(88) });
    expect((await reports.programs.lift({ period: 3 })).arms.treatment).toMatchObject({ customers: 1, orders: 0 });
  });
});
