import { Webhook } from 'standardwebhooks';
import { type StepWebhook, StepWebhooks } from '../../../src/enrollments/step-webhooks';
import { StepWebhooksWork } from '../../../src/enrollments/jobs/step-webhooks.work';
import { type StepWebhookView } from '../../../src/enrollments/webhook-log';
import { newId } from '../../../src/kernel/ids';
import { startTestApp, type TestApp, uniqueKey } from '../../support/app';
import { givenCustomers, givenTemplate } from '../../support/campaign-facts';
import { type HookSink, startHookSink } from '../../support/hook-sink';

const NOW = new Date('2026-03-02T08:00:00Z');
const after = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

describe('webhook steps', () => {
  let service: TestApp;
  let sink: HookSink;
  let work: StepWebhooksWork;
  let key: string;
  let campaignId: string;
  beforeAll(async () => {
    service = await startTestApp({ env: { ROLE: 'api', WEBHOOKS_TO_LOOPBACK: 'allow' } });
    work = service.app.get(StepWebhooksWork);
    sink = await startHookSink();
    await givenTemplate(service.database, 't');
  });
  afterAll(async () => {
    await sink.close();
    await service.close();
  });
  beforeEach(async () => {
    sink.received.length = 0;
    sink.answer({ status: 204 });
    key = uniqueKey('hooks');
    const steps = [{ kind: 'email', key: 'a', template: 't' }];
    const body = { key, name: 'Hooks', trigger: { on: 'manual' }, steps };
    campaignId = ((await service.request('post', '/api/v1/campaigns').send(body).expect(201)).body as { id: string })
      .id;
    await service.database.execute('delete from step_webhooks');
  });

  const step = (customerId: string, change: Partial<StepWebhook> = {}): StepWebhook => ({
    ...{ enrollmentId: newId(NOW), campaignId, customerId, step: 'steps[0]', url: `${sink.url}/hook`, dueAt: NOW },
    ...{ triggerEventId: null, triggerOrderId: null },
    ...change,
  });
  const enqueue = (steps: StepWebhook[]): Promise<void> =>
    service.database.transaction((tx) => service.app.get(StepWebhooks).enqueue(tx, steps));
  const list = async (query = ''): Promise<StepWebhookView[]> =>
    (
      (await service.request('get', `/api/v1/campaigns/${key}/webhooks${query}`).expect(200)).body as {
        items: StepWebhookView[];
      }
    ).items;
  const one = async (): Promise<string> => {
    const [id = ''] = await givenCustomers(service.database, [{ timezone: 'Europe/Rome', locale: 'it' }]);
    return id;
  };

  it('tell who, where and why, signed with the secret that an admin was told', async () => {
    const { body } = await service.request('post', '/api/v1/settings/webhook-signing/rotate').expect(200);
    const { secret } = body as { secret: string };
    const customerId = await one();
    const [eventId, orderId] = [newId(NOW), newId(NOW)];
    await service.database.execute(
      `insert into customer_events (id, customer_id, type, occurred_at, recorded_at, properties, starts, handled_at)
       values ($1, $2, 'checkout.started', $3, $3, '{"externalId": "c-1"}', true, $3)`,
      [eventId, customerId, NOW],
    );
    await service.database.execute(
      `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, currency,
         total_minor, counting, recorded_at) values ($1, 'o-1', $2, $3, $3, '', 'paid', 'EUR', 100, true, $3)`,
      [orderId, customerId, NOW],
    );
    const wanted = step(customerId, { triggerEventId: eventId, triggerOrderId: orderId });
    await enqueue([wanted]);
    await enqueue([wanted]);
    expect(await work.nextDueAt()).toEqual(NOW);
    expect(await work.runDue(NOW, 500)).toBe(1);
    expect(await work.nextDueAt()).toBeNull();
    const [hook, ...more] = sink.received;
    expect(more).toEqual([]);
    const headers = hook?.headers as Record<string, string>;
    const [{ id }] = (await list()) as [StepWebhookView];
    expect(new Webhook(secret).verify(hook?.body ?? '', headers)).toEqual({
      type: 'campaign.step',
      id,
      at: NOW.toISOString(),
      campaign: { id: campaignId, key, name: 'Hooks' },
      step: 'steps[0]',
      enrollmentId: wanted.enrollmentId,
      customer: {
        ...{ id: customerId, externalId: customerId, email: `${customerId}@example.com`, firstName: null },
        ...{ lastName: null, locale: 'it', timezone: 'Europe/Rome', tags: [], attributes: {}, stage: null },
        orders: { count: 0, firstAt: null, lastAt: null },
      },
      trigger: {
        event: {
          ...{ id: eventId, type: 'checkout.started', occurredAt: NOW.toISOString() },
          properties: { externalId: 'c-1' },
        },
        order: { id: orderId, externalId: 'o-1' },
      },
    });
    expect(headers['webhook-id']).toBe(id);
    expect(await list('?status=delivered')).toMatchObject([{ attempts: 1, lastStatus: 204, nextTryAt: null }]);
  });

  it('are signed by the new secret and for a day by the one before', async () => {
    const rotate = async (): Promise<string> =>
      (
        (await service.request('post', '/api/v1/settings/webhook-signing/rotate').expect(200)).body as {
          secret: string;
        }
      ).secret;
    const [older, old, present] = [await rotate(), await rotate(), await rotate()];
    await enqueue([step(await one())]);
    await work.runDue(NOW, 500);
    const [hook] = sink.received;
    const good = (secret: string): boolean => {
      try {
        return new Webhook(secret).verify(hook?.body ?? '', hook?.headers as Record<string, string>) !== null;
      } catch {
        return false;
      }
    };
    expect([older, old, present].map(good)).toEqual([false, true, true]);
    const state = await service.request('get', '/api/v1/settings/webhook-signing').expect(200);
    expect(state.body).toEqual({
      createdAt: NOW.toISOString(),
      previousValidUntil: '2026-03-03T08:00:00.000Z',
    });
    const audit = await service.request('get', '/api/v1/audit-log').expect(200);
    expect(audit.text).toContain('webhook_signing.rotate');
    expect(audit.text).not.toContain('whsec_');
  });

  it('are tried again with the same id and body until the receiver is well, never before their time', async () => {
    sink.answer({ status: 503, body: 'later' });
    await enqueue([step(await one())]);
    await work.runDue(NOW, 500);
    const [{ nextTryAt }] = (await list('?status=queued')) as [StepWebhookView];
    const second = new Date(nextTryAt ?? '');
    expect(second.getTime()).toBeGreaterThanOrEqual(after(5).getTime());
    expect(second.getTime()).toBeLessThanOrEqual(after(6).getTime());
    expect(await work.runDue(after(4), 500)).toBe(0);
    sink.answer({ status: 200 });
    expect(await work.runDue(second, 500)).toBe(1);
    expect(sink.received.map(({ body, headers }) => [body, headers['webhook-id']])[1]).toEqual(
      sink.received.map(({ body, headers }) => [body, headers['webhook-id']])[0],
    );
    expect(await list()).toMatchObject([{ status: 'delivered', attempts: 2, lastStatus: 200 }]);
  });

  it('give up after ten tries or a refusal, and may be tried once more by hand', async () => {
    sink.answer({ status: 500 });
    await enqueue([step(await one())]);
    for (let due = await work.nextDueAt(); due; due = await work.nextDueAt()) await work.runDue(due, 500);
    expect(sink.received).toHaveLength(10);
    expect(await list()).toMatchObject([{ status: 'failed', attempts: 10, lastStatus: 500 }]);
    sink.answer({ status: 404, body: 'no such hook' });
    await enqueue([step(await one())]);
    await work.runDue(NOW, 500);
    expect((await list('?status=failed'))[0]).toMatchObject({
      attempts: 1,
      lastStatus: 404,
      lastAnswer: 'no such hook',
    });
    const [{ id }] = (await list()) as [StepWebhookView];
    sink.answer({ status: 201 });
    await service.request('post', `/api/v1/campaigns/${key}/webhooks/${id}/retry`).expect(200);
    await work.runDue(NOW, 500);
    expect((await list())[0]).toMatchObject({ id, status: 'delivered', lastStatus: 201 });
    await service.request('post', `/api/v1/campaigns/${key}/webhooks/${id}/retry`).expect(409);
    await service.request('post', `/api/v1/campaigns/${key}/webhooks/${newId(NOW)}/retry`).expect(404);
  });

  it('never call inside, and say so', async () => {
    await enqueue([step(await one(), { url: 'https://169.254.169.254/latest/meta-data/' })]);
    await work.runDue(NOW, 500);
    expect(await list()).toMatchObject([
      { status: 'failed', attempts: 1, lastError: 'the address is not one of the public internet' },
    ]);
  });

  it('are made by several workers at once, each once, a few to one receiver at a time', async () => {
    const customers = await givenCustomers(
      service.database,
      Array.from({ length: 30 }, () => ({})),
    );
    await enqueue(customers.map((id) => step(id)));
    const worker = async (): Promise<number[]> => {
      const done: number[] = [];
      for (let n = await work.runDue(NOW, 500); n > 0; n = await work.runDue(NOW, 500)) done.push(n);
      return done;
    };
    const done = (await Promise.all([worker(), worker(), worker()])).flat();
    expect(Math.max(...done)).toBeLessThanOrEqual(4);
    expect(new Set(sink.received.map(({ headers }) => headers['webhook-id'])).size).toBe(30);
    expect(sink.received).toHaveLength(30);
  });

  it('of a worker that died are taken over when its lease is over; what it writes late is refused', async () => {
    await enqueue([step(await one())]);
    await service.database.execute(
      `update step_webhooks set claim_token = gen_random_uuid(), lease_until = clock_timestamp() + interval '1 hour'`,
    );
    expect(await work.runDue(NOW, 500)).toBe(0);
    // Still there, so that a stop and the test clock wait for it.
    expect(await work.nextDueAt()).toEqual(NOW);
    await service.database.execute(`update step_webhooks set lease_until = clock_timestamp() - interval '1 second'`);
    sink.answer(() => ({ status: 200 }));
    expect(await work.runDue(NOW, 500)).toBe(1);
    expect(await list()).toMatchObject([{ status: 'delivered' }]);
  });

  it('are forgotten with the customer: what waits is not sent, what was sent is not kept', async () => {
    const customerId = await one();
    await enqueue([step(customerId), step(customerId)]);
    await service.database.execute(
      `update step_webhooks set next_try_at = $2 where id = (select min(id::text)::uuid from step_webhooks) and campaign_id = $1`,
      [campaignId, after(60)],
    );
    await work.runDue(NOW, 500);
    await service.request('post', `/api/v1/customers/${customerId}/erase`).expect(200);
    expect(await work.nextDueAt()).toBeNull();
    const rows = await service.database.query('select body, status, last_error from step_webhooks order by status');
    expect(rows).toEqual([
      { body: '', status: 'delivered', last_error: null },
      { body: '', status: 'failed', last_error: 'erased' },
    ]);
    const [failed] = await list('?status=failed');
    await service.request('post', `/api/v1/campaigns/${key}/webhooks/${failed?.id ?? ''}/retry`).expect(409);
  });
});
