import { randomUUID } from 'node:crypto';
import { FixedClock } from '../../../src/kernel/clock';
import { recountCustomers } from '../../../src/orders/data/ingest.sql';
import { type AppConfig } from '../../../src/platform/config/config';
import { ReportsDatabase } from '../../../src/reports/data/reports-database';
import { LifecycleReports } from '../../../src/reports/lifecycle-report.service';
import { ReportHeads } from '../../../src/reports/report-heads';
import { SourceActivities } from '../../../src/reports/source-activity';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MeasuredFacts, type MessageFacts } from '../../support/measured-facts';
import { COUNTED_FIGURES } from '../../support/metric-examples/counted';
import { differences, type Example, EXAMPLES } from '../../support/metric-examples/page';
import { reportServices } from '../../support/report-services';

const NOW = new Date('2026-06-01T00:00:00Z');
const ZONE = 'Europe/Rome';
const DAY = 86_400_000;
const DUE = new Date('2026-03-02T09:00:00Z');

/** One mail of the step, its times in days after it was due; `ordered` in days after the sending. */
interface Mailed {
  status: string;
  reason?: string;
  opened?: number;
  machineOpened?: number;
  clicked?: number;
  bounced?: number;
  ordered?: number;
}

/** Who exists since when, and the days of their orders. */
interface Population {
  from: string;
  to: string;
  people: Array<{ created: string; orders: string[] }>;
}

let db: TestDatabase;
let facts: MeasuredFacts;
beforeAll(async () => {
  db = await createTestDatabase();
  facts = new MeasuredFacts(db.database);
});
afterAll(() => db.close());

const after = (days: number): string => new Date(DUE.getTime() + days * DAY).toISOString();

async function funnelStep({ window, mails }: { window: string; mails: Mailed[] }): Promise<unknown> {
  const key = `c${randomUUID()}`;
  const campaign = await facts.campaign(key, {}, { steps: ['mail'] });
  for (const { status, reason, ordered, ...times } of mails) {
    const customer = await facts.customer();
    const enrollment = await facts.enrollment({ customer, campaign, enteredAt: after(0) });
    const told = Object.entries(times).map(([name, days]) => [`${name}At`, after(days)]);
    await facts.message({
      ...{ customer, campaign, enrollment, dueAt: after(0), step: 'mail', status, ...(reason ? { reason } : {}) },
      ...(Object.fromEntries(told) as Partial<MessageFacts>),
    });
    if (ordered !== undefined) await facts.order({ customer, placedAt: after(ordered) });
  }
  const reports = reportServices(db.database, NOW);
  await reports.settle();
  return (await reports.funnels.funnel({ ref: key, window })).steps[0];
}

async function stageFlows({ from, to, people }: Population): Promise<unknown> {
  await db.database.execute('truncate customers, orders, customer_orders cascade');
  for (const { created, orders } of people) {
    const customer = await facts.customer();
    await db.database.execute('update customers set created_at = $2 where id = $1', [customer, new Date(created)]);
    for (const day of orders) await facts.order({ customer, placedAt: `${day}T10:00:00Z` });
    // As the intake leaves it behind.
    await db.database.execute(recountCustomers([customer], ZONE));
  }
  const config = { store: { timezone: ZONE, currency: 'EUR' } } as AppConfig;
  const reader = new ReportsDatabase(config, db.database);
  const heads = new ReportHeads(new FixedClock(NOW), new SourceActivities(), reader);
  return new LifecycleReports(reader, heads, config).stages({ at: to, from, to });
}

const RUN: Record<string, (input: never) => Promise<unknown>> = { funnelStep, stageFlows };

describe('the page of metrics: what is counted in the database', () => {
  const counted = EXAMPLES.filter(([, { figure }]) => COUNTED_FIGURES.has(figure));

  it.each(counted)('%s comes out', async (_, { figure, input, output, digits }: Example) => {
    expect(differences(await RUN[figure]?.(input as never), output, digits)).toEqual([]);
  });

  it('is all of it', () => {
    expect(Object.keys(RUN).sort()).toEqual([...COUNTED_FIGURES].sort());
    expect(new Set(counted.map(([, { figure }]) => figure))).toEqual(COUNTED_FIGURES);
  });
});
