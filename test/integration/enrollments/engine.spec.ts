import { type Effect } from '../../../src/enrollments/effects.types';
import { Contacts } from '../../../src/enrollments/contacts';
import { type EnrollmentView } from '../../../src/enrollments/enrollment-view';
import { Enrollments } from '../../../src/enrollments/enrollments.service';
import { IntakesWork } from '../../../src/enrollments/jobs/intakes.work';
import { Clock } from '../../../src/kernel/clock';
import { newId } from '../../../src/kernel/ids';
import { type TestClock } from '../../../src/platform/clock/test-clock';
import { type Tx } from '../../../src/platform/database/database';
import { startTestApp, type TestApp } from '../../support/app';
import { givenCustomers, givenTemplate } from '../../support/campaign-facts';

const NOW = new Date('2026-03-02T08:00:00Z');
const later = (hours: number): Date => new Date(NOW.getTime() + hours * 3_600_000);

describe('the engine', () => {
  let service: TestApp;
  let engine: Enrollments;
  beforeAll(async () => {
    service = await startTestApp({ env: { ROLE: 'api' } });
    engine = service.app.get(Enrollments);
    await givenTemplate(service.database, 't');
  });
  afterEach(() => service.database.execute('truncate campaigns, customers, orders, contacts cascade'));
  afterAll(() => service.close());

  const campaign = async (key: string, change: object = {}): Promise<string> => {
    const steps = [
      { kind: 'email', key: 'a', template: 't' },
      { kind: 'wait', for: 'P2D', at: '09:00' },
      { kind: 'email', key: 'b', template: 't' },
    ];
    const body = { key, name: key, trigger: { on: 'manual' }, steps, ...change };
    const made = await service.request('post', '/api/v1/campaigns').send(body).expect(201);
    await act(key, 'activate');
    return (made.body as { id: string }).id;
  };
  const act = async (key: string, action: string, body: object = {}): Promise<void> => {
    await service.request('post', `/api/v1/campaigns/${key}/${action}`).send(body).expect(200);
  };
  const enrol = async (key: string, body: object): Promise<{ enrolled: number; refused: object[] }> =>
    (await service.request('post', `/api/v1/campaigns/${key}/enrollments`).send(body).expect(201)).body as never;
  const enrolled = async (key: string, query = ''): Promise<EnrollmentView[]> =>
    (
      (await service.request('get', `/api/v1/campaigns/${key}/enrollments?limit=500${query}`).expect(200)).body as {
        items: EnrollmentView[];
      }
    ).items;
  const claim = (now: Date, limit = 1000): Promise<{ advanced: number; effects: Effect[] }> =>
    service.database.transaction((tx) => engine.claimAndAdvance(tx, now, limit));
  const said = (effects: readonly Effect[]): string[] =>
    effects.map(({ step, decision }) => `${step} ${'reason' in decision ? decision.reason : decision.status}`).sort();
  const moveTo = (at: Date): Promise<void> => service.app.get<TestClock>(Clock).moveTo(service.database, at);

  it('runs each step once at its time and tells the ledger all it needs', async () => {
    const campaignId = await campaign('drip', {
      holdout: 0.5,
      utm: true,
      sender: { name: 'Anna', address: 'anna@bottega.test' },
    });
    const ids = await givenCustomers(
      service.database,
      Array.from({ length: 30 }, () => ({ timezone: 'America/New_York' })),
    );
    expect(await enrol('drip', { customerIds: ids })).toEqual({ enrolled: 30, refused: [] });
    expect(await engine.nextDueAt()).toEqual(NOW);
    const first = await claim(NOW);
    expect(first.advanced).toBe(30);
    const arms = new Map((await enrolled('drip')).map((one) => [one.customerId, one.arm]));
    for (const effect of first.effects) {
      expect(effect).toMatchObject({
        kind: 'email',
        campaignId,
        step: 'a',
        arm: arms.get(effect.customerId),
        basis: 'consent',
        template: { key: 't', version: 1 },
        recommend: null,
        survey: null,
        dueAt: NOW,
        expiresAt: later(48),
        decision: { status: arms.get(effect.customerId) === 'holdout' ? 'held_out' : 'queued' },
        mail: { email: `${effect.customerId}@example.com` },
        sender: { name: 'Anna', address: 'anna@bottega.test' },
        utm: { source: 'ritorno', medium: 'email', campaign: 'drip' },
      });
    }
    // Two days later, then 09:00 in New York.
    expect(await engine.nextDueAt()).toEqual(new Date('2026-03-04T14:00:00Z'));
    expect(await claim(new Date('2026-03-04T13:59:59Z'))).toEqual({ advanced: 0, effects: [] });
    const second = await claim(new Date('2026-03-04T14:00:01Z'));
    expect(second.effects).toHaveLength(30);
    expect(second.effects[0]?.dueAt).toEqual(new Date('2026-03-04T14:00:00Z'));
    expect(await engine.nextDueAt()).toBeNull();
    const [one] = await enrolled('drip');
    expect(one).toMatchObject({
      status: 'completed',
      step: null,
      nextRunAt: null,
      endedAt: '2026-03-04T14:00:01.000Z',
      exitReason: null,
    });
    const contacts = await service.database.query<{ state: string; n: number }>(
      'select state, count(*) as n from contacts group by 1',
    );
    const treated = [...arms.values()].filter((arm) => arm === 'treatment').length;
    expect(contacts).toEqual([{ state: 'reserved', n: 2 * treated }]);
    const [sent, dropped] = second.effects.filter((effect) => effect.arm === 'treatment') as [Effect, Effect];
    await service.database.transaction(async (tx) => {
      await service.app.get(Contacts).confirm(tx, [sent]);
      await service.app.get(Contacts).release(tx, [dropped]);
    });
    const states = await service.database.query<{ state: string }>(
      `select state from contacts where step = 'b' and state <> 'reserved' order by 1`,
    );
    expect(states.map((row) => row.state)).toEqual(['released', 'used']);
  });

  it('many claimers at once take each enrollment once', async () => {
    await campaign('crowd', { steps: [{ kind: 'email', key: 'a', template: 't' }] });
    await enrol('crowd', {
      customerIds: await givenCustomers(
        service.database,
        Array.from({ length: 500 }, () => ({})),
      ),
    });
    const taken = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const effects: Effect[] = [];
        for (let batch = await claim(NOW, 40); batch.advanced > 0; batch = await claim(NOW, 40))
          effects.push(...batch.effects);
        return effects.map((effect) => effect.enrollmentId);
      }),
    );
    expect(taken.flat()).toHaveLength(500);
    expect(new Set(taken.flat()).size).toBe(500);
  });

  it('what a rolled back transaction claimed is due again', async () => {
    await campaign('again');
    await enrol('again', { customerIds: await givenCustomers(service.database, [{}]) });
    const failing = service.database.transaction(async (tx: Tx) => {
      await engine.claimAndAdvance(tx, NOW, 10);
      throw new Error('the ledger failed');
    });
    await expect(failing).rejects.toThrow('the ledger failed');
    expect(said((await claim(NOW)).effects)).toEqual(['a queued']);
  });

  it('says why somebody can no longer be mailed, in both arms', async () => {
    await campaign('leavers', { holdout: 0.5 });
    const ids = await givenCustomers(
      service.database,
      Array.from({ length: 20 }, () => ({})),
    );
    await enrol('leavers', { customerIds: ids });
    await service.database.execute(`update customers set consent_status = 'unsubscribed'`);
    const { effects } = await claim(NOW);
    expect(new Set(said(effects))).toEqual(new Set(['a unsubscribed']));
    expect(new Set(effects.map((effect) => effect.arm)).size).toBe(2);
    expect(await service.database.query('select 1 from contacts')).toEqual([]);
  });

  it('an order that was no event still ends the mails at the next step', async () => {
    const goal = { event: 'order.placed', within: 'P30D', exit: true };
    await campaign('late-order', { goal, holdout: 0.5 });
    const ids = await givenCustomers(
      service.database,
      Array.from({ length: 12 }, () => ({})),
    );
    await enrol('late-order', { customerIds: ids });
    expect((await claim(NOW)).effects).toHaveLength(12);
    const order = (customerId: string, hours: number, origin = 'shop', counting = true) =>
      service.database.execute(
        `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, origin, currency,
           total_minor, store_total_minor, counting, recorded_at)
         values ($1::uuid, $1::text, $2, $3, $3, '', 'paid', $4, 'EUR', 1000, 1000, $5, $3)`,
        [newId(NOW), customerId, later(hours), origin, counting],
      );
    const [bought, before, renewed, pending] = ids as [string, string, string, string];
    await order(bought, 5);
    await order(before, -5);
    await order(renewed, 5, 'renewal');
    await order(pending, 5, 'shop', false);
    const { effects } = await claim(later(60));
    expect(effects).toHaveLength(11);
    expect(await enrolled('late-order', `&customerId=${bought}`)).toMatchObject([
      { status: 'exited', exitReason: 'goal', goalAt: later(5).toISOString() },
    ]);
  });

  it('resume keeps what is planned for later at its time', async () => {
    await campaign('short');
    await enrol('short', { customerIds: await givenCustomers(service.database, [{}]) });
    await claim(NOW);
    await act('short', 'pause');
    await act('short', 'resume');
    expect(await engine.nextDueAt()).toEqual(later(48));
  });

  it('archive ends everybody in it', async () => {
    await campaign('ending');
    await enrol('ending', { customerIds: await givenCustomers(service.database, [{}, {}]) });
    await act('ending', 'archive');
    expect(await engine.nextDueAt()).toBeNull();
    expect((await enrolled('ending')).map((one) => [one.status, one.exitReason, one.nextRunAt])).toEqual([
      ['exited', 'archived', null],
      ['exited', 'archived', null],
    ]);
  });

  it('people in flight finish their version', async () => {
    await campaign('edited');
    const [a, b] = (await givenCustomers(service.database, [{}, {}])) as [string, string];
    await enrol('edited', { customerIds: [a] });
    const steps = [{ kind: 'email', key: 'only', template: 't' }];
    const body = { key: 'edited', name: 'edited', trigger: { on: 'manual' }, steps };
    await service.request('put', '/api/v1/campaigns/edited').send(body).expect(200);
    await enrol('edited', { customerIds: [b] });
    expect(said((await claim(NOW)).effects)).toEqual(['a queued', 'only queued']);
    expect(said((await claim(later(48))).effects)).toEqual(['b queued']);
  });

  it('includeCurrent takes in who is in the segment now, page by page', async () => {
    const ids = await givenCustomers(
      service.database,
      Array.from({ length: 25 }, (_, i) => ({ consent: i < 20 ? 'subscribed' : 'none' })),
    );
    await service.database.execute(
      `insert into customer_stages (customer_id, stage, since, order_count, last_day)
       select unnest($1::uuid[]), 'lapsed', $2, 1, '2025-01-01'`,
      [ids, NOW],
    );
    const body = {
      key: 'current',
      name: 'x',
      trigger: { on: 'segment', segment: 'lapsed' },
      steps: [{ kind: 'email', key: 'a', template: 't' }],
    };
    await service.request('post', '/api/v1/campaigns').send(body).expect(201);
    await act('current', 'activate', { includeCurrent: true });
    const intakes = service.app.get(IntakesWork);
    let runs = 0;
    for (; (await intakes.nextDueAt()) !== null; runs++) await intakes.runDue(NOW, 10);
    expect(runs).toBe(4);
    expect(await enrolled('current')).toHaveLength(20);
    expect(await enrol('current', { segment: 'lapsed' })).toMatchObject({
      enrolled: 0,
      refused: expect.arrayContaining([
        { customerId: ids[0], reason: 'entry_limit' },
        { customerId: ids[24], reason: 'no_consent' },
      ]) as unknown,
    });
  });

  it('enrolling by hand: what is wrong is told by path', async () => {
    const [id] = (await givenCustomers(service.database, [{}])) as [string];
    const post = (key: string, body: object) =>
      service.request('post', `/api/v1/campaigns/${key}/enrollments`).send(body);
    await service
      .request('post', '/api/v1/campaigns')
      .send({ key: 'draft', name: 'x', trigger: { on: 'manual' }, steps: [{ kind: 'email', key: 'a', template: 't' }] })
      .expect(201);
    await post('draft', { customerIds: [id] }).expect(409);
    await campaign('live');
    await post('nothing', { customerIds: [id] }).expect(404);
    for (const body of [
      {},
      { customerIds: [] },
      { customerIds: ['x'] },
      { customerIds: [id], segment: 'lapsed' },
      { segment: 'unheard-of' },
      { people: [id] },
    ]) {
      await post('live', body).expect(422);
    }
    const unknown = await post('live', { customerIds: [id, newId(NOW)] }).expect(422);
    expect((unknown.body as { errors: object[] }).errors).toMatchObject([{ path: 'customerIds[1]' }]);
    await service.request('delete', `/api/v1/campaigns/live/enrollments/${newId(NOW)}`).expect(404);
    await service.request('get', '/api/v1/campaigns/live/enrollments?status=asleep').expect(422);
    await act('live', 'pause');
    expect((await post('live', { customerIds: [id] }).expect(201)).body).toEqual({
      enrolled: 0,
      refused: [{ customerId: id, reason: 'campaign_paused' }],
    });
  });

  // Last: it moves the clock, which never goes back.
  it('pause freezes, resume spreads what is overdue over an hour, and too late is too late', async () => {
    await campaign('pausing');
    await enrol('pausing', {
      customerIds: await givenCustomers(
        service.database,
        Array.from({ length: 200 }, () => ({})),
      ),
    });
    await claim(NOW);
    await act('pausing', 'pause');
    expect(await engine.nextDueAt()).toBeNull();
    await moveTo(later(72));
    expect((await claim(later(72))).advanced).toBe(0);
    await act('pausing', 'resume');
    const due: number[] = [];
    for (let minute = 0; minute <= 60; minute++)
      due.push((await claim(new Date(later(72).getTime() + minute * 60_000))).effects.length);
    expect(due.reduce((a, b) => a + b)).toBe(200);
    expect(Math.max(...due)).toBeLessThan(15);
    await campaign('too-late');
    await enrol('too-late', { customerIds: await givenCustomers(service.database, [{}]) });
    await claim(later(72));
    await act('too-late', 'pause');
    await moveTo(later(72 + 24 * 10));
    await act('too-late', 'resume');
    expect(said((await claim(later(73 + 24 * 10))).effects)).toEqual(['b too_late']);
  });
});
