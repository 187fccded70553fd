import { randomUUID } from 'node:crypto';
import { AuditLog } from '../../../src/access/audit';
import { CustomerEvents } from '../../../src/customers/customer-events';
import { EventListeners } from '../../../src/customers/event-listeners';
import { FactChanges } from '../../../src/customers/fact-changes';
import { FixedClock } from '../../../src/kernel/clock';
import { type AppConfig } from '../../../src/platform/config/config';
import { LapseThresholds } from '../../../src/predictions/lapse-thresholds';
import { earliestLastDay, lockCrossing } from '../../../src/segments/data/stages.sql';
import { Lifecycle } from '../../../src/segments/lifecycle';
import { StagePersonalData } from '../../../src/segments/stage-personal-data';
import { Stages, type StageTouchRequest } from '../../../src/segments/stages';
import { createTestDatabase, type TestDatabase } from '../../support/database';

const NOON = '2026-03-02T11:00:00.000Z';
const config = { store: { timezone: 'Europe/Rome', currency: 'EUR' } } as AppConfig;

describe('stages', () => {
  let db: TestDatabase;
  let stages: Stages;
  let lifecycle: Lifecycle;
  const clock = new FixedClock(new Date(NOON));

  beforeEach(async () => {
    clock.set(new Date(NOON));
    db = await createTestDatabase();
    const { database } = db;
    lifecycle = new Lifecycle(
      database,
      clock,
      config,
      new LapseThresholds(config),
      new AuditLog(database, clock, config),
    );
    stages = new Stages(
      database,
      config,
      lifecycle,
      new CustomerEvents(new EventListeners(), new FactChanges()),
      new FactChanges(),
    );
  });
  afterEach(() => db.close());

  /** A customer with so many orders, the last on that day; orders come and go by calling it again. */
  const bought = async (count: number, lastDay: string | null, id: string = randomUUID()): Promise<string> => {
    await db.database.execute(
      `insert into customers (id, created_at, recorded_at, updated_at) values ($1, $2, $2, $2) on conflict do nothing`,
      [id, clock.now()],
    );
    await db.database.execute(
      `insert into customer_orders (customer_id, count, total_minor, last_day) values ($1, $2, 0, $3)
       on conflict (customer_id) do update set count = excluded.count, last_day = excluded.last_day`,
      [id, count, lastDay],
    );
    return id;
  };
  const touch = (customerId: string, cause: StageTouchRequest['cause'] = 'order', starts = true, orderId?: string) =>
    db.database.transaction((tx) =>
      stages.touch(tx, [{ customerId, cause, starts, ...(orderId ? { orderId } : {}) }], clock.now()),
    );
  const stageOf = async (id: string) =>
    (
      await db.database.query<{ stage: string; since: Date }>(
        'select stage, since from customer_stages where customer_id = $1',
        [id],
      )
    )[0];
  const history = (id: string) =>
    db.database.query(
      'select from_stage as "from", to_stage as "to", cause from stage_transitions where customer_id = $1 order by id',
      [id],
    );
  const told = async (id: string): Promise<string[]> =>
    (
      await db.database.query<{ type: string; properties: { segment: string; cause: string } }>(
        'select type, properties from customer_events where customer_id = $1 and starts order by id',
        [id],
      )
    ).map(({ type, properties }) => `${type} ${properties.segment} ${properties.cause}`);

  it('makes a newcomer a prospect without a transition', async () => {
    const id = await bought(0, null);
    await touch(id, 'created');
    expect(await stageOf(id)).toEqual({ stage: 'prospect', since: clock.now() });
    expect(await history(id)).toEqual([]);
    expect(await told(id)).toEqual(['segment.entered prospect created']);
  });

  it('follows orders and refunds, and tells campaigns with the order behind it', async () => {
    const id = await bought(1, '2026-03-01');
    const orderId = randomUUID();
    await touch(id, 'order', true, orderId);
    await bought(2, '2026-03-02', id);
    await touch(id);
    await bought(0, null, id);
    await touch(id, 'refund');
    expect(await history(id)).toEqual([
      { from: null, to: 'recent', cause: 'order' },
      { from: 'recent', to: 'repeat', cause: 'order' },
      { from: 'repeat', to: 'prospect', cause: 'refund' },
    ]);
    expect(await told(id)).toEqual([
      'segment.entered recent order',
      'segment.left recent order',
      'segment.entered repeat order',
      'segment.left repeat refund',
      'segment.entered prospect refund',
    ]);
    const [first] = await db.database.query<{ reference: string }>(
      'select reference from customer_events order by id limit 1',
    );
    expect(first?.reference).toBe(orderId);
  });

  it('is silent for imports, merges and late facts, and where nothing changed', async () => {
    const imported = await bought(3, '2025-01-01');
    await touch(imported, 'import');
    const late = await bought(1, '2026-02-01');
    await touch(late, 'order', false);
    await touch(late);
    await bought(2, '2026-02-01', late);
    await touch(late, 'merge');
    expect((await stageOf(imported))?.stage).toBe('lapsed');
    expect(await history(late)).toHaveLength(2);
    expect([...(await told(imported)), ...(await told(late))]).toEqual([]);
  });

  it('takes many customers, several times each, in eight statements', async () => {
    const ids = await Promise.all(Array.from({ length: 300 }, (_, i) => bought(i % 3, i % 3 ? '2026-03-01' : null)));
    let statements = 0;
    await db.database.transaction(async (tx) => {
      const counted = new Proxy(tx, {
        get: (target, name) => {
          const own = target[name as keyof typeof target];
          if (name !== 'query' && name !== 'execute') return own;
          return (...args: unknown[]) => {
            statements++;
            return (own as (...all: unknown[]) => unknown).apply(target, args);
          };
        },
      });
      const touches = ids.flatMap((customerId): StageTouchRequest[] => [
        { customerId, cause: 'created', starts: true },
        { customerId, cause: 'order', starts: true },
        { customerId, cause: 'import', starts: false },
        { customerId: randomUUID(), cause: 'order', starts: true },
      ]);
      await stages.touch(counted, touches, clock.now());
    });
    expect(statements).toBeLessThanOrEqual(8);
    const counts = await db.database.query(
      'select stage, count(*) as n from customer_stages group by stage order by stage',
    );
    expect(counts).toEqual([
      { stage: 'prospect', n: 100 },
      { stage: 'recent', n: 100 },
      { stage: 'repeat', n: 100 },
    ]);
  });

  describe('by time', () => {
    it('moves who crosses at the store’s midnight, in batches, and nobody else', async () => {
      const day90 = await bought(1, '2026-03-02');
      const sooner = await bought(2, '2026-03-01');
      const never = await bought(1, '2026-06-20');
      for (const id of [day90, sooner, never]) await touch(id, 'import');
      expect(await stages.nextSweepAt()).toEqual(new Date('2026-05-30T22:00:00Z'));
      expect(await stages.sweep(new Date('2026-05-30T21:59:59.999Z'), 100)).toBe(0);
      expect(await stages.sweep(new Date('2026-05-30T22:00:00Z'), 100)).toBe(1);
      expect(await stages.nextSweepAt()).toEqual(new Date('2026-05-31T22:00:00Z'));
      expect((await stageOf(day90))?.stage).toBe('recent');
      expect(await stages.sweep(new Date('2026-06-01T05:00:00Z'), 100)).toBe(1);
      expect(await stageOf(day90)).toEqual({ stage: 'lapsed', since: new Date('2026-05-31T22:00:00Z') });
      expect(await history(day90)).toEqual([
        { from: null, to: 'recent', cause: 'import' },
        { from: 'recent', to: 'lapsed', cause: 'time' },
      ]);
      expect(await told(day90)).toEqual(['segment.left recent time', 'segment.entered lapsed time']);
      expect((await stageOf(never))?.stage).toBe('recent');
    });

    it('is bounded, and two workers share the work without doing anything twice', async () => {
      const ids = await Promise.all(Array.from({ length: 50 }, () => bought(1, '2026-03-02')));
      await db.database.transaction((tx) =>
        stages.touch(
          tx,
          ids.map((customerId) => ({ customerId, cause: 'import', starts: false })),
          clock.now(),
        ),
      );
      const now = new Date('2026-07-01T00:00:00Z');
      expect(await stages.sweep(now, 7)).toBe(7);
      const done = await Promise.all([stages.sweep(now, 30), stages.sweep(now, 30)]);
      await stages.sweep(now, 100);
      expect(done[0] + done[1]).toBeLessThanOrEqual(43);
      const [{ n } = { n: 0 }] = await db.database.query<{ n: number }>(
        "select count(*) as n from stage_transitions where cause = 'time'",
      );
      expect(n).toBe(50);
      expect(await stages.nextSweepAt()).toBeNull();
    });
  });

  it('the sweep reads an index range, whatever the number of customers', async () => {
    await db.database.execute(
      `insert into customers (id, created_at, recorded_at, updated_at)
       select gen_random_uuid(), $1, $1, $1 from generate_series(1, 20000)`,
      [clock.now()],
    );
    await db.database.execute(
      `insert into customer_stages (customer_id, stage, since, order_count, last_day)
       select id, 'recent', $1, 1, $1::timestamptz::date - (row_number() over ())::int % 80 from customers`,
      [clock.now()],
    );
    await db.database.execute('analyze customer_stages');
    for (const { text, values } of [lockCrossing('2025-12-20', 1000), earliestLastDay()]) {
      const plan = await db.database.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
      expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toMatch(
        /Index (Only )?Scan (using|on) customer_stages_sweep/,
      );
    }
  });

  describe('by the threshold', () => {
    it('sorts everybody anew, silently, and a shorter one brings the next sweep nearer', async () => {
      const one = await bought(1, '2026-02-20');
      const two = await bought(2, '2026-01-01');
      for (const id of [one, two]) await touch(id, 'import');
      await lifecycle.change({ lapsedAfter: 'P5W', repeatMinOrders: 2 });
      expect([(await stageOf(one))?.stage, (await stageOf(two))?.stage]).toEqual(['recent', 'lapsed']);
      expect((await history(two)).at(-1)).toEqual({ from: 'repeat', to: 'lapsed', cause: 'threshold' });
      expect(await stages.nextSweepAt()).toEqual(new Date('2026-03-27T23:00:00Z'));
      await lifecycle.change({ lapsedAfter: 'P200D', repeatMinOrders: 1 });
      expect([(await stageOf(one))?.stage, (await stageOf(two))?.stage]).toEqual(['repeat', 'repeat']);
      expect([...(await told(one)), ...(await told(two))]).toEqual([]);
    });
  });

  it('a merged record hands its history over', async () => {
    const [from, into] = [await bought(1, '2026-03-01'), await bought(0, null)];
    for (const id of [from, into]) await touch(id);
    await db.database.transaction((tx) =>
      new StagePersonalData({ register: () => undefined } as never).merge(tx, [{ from, into }]),
    );
    await bought(1, '2026-03-01', into);
    await touch(into, 'merge');
    expect(await stageOf(from)).toBeUndefined();
    expect(await history(into)).toEqual([
      { from: null, to: 'recent', cause: 'order' },
      { from: 'prospect', to: 'recent', cause: 'merge' },
    ]);
  });
});
