import { newId } from '../../../src/kernel/ids';
import { PruneWork } from '../../../src/webhooks/jobs/prune.work';
import { DeliverWork } from '../../../src/webhooks/jobs/deliver.work';
import { startTestApp, type TestApp } from '../../support/app';
import { givenCustomers } from '../../support/campaign-facts';
import { deliverAll, deliveriesOf, endpoint, givenEndpoint, heard } from '../../support/endpoints';
import { type HookSink, type ReceivedHook, startHookSink } from '../../support/hook-sink';

const NOW = new Date('2026-03-02T08:00:00Z');
const after = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);
const BASE = '/api/v1/webhook-endpoints';

describe('telling endpoints', () => {
  let service: TestApp;
  let sink: HookSink;
  beforeAll(async () => {
    service = await startTestApp({ env: { ROLE: 'api', WEBHOOKS_TO_LOOPBACK: 'allow' } });
    sink = await startHookSink();
  });
  afterAll(async () => {
    await sink.close();
    await service.close();
  });
  beforeEach(async () => {
    sink.received.length = 0;
    sink.answer({ status: 204 });
    for (const table of ['endpoints', 'events', 'deliveries', 'outbox'])
      await service.database.execute(`delete from webhook_${table}`);
  });

  const facts = (count: number): Promise<string[]> =>
    givenCustomers(
      service.database,
      Array.from({ length: count }, () => ({})),
    );
  const times = (hooks: readonly ReceivedHook[]): Map<string, number> => {
    const seen = new Map<string, number>();
    for (const { headers } of hooks) {
      const id = String(headers['webhook-id']);
      seen.set(id, (seen.get(id) ?? 0) + 1);
    }
    return seen;
  };

  it('reaches each that wants the type, once, signed with its own secrets', async () => {
    const [created, stages, messages] = [
      await givenEndpoint(service, `${sink.url}/created`, ['customer.created']),
      await givenEndpoint(service, `${sink.url}/family`, ['customer.*', 'stage.changed']),
      await givenEndpoint(service, `${sink.url}/messages`, ['message.*']),
    ];
    const ids = await facts(3);
    await deliverAll(service, NOW);
    for (const [made, path] of [
      [created, '/created'],
      [stages, '/family'],
    ] as const) {
      const told = heard(sink, made.secret, path);
      expect(told.map(({ data }) => data.customerId).sort()).toEqual([...ids].sort());
      expect(await deliveriesOf(service, made.id)).toMatchObject(
        ids.map(() => ({ type: 'customer.created', status: 'delivered', attempts: 1, lastStatus: 204 })),
      );
    }
    expect(await deliveriesOf(service, messages.id)).toEqual([]);
    expect(sink.received).toHaveLength(6);
    // One event, one id, wherever it goes.
    expect([...times(sink.received).values()]).toEqual([2, 2, 2]);
    expect(await endpoint(service, created.id)).toMatchObject({ health: { status: 'ok', waiting: 0 } });
  });

  it('tells again, with the same id and body, what was sent and not written down', async () => {
    const { id, secret } = await givenEndpoint(service, `${sink.url}/`, ['*']);
    await facts(1);
    await deliverAll(service, NOW);
    const lease = (seconds: number): Promise<number> =>
      service.database.execute(
        `update webhook_deliveries set status = 'queued', next_try_at = $1, finished_at = null, attempts = 0,
           claim_token = gen_random_uuid(), lease_until = clock_timestamp() + make_interval(secs => $2)`,
        [NOW, seconds],
      );
    // The process died between the call and the record: its lease still runs, so nobody else may call, yet it is due.
    await lease(60);
    expect(await service.app.get(DeliverWork).nextDueAt()).toEqual(NOW);
    expect(await service.app.get(DeliverWork).runDue(NOW)).toBe(0);
    await lease(-1);
    await deliverAll(service, NOW);
    const told = heard(sink, secret);
    expect(told).toHaveLength(2);
    expect(told[1]).toEqual(told[0]);
    expect(sink.received[1]?.body).toBe(sink.received[0]?.body);
    expect(await deliveriesOf(service, id)).toMatchObject([{ status: 'delivered', attempts: 1 }]);
  });

  it('does not let an endpoint that never answers hold up the others', async () => {
    const slow = await givenEndpoint(service, `${sink.url}/slow`, ['*']);
    const quick = await givenEndpoint(service, `${sink.url}/quick`, ['*']);
    sink.answer(({ path }) => ({ status: 204, hang: path === '/slow' }));
    await facts(60);
    // Its time comes to an end when we say so: whoever waited for it, waited for ever.
    const patience = new AbortController();
    const timeout = jest.spyOn(AbortSignal, 'timeout').mockReturnValue(patience.signal);
    const work = service.app.get(DeliverWork);
    const done = deliverAll(service, NOW);
    for (;;) {
      const [row] = await service.database.query<{ count: number }>(
        `select count(*) from webhook_deliveries where endpoint_id = $1 and status = 'delivered'`,
        [quick.id],
      );
      if (row?.count === 60) break;
      await new Promise((turn) => setTimeout(turn, 20));
    }
    expect(sink.received.filter(({ path }) => path === '/slow').length).toBeLessThanOrEqual(6);
    expect(await work.nextDueAt()).toEqual(NOW);
    // Whoever is in the way of a test is switched off; its calls end by themselves.
    await service.request('patch', `${BASE}/${slow.id}`).send({ enabled: false }).expect(200);
    timeout.mockRestore();
    patience.abort(new DOMException('late', 'TimeoutError'));
    await done;
    expect(await deliveriesOf(service, slow.id, '&status=missed')).toHaveLength(60);
  });

  it('switches off an endpoint that says it is gone, at once and with notice; what waits is kept as missed', async () => {
    const { id, url } = await givenEndpoint(service, `${sink.url}/gone`, ['*']);
    sink.answer({ status: 410, body: 'gone, ask ada@example.com' });
    await facts(10);
    await deliverAll(service, NOW);
    expect(await endpoint(service, id)).toMatchObject({
      ...{ url, enabled: false, disabledReason: 'the receiver answered 410 Gone', disabledAt: NOW.toISOString() },
      health: { status: 'disabled', waiting: 0 },
    });
    const log = await deliveriesOf(service, id);
    expect(log.filter(({ status }) => status === 'failed').length).toBeGreaterThan(0);
    expect(log.filter(({ status }) => status === 'missed').length).toBeGreaterThanOrEqual(4);
    expect(log.find(({ status }) => status === 'failed')).toMatchObject({ lastAnswer: 'gone, ask [address]' });
    const audit = await service.request('get', '/api/v1/audit-log').expect(200);
    expect(audit.text).toContain('webhook_endpoint.disable');
    const metrics = await service.request('get', '/metrics').expect(200);
    expect(metrics.text).toContain('ritorno_webhooks_disabled_total 1');
    // While it is off events are kept and not sent; on again, all of them can be had.
    await facts(1);
    await deliverAll(service, NOW);
    expect((await deliveriesOf(service, id)).at(-1)).toMatchObject({ status: 'missed', attempts: 0 });
    await service.request('post', `${BASE}/${id}/replay`).send({ since: NOW.toISOString() }).expect(409);
    await service.request('post', `${BASE}/${id}/test`).expect(409);
    await service.request('patch', `${BASE}/${id}`).send({ enabled: true }).expect(200);
    sink.answer({ status: 204 });
    sink.received.length = 0;
    const { body } = await service
      .request('post', `${BASE}/${id}/replay`)
      .send({ since: NOW.toISOString() })
      .expect(200);
    expect(body).toEqual({ queued: 11, more: false });
    await deliverAll(service, NOW);
    expect([...times(sink.received).values()]).toEqual(Array.from({ length: 11 }, () => 1));
    expect(await deliveriesOf(service, id, '&status=delivered')).toHaveLength(11);
  });

  it('tries for days by the schedule, and switches off after five without a success', async () => {
    const { id } = await givenEndpoint(service, `${sink.url}/down`, ['customer.*']);
    sink.answer({ status: 404 });
    await facts(1);
    const until = async (end: Date): Promise<void> => {
      for (let now = await service.app.get(DeliverWork).nextDueAt(); now && now <= end;) {
        await deliverAll(service, now);
        now = await service.app.get(DeliverWork).nextDueAt();
      }
    };
    await deliverAll(service, NOW);
    await until(after(4));
    expect(await deliveriesOf(service, id)).toMatchObject([{ status: 'failed', attempts: 10, lastStatus: 404 }]);
    expect(await endpoint(service, id)).toMatchObject({
      enabled: true,
      health: { status: 'failing', failingSince: NOW.toISOString() },
    });
    await facts(1);
    await deliverAll(service, after(4));
    await until(after(8));
    const given = await endpoint(service, id);
    expect(given).toMatchObject({ enabled: false, disabledReason: 'nothing was accepted for 5 days' });
    const days = (Date.parse(given.disabledAt ?? '') - NOW.getTime()) / 86_400_000;
    expect(days).toBeGreaterThanOrEqual(5);
    expect(days).toBeLessThan(6);
  });

  it('begins anew to count the days once something was accepted', async () => {
    const { id } = await givenEndpoint(service, `${sink.url}/`, ['*']);
    sink.answer({ status: 500 });
    await facts(1);
    await deliverAll(service, NOW);
    expect((await endpoint(service, id)).health).toMatchObject({ status: 'failing', waiting: 1 });
    sink.answer({ status: 200 });
    await deliverAll(service, after(1));
    expect((await endpoint(service, id)).health).toEqual({ status: 'ok', failingSince: null, waiting: 0 });
    expect(new Set(sink.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  it('sends a ping, tells one again on request, and shows what it tells', async () => {
    const { id, secret } = await givenEndpoint(service, `${sink.url}/`, ['message.*']);
    const { body } = await service.request('post', `${BASE}/${id}/test`).expect(202);
    const { id: deliveryId, eventId } = body as { id: string; eventId: string };
    await deliverAll(service, NOW);
    const path = `${BASE}/${id}/deliveries/${deliveryId}`;
    await service.request('post', `${path}/replay`).expect(200);
    await service.request('post', `${path}/replay`).expect(409);
    await deliverAll(service, NOW);
    const ping = { id: eventId, type: 'ping', timestamp: NOW.toISOString(), data: { endpointId: id } };
    expect(heard(sink, secret)).toEqual([ping, ping]);
    const shown = await service.request('get', path).expect(200);
    expect(shown.body).toMatchObject({ status: 'delivered', event: ping });
    await service.request('get', `${BASE}/${id}/deliveries/${newId(NOW)}`).expect(404);
    await service.request('get', `${BASE}/${newId(NOW)}/deliveries`).expect(404);
  });

  it('signs by the new secret and for a day by the one before', async () => {
    const made = await givenEndpoint(service, `${sink.url}/`, ['*']);
    const rotate = async (secret?: string): Promise<string> =>
      ((await service.request('post', `${BASE}/${made.id}/secrets`).send({ secret }).expect(201)).body as MadeSecret)
        .secret;
    type MadeSecret = { secret: string };
    const old = await rotate();
    const own = `whsec_${Buffer.from('a secret of the receiver itself').toString('base64')}`;
    expect(await rotate(own)).toBe(own);
    await facts(1);
    await deliverAll(service, NOW);
    expect(() => heard(sink, made.secret)).toThrow();
    expect(heard(sink, old)).toEqual(heard(sink, own));
    expect((await endpoint(service, made.id)).secret).toEqual({
      createdAt: NOW.toISOString(),
      previousValidUntil: after(1).toISOString(),
    });
    sink.received.length = 0;
    await facts(1);
    await deliverAll(service, after(1.001));
    expect(() => heard(sink, old)).toThrow();
    expect(heard(sink, own)).toHaveLength(1);
    const audit = await service.request('get', '/api/v1/audit-log').expect(200);
    expect(audit.text).not.toContain('whsec_');
    const list = await service.request('get', BASE).expect(200);
    expect(list.text).not.toContain('whsec_');
    const answer = await service.request('post', `${BASE}/${made.id}/secrets`).send({ secret: 'x' }).expect(422);
    expect((answer.body as { errors: unknown }).errors).toMatchObject([{ path: 'secret' }]);
  });

  it('refuses what is no endpoint, by path, and more than fifty', async () => {
    const faults = async (body: object): Promise<string[]> => {
      const answer = await service.request('post', BASE).send(body).expect(422);
      return (answer.body as { errors: Array<{ path: string }> }).errors.map(({ path }) => path);
    };
    const url = 'https://hooks.example.com/';
    expect(await faults({ url: 'nonsense', events: ['*'] })).toEqual(['url']);
    expect(await faults({ url: 'https://10.0.0.1/', events: ['*'] })).toEqual(['url']);
    expect(await faults({ url: 'https://169.254.169.254/latest', events: ['*'] })).toEqual(['url']);
    expect(await faults({ url, events: ['stage.*', 'nothing.known', 'stage.*'] })).toEqual(['events[1]', 'events[2]']);
    expect(await faults({ url, events: [] })).toEqual(['events']);
    expect(new Set(await faults({ url }))).toEqual(new Set(['events']));
    expect(await faults({ url, events: ['*'], colour: 'red' })).toEqual(['colour']);
    const { body } = await service
      .request('post', BASE)
      .send({ url, events: ['*'], name: 'A' })
      .expect(201);
    const { id } = body as { id: string };
    await service
      .request('patch', `${BASE}/${id}`)
      .send({ events: ['what.*'] })
      .expect(422);
    const changed = await service
      .request('patch', `${BASE}/${id}`)
      .send({ events: ['stage.*'] })
      .expect(200);
    expect(changed.body).toMatchObject({ name: 'A', url, events: ['stage.*'], enabled: true });
    const put = await service
      .request('put', `${BASE}/${id}`)
      .send({ url, events: ['*'] })
      .expect(200);
    expect(put.body).toMatchObject({ name: null, events: ['*'] });
    await service.database.execute(
      `insert into webhook_endpoints (id, url, events, created_at, updated_at)
       select gen_random_uuid(), $1, '{*}', $2, $2 from generate_series(1, 49)`,
      [url, NOW],
    );
    await service
      .request('post', BASE)
      .send({ url, events: ['*'] })
      .expect(409);
    await service.request('delete', `${BASE}/${id}`).expect(204);
    await service.request('get', `${BASE}/${id}`).expect(404);
    await service.request('delete', `${BASE}/${id}`).expect(404);
  });

  it('hears of everything that is committed after it was registered, also by transactions that began before', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((done) => (release = done));
    const [first, second] = [newId(NOW), newId(NOW)];
    const insert = `insert into customers (id, created_at, recorded_at, updated_at) values ($1, $2, $2, $2)`;
    let wrote = (): void => undefined;
    const written = new Promise<void>((done) => (wrote = done));
    const open = service.database.transaction(async (tx) => {
      await tx.execute(insert, [first, NOW]);
      wrote();
      await held;
      await tx.execute(insert, [second, NOW]);
    });
    await written;
    let answered = false;
    const making = givenEndpoint(service, `${sink.url}/`, ['*']).then((made) => {
      answered = true;
      return made;
    });
    await new Promise((turn) => setTimeout(turn, 300));
    // What was written before the endpoint was known is not told, so the answer waits for it to be committed.
    expect(answered).toBe(false);
    release();
    await open;
    const { secret } = await making;
    const [third] = await facts(1);
    await deliverAll(service, NOW);
    expect(heard(sink, secret).map(({ data }) => data.customerId)).toEqual([second, third]);
  });

  it('forgets after thirty days', async () => {
    const { id } = await givenEndpoint(service, `${sink.url}/`, ['*']);
    await facts(3);
    await deliverAll(service, NOW);
    const prune = service.app.get(PruneWork);
    const due = (await prune.nextDueAt()) ?? NOW;
    expect(due).toEqual(new Date('2026-04-02T00:00:00Z'));
    expect(await prune.runDue(after(29), 500)).toBe(0);
    expect(await prune.runDue(due, 2)).toBe(4);
    expect(await prune.runDue(due, 2)).toBe(2);
    expect(await prune.nextDueAt()).toBeNull();
    expect(await deliveriesOf(service, id)).toEqual([]);
  });
});
