import { CustomerEvents } from '../../../src/customers/customer-events';
import { CustomerIngest } from '../../../src/customers/customer-ingest';
import { type EnrollmentView } from '../../../src/enrollments/enrollment-view';
import { Enrollments } from '../../../src/enrollments/enrollments.service';
import { EntriesWork } from '../../../src/enrollments/jobs/entries.work';
import { splitDraw } from '../../../src/kernel/hash';
import { newId } from '../../../src/kernel/ids';
import { startTestApp, type TestApp } from '../../support/app';
import { givenCustomers, givenTemplate } from '../../support/campaign-facts';

const NOW = new Date('2026-03-02T08:00:00Z');
const later = (hours: number): Date => new Date(NOW.getTime() + hours * 3_600_000);
const email = (key: string): object => ({ kind: 'email', key, template: 't' });

interface DecisionRow {
  step: string;
  kind: string;
  outcome: string;
  reason: string | null;
  values: Record<string, unknown>;
}

describe('the steps of the engine', () => {
  let service: TestApp;
  let engine: Enrollments;
  beforeAll(async () => {
    service = await startTestApp({ env: { ROLE: 'api' } });
    engine = service.app.get(Enrollments);
    await givenTemplate(service.database, 't');
  });
  afterEach(async () => {
    await service.database.execute(
      `truncate campaigns, customers, orders, contacts, customer_events, customer_statements, customer_first_words, enrollment_decisions,
         enrollment_timers cascade`,
    );
    await service.request('put', '/api/v1/settings/contact-policy').send({}).expect(200);
  });
  afterAll(() => service.close());

  const campaign = async (key: string, change: object): Promise<{ id: string; salt: string }> => {
    const body = { key, name: key, trigger: { on: 'manual' }, ...change };
    const made = await service.request('post', '/api/v1/campaigns').send(body);
    if (made.status !== 201) throw new Error(JSON.stringify(made.body));
    await service.request('post', `/api/v1/campaigns/${key}/activate`).send({}).expect(200);
    return made.body as { id: string; salt: string };
  };
  const enrol = async (key: string, customerIds: readonly string[]): Promise<void> => {
    const { body } = await service
      .request('post', `/api/v1/campaigns/${key}/enrollments`)
      .send({ customerIds })
      .expect(201);
    expect(body).toEqual({ enrolled: customerIds.length, refused: [] });
  };
  const given = (n: number, change: object = {}): Promise<string[]> =>
    givenCustomers(
      service.database,
      Array.from({ length: n }, () => change),
    );
  /** All that is due, as the driver would: until nothing is taken any more. */
  const work = async (now: Date): Promise<string[]> => {
    const said: string[] = [];
    for (;;) {
      const { advanced, effects } = await service.database.transaction((tx) => engine.claimAndAdvance(tx, now, 100));
      for (const { step, decision } of effects) {
        said.push(`${step} ${'reason' in decision ? decision.reason : decision.status}`);
      }
      if (advanced === 0) return said.sort();
    }
  };
  const decisions = (kind?: string): Promise<DecisionRow[]> =>
    service.database.query<DecisionRow>(
      `select step, kind, outcome, reason, values from enrollment_decisions where $1::text is null or kind = $1 order by id`,
      [kind ?? null],
    );
  const enrolled = async (key: string): Promise<EnrollmentView[]> =>
    ((await service.request('get', `/api/v1/campaigns/${key}/enrollments`).expect(200)).body as { items: never }).items;
  const happens = (customerId: string, type: string, occurredAt: Date, more: object = {}): Promise<void> =>
    service.database.transaction((tx) =>
      service.app.get(CustomerEvents).record(tx, [{ customerId, type, occurredAt, starts: true, ...more }], occurredAt),
    );
  const workOff = async (now: Date): Promise<void> => {
    while ((await service.app.get(EntriesWork).runDue(now, 500)) > 0);
  };
  const givenOrder = async (customerId: string, placedAt: Date): Promise<string> => {
    const id = newId(placedAt);
    await service.database.execute(
      `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, origin, currency,
         total_minor, store_total_minor, counting, recorded_at)
       values ($1::uuid, $1::text, $2, $3, $3, '', 'paid', 'shop', 'EUR', 1000, 1000, true, $3)`,
      [id, customerId, placedAt],
    );
    return id;
  };

  it('branches on the facts of each, says on which values, and leaves by exitWhen', async () => {
    await campaign('branches', {
      exitWhen: { field: 'tags', op: 'contains', value: 'gone' },
      steps: [
        {
          kind: 'branch',
          if: { field: 'locale', op: 'eq', value: 'it' },
          then: [email('italian')],
          else: [email('other')],
        },
      ],
    });
    const [anna, bob, gone] = [
      ...(await given(1, { locale: 'it' })),
      ...(await given(1, { locale: 'en' })),
      ...(await given(1)),
    ] as [string, string, string];
    await service.database.execute(`update customers set tags = '{gone}' where id = $1`, [gone]);
    await enrol('branches', [anna, bob, gone]);
    expect(await work(NOW)).toEqual(['italian queued', 'other queued']);
    expect((await decisions('branch')).map(({ outcome, values }) => [outcome, values['locale']]).sort()).toEqual([
      ['else', 'en'],
      ['then', 'it'],
    ]);
    expect(await decisions('exitWhen')).toEqual([
      { step: 'steps[0]', kind: 'exitWhen', outcome: 'exited', reason: 'exit_when', values: { tags: ['gone'] } },
    ]);
    expect((await enrolled('branches')).map((one) => one.exitReason).sort()).toEqual(['exit_when', null, null]);
  });

  it('splits by the published hash', async () => {
    const { salt } = await campaign('splits', {
      steps: [
        {
          kind: 'split',
          key: 'subject',
          arms: [
            { name: 'a', weight: 1, steps: [email('a')] },
            { name: 'b', weight: 3, steps: [email('b')] },
          ],
        },
      ],
    });
    const ids = await given(60);
    await enrol('splits', ids);
    const inA = ids.filter((id) => splitDraw(salt, 'subject', id) < 0.25).length;
    const said = await work(NOW);
    expect(said.filter((one) => one === 'a queued')).toHaveLength(inA);
    expect(said).toHaveLength(60);
    expect(inA).toBeGreaterThan(0);
  });

  describe('waiting for an event', () => {
    const steps = [
      {
        kind: 'waitFor',
        event: 'order.placed',
        within: 'P3D',
        then: [email('thanks')],
        else: [email('nudge')],
      },
    ];
    it('ends when it comes, at once, by its own time', async () => {
      await campaign('cart', { steps });
      const [buyer, other] = (await given(2)) as [string, string];
      await enrol('cart', [buyer, other]);
      expect(await work(NOW)).toEqual([]);
      expect(await engine.nextDueAt()).toEqual(later(72));
      const reference = await givenOrder(buyer, later(20));
      await happens(buyer, 'order.counted', later(20), { reference, properties: { origin: 'shop' } });
      await workOff(later(21));
      expect(await engine.nextDueAt()).toEqual(later(21));
      expect(await work(later(21))).toEqual(['thanks queued']);
      expect(await engine.nextDueAt()).toEqual(later(72));
      expect(await work(later(72))).toEqual(['nudge queued']);
      expect((await decisions('waitFor')).map(({ outcome, values }) => [outcome, values['at']])).toEqual([
        ['then', later(20).toISOString()],
        ['else', null],
      ]);
    });
    it('an order that was no event, or came late, counts by its own time while it waits', async () => {
      await campaign('late', { steps });
      const [silent, after] = (await given(2)) as [string, string];
      await enrol('late', [silent, after]);
      await work(NOW);
      await givenOrder(silent, later(50));
      await givenOrder(after, later(73));
      expect(await work(later(74))).toEqual(['nudge queued', 'thanks queued']);
    });
    it('events of other types, of others, and from before the wait do not end it', async () => {
      await campaign('seen', { steps: [{ ...steps[0], event: 'page.seen' }] });
      const [one, other] = (await given(2)) as [string, string];
      await happens(one, 'page.seen', later(-1));
      await enrol('seen', [one]);
      await work(NOW);
      await happens(one, 'page.left', later(1));
      await happens(other, 'page.seen', later(1));
      await workOff(later(1));
      expect(await engine.nextDueAt()).toEqual(later(72));
      await happens(one, 'page.seen', later(2));
      await workOff(later(2));
      expect(await work(later(2))).toEqual(['thanks queued']);
    });
    it('what happened during a pause is found when it goes on', async () => {
      await campaign('paused', { steps });
      const [buyer] = (await given(1)) as [string];
      await enrol('paused', [buyer]);
      await work(NOW);
      await service.request('post', '/api/v1/campaigns/paused/pause').expect(200);
      expect(await engine.nextDueAt()).toBeNull();
      const reference = await givenOrder(buyer, later(1));
      await happens(buyer, 'order.counted', later(1), { reference, properties: { origin: 'shop' } });
      await workOff(later(1));
      expect(await engine.nextDueAt()).toBeNull();
      await service.request('post', '/api/v1/campaigns/paused/resume').expect(200);
      // The clock of this service still stands at the beginning: within an hour of it.
      expect(await work(later(1))).toEqual(['thanks queued']);
    });
  });

  it('tags with history and versions, and the branch behind reads what the tag did', async () => {
    await campaign('tagging', {
      steps: [
        { kind: 'tag', add: ['nurtured'], remove: ['cold'] },
        { kind: 'branch', if: { field: 'tags', op: 'contains', value: 'nurtured' }, then: [email('tagged')] },
      ],
    });
    const [anna] = (await given(1)) as [string];
    await service.database.execute(`update customers set tags = '{cold,vip}' where id = $1`, [anna]);
    await enrol('tagging', [anna]);
    expect(await work(NOW)).toEqual(['tagged queued']);
    const tags = async (): Promise<unknown> => {
      const [row] = await service.database.query<{ tags: string[] }>('select tags from customers where id = $1', [
        anna,
      ]);
      return row?.tags;
    };
    expect(await tags()).toEqual(['vip', 'nurtured']);
    const history = await service.database.query(
      `select at, value, event_id like 'step:%' as ours from customer_history where field = 'tags'`,
    );
    expect(history).toEqual([{ at: NOW, value: ['vip', 'nurtured'], ours: true }]);
    const told = (at: Date, list: string[]) =>
      service.database.transaction((tx) =>
        service.app.get(CustomerIngest).applyBatch(
          tx,
          [
            {
              kind: 'upsert',
              identity: { externalId: anna },
              patch: { tags: list },
              version: { at, eventId: `shop:${at.getTime()}` },
              source: 'source:shop',
            },
          ],
          later(2),
        ),
      );
    await told(later(-1), ['old']);
    expect(await tags()).toEqual(['vip', 'nurtured']);
    await told(later(1), ['new']);
    expect(await tags()).toEqual(['new']);
  });

  it('hands over by the rules of the other campaign; one that has ended takes nobody', async () => {
    const target = await campaign('target', {
      steps: [email('welcome')],
      audience: { field: 'locale', op: 'eq', value: 'it' },
    });
    await campaign('ended', { steps: [email('never')] });
    await campaign('source', {
      steps: [{ kind: 'enroll', campaign: 'target' }, { kind: 'enroll', campaign: 'ended' }, email('last')],
    });
    const [anna] = await given(1, { locale: 'it' });
    const [bob] = await given(1, { locale: 'en' });
    await service.request('post', '/api/v1/campaigns/ended/archive').expect(200);
    await enrol('source', [anna ?? '', bob ?? '']);
    expect(await work(NOW)).toEqual(['last queued', 'last queued', 'welcome queued']);
    expect((await enrolled('target')).map((one) => one.customerId)).toEqual([anna]);
    const refused = await service.database.query('select customer_id, campaign_id, reason from enrollment_refusals');
    expect(refused).toEqual([{ customer_id: bob, campaign_id: target.id, reason: 'not_in_audience' }]);
    expect(
      (await decisions('enroll')).map(({ step, outcome, reason }) => `${step} ${outcome} ${reason}`).sort(),
    ).toEqual([
      'steps[0] done null',
      'steps[0] done null',
      'steps[1] refused campaign_archived',
      'steps[1] refused campaign_archived',
    ]);
  });

  describe('the contact policy', () => {
    const policy = (body: object) => service.request('put', '/api/v1/settings/contact-policy').send(body).expect(200);
    it('the higher priority gets the place, whatever the order of claiming; the other one waits and goes later', async () => {
      await policy({ maxMessages: 1, per: 'P1D' });
      await campaign('low', { priority: 10, steps: [email('low')], maxLateness: 'P2D' });
      await campaign('high', { priority: 90, steps: [email('high')] });
      const ids = await given(30);
      await enrol('low', ids);
      await enrol('high', ids);
      const one = await service.database.transaction((tx) => engine.claimAndAdvance(tx, NOW, 10));
      expect(one.advanced).toBe(20);
      expect(one.effects.map(({ step }) => step)).toEqual(Array.from({ length: 10 }, () => 'high'));
      expect(await work(NOW)).toEqual(Array.from({ length: 20 }, () => 'high queued'));
      expect((await decisions('defer')).every(({ reason }) => reason === 'outranked')).toBe(true);
      const next = await engine.nextDueAt();
      expect(next?.getTime()).toBeGreaterThanOrEqual(later(24).getTime());
      expect(await work(next ?? NOW)).toEqual(Array.from({ length: 30 }, () => 'low queued'));
    });
    it('many claimers at once keep the cap', async () => {
      await policy({ maxMessages: 1, per: 'P1D' });
      const ids = await given(60);
      for (const key of ['a', 'b', 'c']) {
        await campaign(key, { steps: [email(key)], maxLateness: 'PT2H' });
        await enrol(key, ids);
      }
      await Promise.all(
        Array.from({ length: 4 }, async () => {
          for (;;) {
            const { advanced } = await service.database.transaction((tx) => engine.claimAndAdvance(tx, NOW, 25));
            if (advanced === 0) return;
          }
        }),
      );
      const counts = await service.database.query<{ n: number }>(
        'select count(*) as n from contacts group by customer_id',
      );
      expect(counts).toHaveLength(60);
      expect(counts.every(({ n }) => n === 1)).toBe(true);
      const outcomes = await service.database.query<{ outcome: string; n: number }>(
        `select outcome, count(*) as n from enrollment_decisions where kind = 'email' group by 1 order by 1`,
      );
      expect(outcomes).toEqual([
        { outcome: 'queued', n: 60 },
        { outcome: 'skipped', n: 120 },
      ]);
    });
    it('quiet hours defer both arms alike; the control uses no cap', async () => {
      await policy({ maxMessages: 1, per: 'P7D', quietHours: { from: '08:00', to: '12:00', timezone: 'customer' } });
      await campaign('quiet', { holdout: 0.5, steps: [email('a'), { kind: 'wait', for: 'PT1H' }, email('b')] });
      await enrol('quiet', await given(20, { timezone: 'Europe/Rome' }));
      expect(await work(NOW)).toEqual([]);
      expect(await engine.nextDueAt()).toEqual(later(3));
      const first = await work(later(3));
      expect(
        first.filter((one) => one === 'a held_out').length + first.filter((one) => one === 'a queued').length,
      ).toBe(20);
      const second = await work(later(4));
      expect(second.every((one) => one.startsWith('b'))).toBe(true);
      expect(second.filter((one) => one === 'b held_out')).toHaveLength(
        first.filter((one) => one === 'a held_out').length,
      );
      expect(second.filter((one) => one === 'b queued')).toEqual([]);
    });
  });

  it('leaves alone whose customer somebody else holds while tags are at stake', async () => {
    await campaign('held', { steps: [{ kind: 'tag', add: ['x'] }] });
    const [held, free] = (await given(2)) as [string, string];
    await enrol('held', [held, free]);
    const taken = await service.database.transaction(async (other) => {
      await other.query('select 1 from customers where id = $1 for no key update', [held]);
      return service.database.transaction((tx) => engine.claimAndAdvance(tx, NOW, 10));
    });
    expect(taken.advanced).toBe(1);
    await work(NOW);
    const rows = await service.database.query<{ tags: string[] }>('select tags from customers');
    expect(rows.map((row) => row.tags)).toEqual([['x'], ['x']]);
  });

  it('runs once where two timers stand for one moment', async () => {
    await campaign('twice', { steps: [{ kind: 'wait', for: 'P1D' }, email('a'), email('b')] });
    const [id] = await given(1);
    await enrol('twice', [id ?? '']);
    await work(NOW);
    await service.database.execute(
      `insert into enrollment_timers (due_at, enrollment_id) select due_at, id from enrollments`,
    );
    expect(await work(later(24))).toEqual(['a queued', 'b queued']);
    expect(await work(later(25))).toEqual([]);
  });

  it('throws stale timers away, and does nothing by them', async () => {
    await campaign('stale', { steps: [{ kind: 'wait', for: 'P1D' }, email('a')] });
    const [id] = await given(1);
    await enrol('stale', [id ?? '']);
    await work(NOW);
    await service.database.execute(
      `insert into enrollment_timers (due_at, enrollment_id) select $1, id from enrollments`,
      [later(1)],
    );
    expect(await engine.nextDueAt()).toEqual(later(24));
    expect(await work(later(2))).toEqual([]);
    const rest = await service.database.query('select due_at from enrollment_timers');
    expect(rest).toEqual([{ due_at: later(24) }]);
  });
});
