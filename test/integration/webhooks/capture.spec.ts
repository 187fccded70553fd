import { Consent } from '../../../src/customers/consent';
import { newId } from '../../../src/kernel/ids';
import { type Envelope } from '../../../src/webhooks/domain/envelope';
import { startTestApp, type TestApp } from '../../support/app';
import { givenCustomers, givenTemplate } from '../../support/campaign-facts';
import { deliverAll, givenEndpoint, heard, type MadeEndpoint } from '../../support/endpoints';
import { type HookSink, startHookSink } from '../../support/hook-sink';

const NOW = new Date('2026-03-02T08:00:00Z');

describe('facts as they are committed', () => {
  let service: TestApp;
  let sink: HookSink;
  let all: MadeEndpoint;
  let campaignId: string;
  beforeAll(async () => {
    service = await startTestApp({ env: { ROLE: 'api', WEBHOOKS_TO_LOOPBACK: 'allow' } });
    sink = await startHookSink();
    await givenTemplate(service.database, 't');
    const steps = [{ kind: 'email', key: 'a', template: 't' }];
    const body = { key: 'told', name: 'Told', trigger: { on: 'manual' }, steps };
    const made = await service.request('post', '/api/v1/campaigns').send(body).expect(201);
    campaignId = (made.body as { id: string }).id;
    // Before anybody listens nothing is kept.
    await givenCustomers(service.database, [{}]);
    expect(await service.database.query('select 1 from webhook_outbox')).toEqual([]);
    expect(await triggers('D')).toBeGreaterThan(10);
    expect(await triggers('O')).toBe(0);
    all = await whileSomebodyWrites(() => givenEndpoint(service, `${sink.url}/`, ['*']));
    expect(await triggers('D')).toBe(0);
  });
  afterAll(async () => {
    await sink.close();
    await service.close();
  });

  /** How many triggers rest (`D`) or are awake (`O`). */
  const triggers = async (state: 'D' | 'O'): Promise<number> => {
    const [row] = await service.database.query<{ n: number }>(
      `select count(*)::int as n from pg_trigger where tgname like 'webhook\\_%' and not tgisinternal and tgenabled = $1`,
      [state],
    );
    return row?.n ?? 0;
  };

  /** A writer holds the customers until `fn` has been kept waiting by it once. */
  async function whileSomebodyWrites<T>(fn: () => Promise<T>): Promise<T> {
    const begun: Array<Promise<T>> = [];
    await service.database.transaction(async (tx) => {
      await tx.execute('update customers set updated_at = updated_at');
      begun.push(fn());
      for (let waiting = 0; waiting === 0;) {
        const [row] = await service.database.query<{ n: number }>(
          `select count(*)::int as n from pg_locks where not granted and relation = 'customers'::regclass`,
        );
        waiting = row?.n ?? 0;
      }
    });
    return begun[0]!;
  }

  /** What is told of what `fn` does. */
  const told = async (fn: () => Promise<unknown>): Promise<Envelope[]> => {
    sink.received.length = 0;
    await service.database.execute('delete from webhook_outbox');
    await fn();
    await deliverAll(service, NOW);
    return heard(sink, all.secret);
  };
  const one = async (): Promise<string> => {
    const [id = ''] = await givenCustomers(service.database, [{}]);
    await service.database.execute('delete from webhook_outbox');
    return id;
  };
  const run = (sql: string, values: unknown[]): Promise<number> => service.database.execute(sql, values);

  it('of a transaction that is rolled back are never told', async () => {
    const events = await told(() =>
      service.database.rehearse((tx) =>
        tx.execute(`insert into customers (id, created_at, recorded_at, updated_at) values ($1, $2, $2, $2)`, [
          newId(NOW),
          NOW,
        ]),
      ),
    );
    expect(events).toEqual([]);
  });

  it('of customers: made, changed by field, unsubscribed, deleted, erased, merged', async () => {
    const id = newId(NOW);
    const path = `/api/v1/customers/${id}`;
    const events = await told(async () => {
      await run(
        `insert into customers (id, external_id, email, consent_status, created_at, recorded_at, updated_at)
         values ($1, 'c-1', 'c1@example.com', 'subscribed', '2020-01-01Z', $2, $2)`,
        [id, NOW],
      );
      await deliverAll(service, NOW);
      await service
        .request('patch', path)
        .send({ firstName: 'Ada', attributes: { plan: 'gold' } })
        .expect(200);
      await deliverAll(service, NOW);
      await service.database.transaction((tx) =>
        service.app.get(Consent).unsubscribe(tx, { customerId: id, at: NOW, source: 'page' }),
      );
      await deliverAll(service, NOW);
      await service.request('post', `${path}/erase`).expect(200);
    });
    const who = { customerId: id, externalId: 'c-1' };
    expect(events.map(({ type, data }) => [type, data])).toEqual([
      ['customer.created', { ...who, consent: 'subscribed' }],
      ['customer.updated', { ...who, fields: ['firstName', 'attributes.plan'] }],
      ['customer.unsubscribed', { ...who, by: 'person', source: 'page', messageId: null }],
      ['customer.erased', { customerId: id, externalId: null }],
    ]);
    expect(events[0]?.timestamp).toBe(NOW.toISOString());
  });

  it('of stages, and of what Ritorno finds out itself; not of what the shop has told', async () => {
    const id = await one();
    const orderId = newId(NOW);
    const event = `insert into customer_events (id, customer_id, type, occurred_at, recorded_at, properties, reference,
      starts, handled_at) values ($1, $2, $3, $4, $4, $5, $6, true, $4)`;
    const events = await told(async () => {
      await run(
        `insert into stage_transitions (customer_id, at, from_stage, to_stage, cause) values ($1, $2, 'recent', 'lapsed', 'time')`,
        [id, NOW],
      );
      await run(
        `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, currency,
           total_minor, counting, recorded_at) values ($1, 'o-1', $2, $3, $3, '', 'paid', 'EUR', 4990, true, $3)`,
        [orderId, id, NOW],
      );
      const counted = { orderId, externalId: 'o-1', origin: 'shop' };
      await run(event, [newId(NOW), id, 'order.counted', NOW, counted, orderId]);
      await run(event, [newId(NOW), id, 'segment.entered', NOW, { segment: 'vips', cause: 'order' }, orderId]);
      await run(event, [newId(NOW), id, 'segment.entered', NOW, { segment: 'prospect', cause: 'created' }, null]);
      await run(event, [newId(NOW), id, 'consent.subscribed', NOW, {}, null]);
      await run(event, [newId(NOW), id, 'checkout.started', NOW, {}, null]);
    });
    const who = { customerId: id, externalId: id };
    expect(events).toHaveLength(4);
    expect(events.map(({ type, data }) => [type, data])).toEqual(
      expect.arrayContaining([
        ['stage.changed', { ...who, from: 'recent', to: 'lapsed', cause: 'time' }],
        ['order.counted', { ...who, orderId, orderExternalId: 'o-1', origin: 'shop', total: '49.90', currency: 'EUR' }],
        ['segment.entered', { ...who, segment: 'vips', cause: 'order', orderId }],
        ['customer.subscribed', who],
      ]),
    );
  });

  it('of enrollments: entered, refused, completed, exited', async () => {
    const id = await one();
    const [first, second] = [newId(NOW), newId(NOW)];
    const enrol = `insert into enrollments (id, customer_id, campaign_id, version, epoch, arm, arm_reason, entry_key, status,
      position, entered_at) values ($1, $2, $3, 1, 1, 'treatment', 'draw', $4, 'active', 0, $5)`;
    const end = 'update enrollments set status = $2, exit_reason = $3, ended_at = $4 where id = $1';
    const events = await told(async () => {
      await run(enrol, [first, id, campaignId, 'a', NOW]);
      await run(enrol, [second, id, campaignId, 'b', NOW]);
      await run('update enrollments set position = 1 where id = $1', [first]);
      await run(end, [first, 'completed', null, NOW]);
      await run(end, [second, 'exited', 'goal', NOW]);
      await run(
        `insert into enrollment_refusals (id, customer_id, campaign_id, at, reason) values ($1, $2, $3, $4, 'cooldown')`,
        [newId(NOW), id, campaignId, NOW],
      );
    });
    const campaign = { customerId: id, externalId: id, campaignId, campaign: 'told' };
    const arm = { arm: 'treatment' };
    expect(events).toHaveLength(5);
    expect(events.map(({ type, data }) => [type, data])).toEqual(
      expect.arrayContaining([
        ['enrollment.entered', { ...campaign, ...arm, enrollmentId: first, orderId: null }],
        ['enrollment.entered', { ...campaign, ...arm, enrollmentId: second, orderId: null }],
        ['enrollment.completed', { ...campaign, ...arm, enrollmentId: first }],
        ['enrollment.exited', { ...campaign, ...arm, enrollmentId: second, reason: 'goal' }],
        ['enrollment.refused', { ...campaign, reason: 'cooldown' }],
      ]),
    );
  });

  it('of mails: what became of them, and what people did with them; machines are left out', async () => {
    const id = await one();
    const enrollmentId = newId(NOW);
    const mail = async (step: string, status: string, reason: string | null = null): Promise<string> => {
      const messageId = newId(NOW);
      await run(
        `insert into messages (id, origin, origin_id, enrollment_id, campaign_id, customer_id, step, status, reason, basis,
           template_key, due_at, queued_at, expires_at)
         values ($1, 'enrollment', $2, $2, $3, $4, $5, $6, $7, 'consent', 't', $8, $8, $8)`,
        [messageId, enrollmentId, campaignId, id, step, status, reason, NOW],
      );
      return messageId;
    };
    const hit = (messageId: string, kind: string, machine: boolean): Promise<number> =>
      run(
        `insert into hits (id, message_id, customer_id, kind, link_index, url, at, machine, rule, rule_version, method)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, 'GET')`,
        [
          ...[newId(NOW), messageId, id, kind, kind === 'click' ? 0 : null],
          ...[kind === 'click' ? 'https://shop.test/a' : null, NOW, machine, machine ? 'scanner' : null],
        ],
      );
    let ids: string[] = [];
    const events = await told(async () => {
      const [sent, skipped, failed] = [
        await mail('a', 'queued'),
        await mail('b', 'skipped', 'capped'),
        await mail('c', 'queued'),
      ];
      await mail('d', 'held_out');
      ids = [sent, skipped, failed];
      await run(`update messages set status = 'sent', sent_at = $2 where id = $1`, [sent, NOW]);
      await run(`update messages set status = 'failed' where id = $1`, [failed]);
      await hit(sent, 'open', true);
      await hit(sent, 'open', false);
      await hit(sent, 'click', true);
      await hit(sent, 'click', false);
      await hit(sent, 'unsubscribe', false);
      await run(`update messages set status = 'bounced', bounced_at = $2 where id = $1`, [sent, NOW]);
      await run(`update messages set complained_at = $2 where id = $1`, [sent, NOW]);
    });
    const facts = { customerId: id, externalId: id, enrollmentId, campaignId, campaign: 'told', template: 't' };
    const a = { ...facts, messageId: ids[0], step: 'a' };
    expect(events).toHaveLength(7);
    expect(events.map(({ type, data }) => [type, data])).toEqual(
      expect.arrayContaining([
        ['message.skipped', { ...facts, messageId: ids[1], step: 'b', reason: 'capped' }],
        ['message.sent', a],
        ['message.failed', { ...facts, messageId: ids[2], step: 'c' }],
        ['message.opened', a],
        ['message.clicked', { ...a, link: 0, url: 'https://shop.test/a' }],
        ['message.bounced', a],
        ['message.complained', a],
      ]),
    );
  });

  it('of coupons and points', async () => {
    const id = await one();
    const [poolId, orderId, messageId] = [newId(NOW), newId(NOW), newId(NOW)];
    await run(
      `insert into coupon_pools (id, key, name, discount, expires_after, when_exhausted, warn_below, created_at, updated_at)
       values ($1, 'spring', 'Spring', '{}', 'P30D', 'skip', 0, $2, $2)`,
      [poolId, NOW],
    );
    await run(
      `insert into orders (id, external_id, customer_id, placed_at, version_at, version_event, status, currency,
         total_minor, counting, recorded_at) values ($1, 'o-7', $2, $3, $3, '', 'paid', 'EUR', 4990, true, $3)`,
      [orderId, id, NOW],
    );
    const events = await told(async () => {
      await run(
        `insert into coupons (id, pool_id, code, state, customer_id, message_id, allocated_at, expires_at)
         values ($1, $2, 'TEA-7', 'allocated', $3, $4, $5, $5)`,
        [newId(NOW), poolId, id, messageId, NOW],
      );
      await run(`update coupons set state = 'redeemed', redeemed_at = $1, redeemed_order_id = $2, redeemed_by = $3`, [
        NOW,
        orderId,
        id,
      ]);
      await run(
        `insert into point_entries (id, customer_id, delta, kind, reference, at, expires_at, recorded_at)
         values ($1, $2, 49, 'earned', 'order:o-7', $3, $3, $3)`,
        [newId(NOW), id, NOW],
      );
    });
    const who = { customerId: id, externalId: id };
    expect(events.map(({ type, data }) => [type, data])).toEqual(
      expect.arrayContaining([
        [
          'coupon.redeemed',
          {
            ...{ ...who, code: 'TEA-7', pool: 'spring', orderId, orderExternalId: 'o-7', redeemedBy: id },
            ...{ messageId, campaignId: null, campaign: null },
          },
        ],
        ['points.changed', { ...who, delta: 49, kind: 'earned', because: 'order:o-7', expiresAt: NOW.toISOString() }],
      ]),
    );
    expect(events).toHaveLength(2);
  });

  it('of erased people are forgotten with everything that waits for them', async () => {
    const id = newId(NOW);
    sink.answer({ status: 503, body: 'no c-9@example.com here' });
    await run(
      `insert into customers (id, external_id, email, created_at, recorded_at, updated_at)
       values ($1, 'secret-shop-id', 'c-9@example.com', $2, $2, $2)`,
      [id, NOW],
    );
    await deliverAll(service, NOW);
    const kept = () =>
      service.database.query<Record<string, unknown>>(
        `select v.type, v.body, d.status, d.last_answer, d.last_error, d.next_try_at from webhook_events v
         join webhook_deliveries d on d.event_id = v.id where v.customer_id = $1 order by v.created_at, d.id`,
        [id],
      );
    const [before] = await kept();
    expect(before).toMatchObject({ type: 'customer.created', status: 'queued', last_answer: 'no [address] here' });
    expect(before?.body).toContain('secret-shop-id');
    const { body } = await service.request('get', `/api/v1/customers/${id}/export`).expect(200);
    expect(JSON.stringify(body)).toContain('customer.created');
    await service.request('patch', `/api/v1/customers/${id}`).send({ firstName: 'Ada' }).expect(200);
    sink.answer({ status: 204 });
    const events = await told(() => service.request('post', `/api/v1/customers/${id}/erase`).expect(200));
    expect(events.map(({ type }) => type)).toEqual(['customer.erased']);
    expect((await kept())[0]).toEqual({
      ...{ type: 'customer.created', body: null, status: 'failed', last_answer: null, last_error: 'erased' },
      next_try_at: null,
    });
    const everything = await service.database.query<{ all: string }>(
      `select concat((select string_agg(o::text, '') from webhook_outbox o), (select string_agg(v::text, '') from
         webhook_events v), (select string_agg(d::text, '') from webhook_deliveries d)) as all`,
    );
    expect(everything[0]?.all).not.toContain('secret-shop-id');
    expect(everything[0]?.all).not.toContain('c-9@');
  });
});
