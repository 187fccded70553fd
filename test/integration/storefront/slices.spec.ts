import { LOCK_IDENTITIES } from '../../../src/customers/data/ingest.sql';
import { DeliveryIngest } from '../../../src/storefront/delivery-ingest';
import { FactApplier } from '../../../src/storefront/fact-applier';
import { startTestApp, type TestApp } from '../../support/app';

const NOW = Date.parse('2026-03-02T08:00:00.000Z');
const at = (i: number): string => new Date(NOW - 3_600_000 + i).toISOString();

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());
afterEach(() => jest.restoreAllMocks());

/** However slow the machine that tests, no batch ends for having taken long. */
const untimed = () => jest.spyOn(performance, 'now').mockReturnValue(0);

const query = <Row>(sql: string, values: unknown[] = []) => app.database.query<Row>(sql, values);
const updates = (word: string, count: number, people: number) =>
  Array.from({ length: count }, (_, i) => ({
    id: `${word}-${i}`,
    type: 'customer.updated',
    occurredAt: at(i),
    data: { externalId: `${word}-${i % people}`, firstName: `Name ${i}` },
  }));
/** All are there before any is worked off. */
const send = (events: readonly object[]): Promise<void> =>
  app.database.transaction(async (tx) => {
    await tx.query("select pg_advisory_xact_lock(hashtextextended('ritorno.storefront.ingest', 0))");
    for (let from = 0; from < events.length; from += 1000) {
      const part = events.slice(from, from + 1000);
      await app.request('post', '/api/v1/events').send(part).expect(202);
    }
  });

test('events of one customer in several slices keep their order, in one transaction', async () => {
  untimed();
  const events = updates('often', 2_050, 50);
  // They arrive the wrong way round: the order is that of their versions.
  await send([...events].reverse());
  await app.advance('PT1S');
  const people = await query<{ name: string; said: number; sorted: boolean }>(
    `select c.first_name as name, count(*)::int as said,
       array_agg(e.occurred_at order by e.id) = array_agg(e.occurred_at order by e.occurred_at) as sorted
     from customers c join customer_events e on e.customer_id = c.id and e.type = 'customer.updated'
     where c.external_id like 'often-%' group by c.id`,
  );
  expect(people).toHaveLength(50);
  expect(people.filter(({ said, sorted }) => said !== 41 || !sorted)).toEqual([]);
  expect(people.map(({ name }) => name).sort()).toEqual(
    Array.from({ length: 50 }, (_, i) => `Name ${2_000 + i}`).sort(),
  );
  const [done] = await query<object>(
    `select count(*)::int as processed, max(attempts)::int as attempts, count(distinct xmin::text)::int as transactions
     from deliveries where status = 'processed'`,
  );
  expect(done).toEqual({ processed: 2_050, attempts: 1, transactions: 1 });
});

test('what breaks the second slice is found and kept as failed alone, and nothing is done twice', async () => {
  untimed();
  const applier = app.app.get(FactApplier);
  const real = applier.apply.bind(applier);
  jest.spyOn(applier, 'apply').mockImplementation(async (tx, facts, now) => {
    if (facts.some(({ eventId }) => eventId === 'broken-1060')) tx.post({ text: 'select 1 / 0' });
    return real(tx, facts, now);
  });
  await send(updates('broken', 1_100, 1_100));
  await app.advance('PT1S');
  const told = await query<object>(
    `select status, max(attempts)::int as attempts, count(*)::int as n from deliveries
     where delivery_id like 'broken-%' group by status order by status`,
  );
  expect(told).toEqual([
    { status: 'failed', attempts: 1, n: 1 },
    { status: 'processed', attempts: 1, n: 1_099 },
  ]);
  const [people] = await query<object>(`select count(*)::int as n from customers where external_id like 'broken-%'`);
  expect(people).toEqual({ n: 1_099 });
  const [log] = await query<object>(`select count(*)::int as n from customer_events where event_id like '%:broken-%'`);
  expect(log).toEqual({ n: 1_099 });
});

test('who waits for the locks of a batch gets them before the next batch, however much there is to work off', async () => {
  const ingest = app.app.get(DeliveryIngest);
  const left = async () =>
    (await query<{ n: number }>(`select count(*)::int as n from deliveries where status = 'stored'`))[0]?.n ?? 0;
  await send(updates('queue', 600, 600));
  let leftThen: number | undefined;
  await app.database.transaction(async (holder) => {
    await holder.query(LOCK_IDENTITIES);
    void (async () => {
      while ((await ingest.workOff(new Date(NOW), 100)) > 0);
    })();
    const waiting = async (): Promise<number> =>
      (await query<{ n: number }>('select count(*)::int as n from pg_locks where not granted'))[0]?.n ?? 0;
    // Somebody else comes while the first batch is at the locks.
    while ((await waiting()) < 1) await new Promise((done) => setTimeout(done, 20));
    void app.database.transaction(async (tx) => {
      await tx.query(LOCK_IDENTITIES);
      leftThen = await left();
    });
    while ((await waiting()) < 2) await new Promise((done) => setTimeout(done, 20));
  });
  while ((await left()) > 0 || leftThen === undefined) await new Promise((done) => setTimeout(done, 50));
  // One batch was at the locks before; none that came later overtook.
  expect(leftThen).toBeLessThan(600);
  expect(leftThen).toBeGreaterThanOrEqual(500);
});
