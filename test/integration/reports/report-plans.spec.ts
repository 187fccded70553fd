import { type Sql } from '../../../src/platform/database/database';
import { touchedOrders } from '../../../src/reports/data/attribution.sql';
import { funnelConversions, funnelSteps } from '../../../src/reports/data/funnel.sql';
import { liftGroups, liftSplits } from '../../../src/reports/data/lift-groups.sql';
import { liftPast } from '../../../src/reports/data/lift-past.sql';
import type { LiftScope } from '../../../src/reports/data/lift-population.sql';
import { liftTimes, liftWindows } from '../../../src/reports/data/lift-times.sql';
import { liftCounts, liftPeople, type LiftShare } from '../../../src/reports/data/lift.sql';
import { HEAVY } from '../../../src/reports/data/reports-database';
import { type ArmRow, type ArmTotals, countedArms } from '../../../src/reports/domain/arm-totals';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { MeasuredFacts } from '../../support/measured-facts';
import { reportServices } from '../../support/report-services';

/**
 * The statements of the reports stay linear in people: no node of their plans handles more than a few rows a person,
 * with and without statistics. (A self-join of two lists was once planned as a nested loop: 44 s for 10,000 people.)
 */
const PEOPLE = 3_000;
const ROWS_A_PERSON = 12;
const NOW = new Date('2026-04-20T00:00:00Z');

interface PlanNode {
  'Node Type': string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  Plans?: PlanNode[];
}

let db: TestDatabase;
let scope: LiftScope;

beforeAll(async () => {
  db = await createTestDatabase();
  const facts = new MeasuredFacts(db.database);
  const campaignId = await facts.campaign('big', { holdout: 0.2 });
  scope = { campaignId, epoch: 1, windowMs: 14 * 86_400_000, start: 'entry', asOf: NOW };
  await fill(campaignId);
  await reportServices(db.database, NOW).settle();
});
afterAll(() => db.close());

/** People enrolled over 60 days, two orders each over half a year, two mails, every fifth clicked, some refunds. */
async function fill(campaignId: string): Promise<void> {
  const run = (text: string, values: unknown[] = []) => db.database.query(text, values);
  const hash = (of: string, n: number) => `(abs(hashtext(${of}::text)) % ${n})`;
  await run(
    `insert into customers (id, external_id, created_at, recorded_at, updated_at)
     select gen_random_uuid(), 'x' || i, $2, $2, $2 from generate_series(1, $1::int) i`,
    [PEOPLE, new Date('2025-01-01T00:00:00Z')],
  );
  await run(
    `insert into enrollments (id, customer_id, campaign_id, version, epoch, arm, arm_reason, status, position, entered_at,
       ended_at)
     select gen_random_uuid(), id, $1, 1, 1, case ${hash('id', 5)} when 0 then 'holdout' else 'treatment' end, 'drawn',
       'completed', 0, $2::timestamptz + ${hash('id', 60)} * interval '1 day', $2::timestamptz + interval '90 days'
     from customers`,
    [campaignId, new Date('2026-01-01T00:00:00Z')],
  );
  await run(
    `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, currency, total_minor,
       store_total_minor, counting, recorded_at)
     select gen_random_uuid(), gen_random_uuid()::text, id, p, p, 'e', 'paid', 'EUR', 2000, 2000, true, p
     from (select c.id, $1::timestamptz + ${hash('c.id::text || n', 180)} * interval '1 day' as p
       from customers c, generate_series(1, 2) n) x`,
    [new Date('2025-10-15T00:00:00Z')],
  );
  await run(`insert into order_changes (order_id, at) select id, placed_at from orders where placed_at < $1`, [NOW]);
  await run(
    `insert into messages (id, origin, origin_id, enrollment_id, campaign_id, customer_id, step, status, basis, due_at,
       queued_at, expires_at, sent_at)
     select gen_random_uuid(), 'enrollment', id, id, campaign_id, customer_id, s.name,
       case arm when 'holdout' then 'held_out' else 'sent' end, 'consent', entered_at, entered_at, entered_at, entered_at
     from enrollments, (values ('one'), ('two')) s (name)`,
  );
  await run(
    `insert into hits (id, message_id, customer_id, kind, link_index, at, machine, rule_version, method)
     select gen_random_uuid(), id, customer_id, 'click', 0, sent_at + interval '1 day', false, 1, 'GET'
     from messages where status = 'sent' and ${hash('id', 5)} = 0`,
  );
}

async function heaviest({ text, values = [] }: Sql, settings?: Sql): Promise<{ node: string; rows: number }> {
  const [answer] = await db.database.transaction(async (tx) => {
    if (settings) await tx.query(settings);
    return tx.query<{ 'QUERY PLAN': Array<{ Plan: PlanNode }> }>({
      text: `explain (analyze, timing off, format json) ${text}`,
      values,
    });
  });
  const nodes: Array<{ node: string; rows: number }> = [];
  const walk = (plan: PlanNode): void => {
    const handled =
      plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Join Filter'] ?? 0);
    nodes.push({ node: plan['Node Type'], rows: handled * plan['Actual Loops'] });
    plan.Plans?.forEach(walk);
  };
  const top = answer?.['QUERY PLAN'][0]?.Plan;
  if (!top) throw new Error('no plan');
  walk(top);
  return nodes.reduce((worst, node) => (node.rows > worst.rows ? node : worst));
}

describe.each(['without statistics', 'with statistics'])('%s', (statistics) => {
  beforeAll(async () => {
    if (statistics === 'with statistics') await db.database.query('analyze');
  });

  it.each([
    ['curves', () => liftTimes(scope, [0, 86_400_000])],
    ['borrowed time', () => liftWindows(scope)],
    ['the past', () => liftPast(scope)],
    ['subgroups', () => liftGroups(scope)],
    ['splits', () => liftSplits(scope)],
    ['a page of rows', () => liftPeople(scope, null, 500)],
    ['attribution', () => touchedOrders(scope.campaignId, 7 * 86_400_000, NOW)],
  ] as Array<[string, () => Sql]>)('%s', async (_name, statement) => {
    const worst = await heaviest(statement());
    expect(worst.rows).toBeLessThan(PEOPLE * ROWS_A_PERSON);
  });

  it.each([
    ['lift', () => liftCounts(scope, null)],
    ['a share of it', () => liftCounts(scope, { side: 'from', customerId: '80000000-0000-4000-8000-000000000000' })],
    ['lift from the first step', () => liftCounts({ ...scope, start: 'first_due' }, null)],
    ['lift as of an earlier instant', () => liftCounts({ ...scope, asOf: new Date('2026-03-01T00:00:00Z') }, null)],
    ['funnel', () => funnelSteps(scope.campaignId, NOW)],
    ['conversions', () => funnelConversions(scope.campaignId, scope.windowMs, NOW)],
    [
      'earlier conversions',
      () => funnelConversions(scope.campaignId, scope.windowMs, new Date('2026-03-01T00:00:00Z')),
    ],
  ] as Array<[string, () => Sql]>)('%s, as a heavy statement', async (_name, statement) => {
    const worst = await heaviest(statement(), HEAVY);
    expect(worst.rows).toBeLessThan(PEOPLE * ROWS_A_PERSON);
  });
});

it('two shares of a campaign say together what one statement says of all', async () => {
  const rows = (share: LiftShare | null) => db.database.query<ArmRow>(liftCounts(scope, share));
  const whole = countedArms(await rows(null), scope);
  const [middle] = await db.database.query<{ customerId: string }>(
    'select customer_id as "customerId" from enrollments order by customer_id offset 1000 limit 1',
  );
  const customerId = middle?.customerId ?? '';
  const shares = [await rows({ side: 'below', customerId }), await rows({ side: 'from', customerId })];
  const together = countedArms(shares.flat(), scope);
  const sorted = ({ spent, ...arm }: ArmTotals) => ({ ...arm, spent: [...spent].sort((a, b) => a - b) });
  expect(shares.every((share) => share.length > 0)).toBe(true);
  expect({ ...together, treatment: sorted(together.treatment), holdout: sorted(together.holdout) }).toEqual({
    ...whole,
    treatment: sorted(whole.treatment),
    holdout: sorted(whole.holdout),
  });
});
