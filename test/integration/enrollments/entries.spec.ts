import { CustomerEvents, type NewCustomerEvent } from '../../../src/customers/customer-events';
import { type EnrollmentView } from '../../../src/enrollments/enrollment-view';
import { EnrollmentExplanations } from '../../../src/enrollments/enrollment-explanations';
import { EntriesWork } from '../../../src/enrollments/jobs/entries.work';
import { holdoutDraw } from '../../../src/kernel/hash';
import { newId } from '../../../src/kernel/ids';
import { startTestApp, type TestApp } from '../../support/app';
import { givenCustomers, givenTemplate } from '../../support/campaign-facts';

const NOW = new Date('2026-03-02T08:00:00Z');
const later = (hours: number): Date => new Date(NOW.getTime() + hours * 3_600_000);

describe('entering campaigns', () => {
  let service: TestApp;
  let entries: EntriesWork;
  beforeAll(async () => {
    service = await startTestApp({ env: { ROLE: 'api' } });
    entries = service.app.get(EntriesWork);
    await givenTemplate(service.database, 't');
  });
  afterAll(() => service.close());

  const campaign = async (key: string, change: object): Promise<{ id: string; salt: string }> => {
    const steps = [
      { kind: 'email', key: 'a', template: 't' },
      { kind: 'wait', for: 'P3D' },
      { kind: 'email', key: 'b', template: 't' },
    ];
    const made = await service
      .request('post', '/api/v1/campaigns')
      .send({ key, name: key, steps, ...change })
      .expect(201);
    await service.request('post', `/api/v1/campaigns/${key}/activate`).expect(200);
    return made.body as { id: string; salt: string };
  };
  const happen = (
    events: Array<Partial<NewCustomerEvent> & { customerId: string; type: string }>,
    at = NOW,
  ): Promise<void> =>
    service.database.transaction((tx) =>
      service.app.get(CustomerEvents).record(
        tx,
        events.map((event) => ({ occurredAt: at, starts: true, ...event })),
        at,
      ),
    );
  const drain = async (now = NOW): Promise<void> => {
    while ((await entries.runDue(now, 500)) > 0);
  };
  const enrolled = async (key: string, query = ''): Promise<EnrollmentView[]> =>
    (
      (await service.request('get', `/api/v1/campaigns/${key}/enrollments?limit=500${query}`).expect(200)).body as {
        items: EnrollmentView[];
      }
    ).items;
  const explain = (customerId: string, campaignId: string) =>
    service.app.get(EnrollmentExplanations).load(service.database, customerId, campaignId);
  const reasons = async (customerId: string, campaignId: string): Promise<unknown[]> =>
    (await explain(customerId, campaignId)).decisions.map((decision) => decision.reason ?? decision.outcome);
  const givenOrder = async (customerId: string, placedAt: Date, origin = 'shop'): Promise<string> => {
    const id = newId(placedAt);
    await service.database.execute(
      `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, origin, currency,
         total_minor, store_total_minor, counting, recorded_at)
       values ($1::uuid, $1::text, $2, $3, $3, '', 'paid', $4, 'EUR', 1000, 1000, true, $3)`,
      [id, customerId, placedAt, origin],
    );
    return id;
  };

  it('lets in who may be mailed, refuses the others with their reasons, and explains both', async () => {
    const { id } = await campaign('hello', { trigger: { on: 'event', event: 'hello' } });
    const [yes, none, left, nobody, bad] = (await givenCustomers(service.database, [
      { locale: 'it' },
      { consent: 'none' },
      { consent: 'unsubscribed' },
      { email: null },
      { email: 'bad@example.com' },
    ])) as [string, string, string, string, string];
    await service
      .request('post', '/api/v1/suppressions')
      .send({ address: 'bad@example.com', reason: 'hard_bounce' })
      .expect(201);
    await happen([yes, none, left, nobody, bad].map((customerId) => ({ customerId, type: 'hello' })));
    expect(await entries.nextDueAt()).toEqual(NOW);
    await drain();
    expect(await entries.nextDueAt()).toBeNull();
    const [one, ...more] = await enrolled('hello');
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      customerId: yes,
      campaignId: id,
      version: 1,
      epoch: 1,
      arm: 'treatment',
      armReason: 'no_holdout',
      status: 'active',
      step: 'a',
      nextRunAt: NOW.toISOString(),
      enteredAt: NOW.toISOString(),
      exitReason: null,
    });
    expect(await reasons(none, id)).toEqual(['no_consent']);
    expect(await reasons(left, id)).toEqual(['unsubscribed']);
    expect(await reasons(nobody, id)).toEqual(['invalid_address']);
    expect(await reasons(bad, id)).toEqual(['suppressed']);
    expect(await explain(yes, id)).toMatchObject({
      decisions: [{ outcome: 'enrolled', values: { arm: 'treatment', locale: 'it', tenureDays: 60 } }],
      next: { step: 'a', at: NOW.toISOString() },
    });
  });

  it('keeps the limit, within a batch too, and the audience', async () => {
    const audience = { field: 'locale', op: 'eq', value: 'it' };
    const once = await campaign('once', { trigger: { on: 'event', event: 'limits' }, audience });
    const every = await campaign('every', {
      trigger: { on: 'event', event: 'limits' },
      entry: { limit: { every: 'P1D' } },
    });
    const unlimited = await campaign('unlimited', {
      trigger: { on: 'event', event: 'limits' },
      entry: { limit: 'unlimited' },
    });
    const [italian, german] = (await givenCustomers(service.database, [{ locale: 'it' }, { locale: 'de' }])) as [
      string,
      string,
    ];
    const both = [italian, german].map((customerId) => ({ customerId, type: 'limits' }));
    await happen([...both, ...both]);
    await drain();
    await happen(both, later(25));
    await drain(later(25));
    expect(await reasons(italian, once.id)).toEqual(['enrolled', 'entry_limit', 'entry_limit']);
    expect(await reasons(german, once.id)).toEqual(['not_in_audience', 'not_in_audience', 'not_in_audience']);
    expect(await reasons(italian, every.id)).toEqual(['enrolled', 'already_active', 'already_active']);
    expect(await reasons(italian, unlimited.id)).toEqual(['enrolled', 'already_active', 'already_active']);
    const [first] = await enrolled('unlimited', `&customerId=${italian}`);
    await service.request('delete', `/api/v1/campaigns/unlimited/enrollments/${first?.id ?? ''}`).expect(204);
    await happen(both, later(26));
    await drain(later(26));
    expect(await enrolled('unlimited', `&customerId=${italian}&status=active`)).toHaveLength(1);
    expect(await enrolled('unlimited', `&customerId=${italian}&status=exited`)).toMatchObject([
      { exitReason: 'removed' },
    ]);
  });

  it('starts by orders: each by itself where the key says so, renewals never', async () => {
    const trigger = { on: 'order' };
    await campaign('orders', { trigger, entry: { limit: 'unlimited', key: 'order' } });
    const single = await campaign('single', { trigger, entry: { limit: 'unlimited' } });
    const [buyer] = (await givenCustomers(service.database, [{}])) as [string];
    const [o1, o2, o3] = [
      await givenOrder(buyer, NOW),
      await givenOrder(buyer, NOW),
      await givenOrder(buyer, NOW, 'renewal'),
    ];
    const counted = (reference: string, origin = 'shop') => ({
      customerId: buyer,
      type: 'order.counted',
      reference,
      properties: { origin },
    });
    await happen([counted(o1), counted(o2), counted(o3, 'renewal')]);
    await drain();
    expect(await enrolled('orders')).toHaveLength(2);
    expect(await reasons(buyer, single.id)).toEqual(['enrolled', 'already_active']);
    const rows = await service.database.query<{ trigger_order_id: string }>(
      `select trigger_order_id from enrollments where campaign_id = (select id from campaigns where key = 'orders') order by 1`,
    );
    expect(rows.map((row) => row.trigger_order_id)).toEqual([o1, o2].sort());
  });

  it('draws the arm by the published hash and keeps it over versions, epochs and shares', async () => {
    const change = { trigger: { on: 'event', event: 'draw' }, holdout: 0.4, entry: { limit: 'unlimited' } };
    const { salt } = await campaign('draw', change);
    const ids = await givenCustomers(
      service.database,
      Array.from({ length: 300 }, () => ({})),
    );
    await happen(ids.map((customerId) => ({ customerId, type: 'draw' })));
    await drain();
    const first = await enrolled('draw');
    expect(first).toHaveLength(300);
    for (const one of first) {
      expect(one).toMatchObject({
        arm: holdoutDraw(salt, one.customerId) < 0.4 ? 'holdout' : 'treatment',
        armReason: 'drawn',
      });
    }
    const steps = [{ kind: 'email', key: 'a', template: 't' }];
    await service
      .request('put', '/api/v1/campaigns/draw')
      .send({ key: 'draw', name: 'draw', steps, ...change, holdout: 0 })
      .expect(200);
    await service.database.execute(
      `update enrollments set status = 'completed', next_run_at = null, due_at = null, ended_at = $1 where status = 'active'`,
      [NOW],
    );
    await happen(
      ids.map((customerId) => ({ customerId, type: 'draw' })),
      later(1),
    );
    await drain(later(1));
    const arms = new Map(first.map((one) => [one.customerId, one.arm]));
    const again = await enrolled('draw', '&status=active');
    expect(again).toHaveLength(300);
    for (const one of again)
      expect(one).toMatchObject({ arm: arms.get(one.customerId), armReason: 'kept', epoch: 2, version: 2 });
  });

  it('ends by the goal in both arms, by the time of the event, within its window', async () => {
    const goal = { event: 'order.placed', within: 'P2D', exit: true };
    const { id } = await campaign('goal', { trigger: { on: 'event', event: 'goal' }, goal, holdout: 0.5 });
    await campaign('watch', { trigger: { on: 'event', event: 'goal' }, goal: { event: 'review.posted' } });
    const ids = await givenCustomers(
      service.database,
      Array.from({ length: 40 }, () => ({})),
    );
    await happen(ids.map((customerId) => ({ customerId, type: 'goal' })));
    await drain();
    const counted = (customerId: string, hours: number, origin = 'shop') => ({
      customerId,
      type: 'order.counted',
      occurredAt: later(hours),
      reference: newId(NOW),
      properties: { origin },
    });
    await happen(
      ids.map((customerId, i) => counted(customerId, [0, 1, 48, 49][i % 4] ?? 0, i < 36 ? 'shop' : 'renewal')),
      later(50),
    );
    await drain(later(50));
    const state = new Map((await enrolled('goal')).map((one) => [one.customerId, one]));
    for (const [i, customerId] of ids.entries()) {
      const reached = i < 36 && (i % 4 === 1 || i % 4 === 2);
      expect(state.get(customerId)).toMatchObject(
        reached
          ? {
              status: 'exited',
              exitReason: 'goal',
              goalAt: later(i % 4 === 1 ? 1 : 48).toISOString(),
              endedAt: later(50).toISOString(),
              nextRunAt: null,
              step: null,
            }
          : { status: 'active', exitReason: null, goalAt: null },
      );
    }
    expect(new Set([...state.values()].filter((one) => one.status === 'exited').map((one) => one.arm)).size).toBe(2);
    expect((await explain(ids[1] ?? '', id)).decisions.at(-1)).toMatchObject({ outcome: 'exited', reason: 'goal' });
    await happen([{ customerId: ids[0] ?? '', type: 'review.posted', occurredAt: later(51) }], later(51));
    await drain(later(51));
    expect(await enrolled('watch', `&customerId=${ids[0] ?? ''}`)).toMatchObject([
      { status: 'active', goalAt: later(51).toISOString() },
    ]);
  });

  it('an order that comes days late starts nothing and still reaches the goal', async () => {
    const goal = { event: 'order.placed', within: 'P30D', exit: true };
    await campaign('late-goal', { trigger: { on: 'event', event: 'late-goal' }, goal });
    await campaign('late-order', { trigger: { on: 'order' } });
    const [buyer] = (await givenCustomers(service.database, [{}])) as [string];
    await happen([{ customerId: buyer, type: 'late-goal' }]);
    await drain();
    const late = { occurredAt: later(1), reference: newId(NOW), properties: { origin: 'shop' }, starts: false };
    await happen([{ customerId: buyer, type: 'order.counted', ...late }], later(100));
    await happen([{ customerId: buyer, type: 'late-goal', ...late }], later(100));
    await drain(later(100));
    expect(await enrolled('late-goal')).toMatchObject([{ exitReason: 'goal', goalAt: later(1).toISOString() }]);
    expect(await enrolled('late-order')).toEqual([]);
    expect(await entries.nextDueAt()).toBeNull();
  });

  it('records who came while it was paused, and nobody before activation or after the end', async () => {
    const { id } = await campaign('pausing', { trigger: { on: 'event', event: 'pausing' } });
    const [a, b] = (await givenCustomers(service.database, [{}, {}])) as [string, string];
    await service.request('post', '/api/v1/campaigns/pausing/pause').expect(200);
    await happen([{ customerId: a, type: 'pausing' }]);
    await drain();
    expect(await reasons(a, id)).toEqual(['campaign_paused']);
    await service.request('post', '/api/v1/campaigns/pausing/archive').expect(200);
    await happen([{ customerId: b, type: 'pausing' }]);
    await drain();
    expect(await reasons(b, id)).toEqual([]);
  });

  it('is worked off once by many workers at once', async () => {
    await campaign('crowd', { trigger: { on: 'event', event: 'crowd' }, entry: { limit: 'unlimited' } });
    const ids = await givenCustomers(
      service.database,
      Array.from({ length: 400 }, () => ({})),
    );
    await happen(
      ids.flatMap((customerId) => [
        { customerId, type: 'crowd' },
        { customerId, type: 'crowd' },
      ]),
    );
    let done = 0;
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        for (let idle = 0; idle < 3;) {
          const n = await entries.runDue(NOW, 50);
          done += n;
          idle = n === 0 ? idle + 1 : 0;
        }
      }),
    );
    expect(done).toBe(800);
    expect(await enrolled('crowd')).toHaveLength(400);
    const [row] = await service.database.query<{ n: number }>(
      `select count(*) as n from enrollment_refusals where reason = 'already_active' and campaign_id = (select id from campaigns where key = 'crowd')`,
    );
    expect(row?.n).toBe(400);
  });
});
