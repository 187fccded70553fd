import { CustomerIngest } from '../../../src/customers/customer-ingest';
import { type CustomerPatch } from '../../../src/customers/customers.types';
import { Consent } from '../../../src/customers/consent';
import { OrderIngest } from '../../../src/orders/order-ingest';
import { type OrderOp, type OrderOpOrder } from '../../../src/orders/orders.types';
import { Stages } from '../../../src/segments/stages';
import { startTestApp, type TestApp } from '../../support/app';

const NOW = new Date('2026-03-02T08:00:00Z');
const minutes = (n: number): Date => new Date(NOW.getTime() + n * 60_000);

let app: TestApp;
let sequence = 0;
const eventId = (): string => `evt_${String(++sequence).padStart(6, '0')}`;

beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

async function customer(externalId: string, patch: CustomerPatch = {}, at = minutes(-60)): Promise<string> {
  return app.database.transaction(async (tx) => {
    const [result] = await app.app.get(CustomerIngest).applyBatch(
      tx,
      [
        {
          kind: 'upsert',
          identity: { externalId, email: `${externalId}@example.com` },
          patch,
          version: { at, eventId: eventId() },
          source: 'source:shop',
        },
      ],
      NOW,
    );
    const id = result?.customerId ?? '';
    await app.app.get(Stages).touch(tx, [{ customerId: id, cause: 'created', starts: true }], NOW);
    return id;
  });
}

function order(externalId: string, customerId: string, more: Partial<OrderOpOrder> = {}): OrderOpOrder {
  return {
    kind: 'order',
    externalId,
    customerId,
    version: { at: minutes(-30), eventId: eventId() },
    silent: false,
    starts: true,
    placedAt: minutes(-30),
    currency: 'EUR',
    totalMinor: 3000,
    lines: [],
    ...more,
  };
}

const apply = (...ops: OrderOp[]) =>
  app.database.transaction(async (tx) => {
    const { changedCustomers } = await app.app.get(OrderIngest).applyBatch(tx, ops, NOW);
    await app.app.get(Stages).touch(tx, changedCustomers, NOW);
  });

/** The paths of the faults that a problem tells. */
const paths = (problem: unknown): string[] =>
  (problem as { errors: Array<{ path: string }> }).errors.map(({ path }) => path);

/** An answer as far as these tests look into it. */
interface Answer {
  items: Array<Record<string, unknown> & { id: string; at: string; resource: string }>;
  nextCursor: string | null;
  [field: string]: unknown;
}

const get = async (path: string): Promise<Answer> => (await app.request('get', path).expect(200)).body as Answer;

describe('a customer', () => {
  it('has the shape of the contract', async () => {
    const id = await customer('shape', {
      firstName: 'Ada',
      locale: 'it',
      timezone: 'Europe/Rome',
      attributes: { city: 'Torino' },
      tags: ['vip'],
      consent: {
        status: 'subscribed',
        source: 'checkout',
        at: minutes(-70),
        ip: '192.0.2.1',
        text: 'Yes',
        topics: { news: true },
      },
    });
    await apply(order('shape-1', id), {
      kind: 'refund',
      externalId: 'shape-1',
      amount: '5.00',
      at: minutes(-5),
      version: { at: minutes(-5), eventId: eventId() },
      silent: false,
      starts: true,
    });
    expect(await get(`/api/v1/customers/${id}`)).toEqual({
      id,
      externalId: 'shape',
      email: 'shape@example.com',
      firstName: 'Ada',
      lastName: null,
      locale: 'it',
      timezone: 'Europe/Rome',
      attributes: { city: 'Torino' },
      tags: ['vip'],
      consent: {
        status: 'subscribed',
        source: 'checkout',
        at: minutes(-70).toISOString(),
        ip: '192.0.2.1',
        text: 'Yes',
        topics: { news: true },
      },
      stage: 'recent',
      points: 0,
      tier: null,
      orders: { count: 1, total: '25.00', firstAt: minutes(-30).toISOString(), lastAt: minutes(-30).toISOString() },
      suppressed: null,
      ownLapse: { orderDays: 1, days: null, silentDays: 0, overdue: null, reason: 'too_few_order_days' },
      createdAt: minutes(-60).toISOString(),
    });
  });

  it('is found by email in any writing, externalId, stage and segment, page by page', async () => {
    const ids = [await customer('f1'), await customer('f2'), await customer('f3'), await customer('f4')];
    await apply(order('f1-1', ids[0] ?? ''), order('f1-2', ids[0] ?? ''));
    expect((await get('/api/v1/customers?email=%20F1@Example.COM')).items.map((c) => c.id)).toEqual([ids[0]]);
    expect((await get('/api/v1/customers?email=nonsense')).items).toEqual([]);
    expect((await get('/api/v1/customers?externalId=f2')).items.map((c) => c.id)).toEqual([ids[1]]);
    expect((await get('/api/v1/customers?stage=repeat')).items.map((c) => c.id)).toEqual([ids[0]]);
    expect((await get('/api/v1/customers?segment=repeat&stage=recent')).items).toEqual([]);
    expect((await get('/api/v1/segments/repeat/members')).items.map((c) => c.id)).toEqual([ids[0]]);
    const first = await get('/api/v1/customers?limit=2&stage=prospect');
    const second = await get(`/api/v1/customers?limit=2&stage=prospect&cursor=${first.nextCursor}`);
    const seen = [...first.items, ...second.items].map((c) => c.id);
    expect(seen).toEqual([ids[3], ids[2], ids[1]]);
  });

  it('answers 404 and 422 where it must', async () => {
    await app.request('get', '/api/v1/customers/00000000-0000-7000-8000-000000000000').expect(404);
    await app.request('get', '/api/v1/customers/nobody').expect(404);
    await app.request('get', '/api/v1/customers?segment=none').expect(404);
    await app.request('get', '/api/v1/customers?stage=asleep').expect(422);
    await app.request('get', '/api/v1/customers?colour=red').expect(422);
    await app.request('get', `/api/v1/customers?cursor=${Buffer.from('["x"]').toString('base64url')}`).expect(422);
  });
});

describe('changing a customer', () => {
  it('PATCH changes what is given, null clears, later shop events overrule it and earlier ones do not', async () => {
    const id = await customer('patch', { firstName: 'A', lastName: 'B', attributes: { a: 1, b: 2 } });
    const { body } = await app
      .request('patch', `/api/v1/customers/${id}`)
      .send({ firstName: 'C', lastName: null, locale: 'it_it', attributes: { a: null, c: [1] }, tags: ['x', 'x'] })
      .expect(200);
    expect(body).toMatchObject({
      firstName: 'C',
      lastName: null,
      locale: 'it-IT',
      attributes: { b: 2, c: [1] },
      tags: ['x'],
    });
    await customer('patch', { firstName: 'older' }, minutes(-1));
    expect((await get(`/api/v1/customers/${id}`)).firstName).toBe('C');
    await customer('patch', { firstName: 'newer' }, minutes(1));
    expect((await get(`/api/v1/customers/${id}`)).firstName).toBe('newer');
  });

  it('PUT clears what is not given, but for the consent', async () => {
    const id = await customer('put', {
      firstName: 'A',
      attributes: { a: 1 },
      tags: ['t'],
      consent: { status: 'subscribed' },
    });
    const { body } = await app
      .request('put', `/api/v1/customers/${id}`)
      .send({ email: 'put@example.com', lastName: 'L', attributes: { b: 1 } })
      .expect(200);
    expect(body).toMatchObject({
      firstName: null,
      lastName: 'L',
      email: 'put@example.com',
      attributes: { b: 1 },
      tags: [],
      consent: { status: 'subscribed' },
    });
  });

  it('tells faults with their paths and stores nothing', async () => {
    const id = await customer('faults', { firstName: 'A' });
    const { body } = await app
      .request('patch', `/api/v1/customers/${id}`)
      .send({
        firstName: 'B',
        email: 'a@example.com\r\nBcc: b@example.com',
        locale: '!',
        timezone: 'Rome',
        attributes: { x: 'a\u0000b' },
      })
      .expect(422);
    expect(paths(body).sort()).toEqual(['attributes.x', 'email', 'locale', 'timezone']);
    const nested = await app
      .request('patch', `/api/v1/customers/${id}`)
      .send({ consent: { status: 'perhaps' }, colour: 'red' })
      .expect(422);
    expect(paths(nested.body).sort()).toEqual(['colour', 'consent.status']);
    expect((await get(`/api/v1/customers/${id}`)).firstName).toBe('A');
  });

  it('a consent given by API raises consent.subscribed once; it does not lift an unsubscribe without a later proof', async () => {
    const id = await customer('consents');
    await app
      .request('patch', `/api/v1/customers/${id}`)
      .send({ consent: { status: 'subscribed', source: 'till' } })
      .expect(200);
    const events = () =>
      app.database.query(`select type from customer_events where customer_id = $1 and type = 'consent.subscribed'`, [
        id,
      ]);
    expect(await events()).toHaveLength(1);
    await app.database.transaction((tx) =>
      app.app.get(Consent).unsubscribe(tx, { customerId: id, at: NOW, source: 'one_click' }),
    );
    const { body } = await app
      .request('patch', `/api/v1/customers/${id}`)
      .send({ consent: { status: 'subscribed', source: 'till' } })
      .expect(200);
    expect((body as Answer).consent).toMatchObject({
      status: 'unsubscribed',
      source: 'one_click',
      at: NOW.toISOString(),
    });
    expect(await events()).toHaveLength(1);
  });

  it('names the changed fields in the audit log, never what they hold', async () => {
    const id = await customer('audited');
    await app.request('patch', `/api/v1/customers/${id}`).send({ firstName: 'Secret' }).expect(200);
    const { items } = await get('/api/v1/audit-log');
    const entry = items.find((item) => item.resource === `customer:${id}`);
    expect(entry).toMatchObject({ action: 'customer.patch', after: { fields: ['firstName'] } });
    expect(JSON.stringify(entry)).not.toContain('Secret');
  });
});

describe('suppressions', () => {
  it('hold for the address, show on the customer, and are lifted by hand alone', async () => {
    const id = await customer('supp');
    const { body } = await app
      .request('post', '/api/v1/suppressions')
      .send({ address: 'Supp@Example.com', reason: 'asked by phone' })
      .expect(201);
    expect((await get(`/api/v1/customers/${id}`)).suppressed).toEqual({
      reason: 'asked by phone',
      at: NOW.toISOString(),
      scope: 'all',
    });
    await app.request('post', '/api/v1/suppressions').send({ address: 'supp@example.com' }).expect(409);
    await app.request('post', '/api/v1/suppressions').send({ address: 'no address' }).expect(422);
    await customer('supp', { consent: { status: 'subscribed', source: 'x', at: minutes(1) } }, minutes(1));
    expect((await get('/api/v1/suppressions?address=supp@example.com')).items).toEqual([
      expect.objectContaining({ id: (body as { id: string }).id, address: 'supp@example.com' }),
    ]);
    await app.request('delete', `/api/v1/suppressions/${(body as { id: string }).id}`).expect(204);
    await app.request('delete', '/api/v1/suppressions?address=supp@example.com').expect(404);
    expect((await get(`/api/v1/customers/${id}`)).suppressed).toBeNull();
  });
});

describe('a preview of a condition', () => {
  it('counts, says how many can be mailed, and names some', async () => {
    await customer('pre1', { tags: ['preview'], consent: { status: 'subscribed' } });
    await customer('pre2', { tags: ['preview'] });
    const condition = { field: 'tags', op: 'contains', value: 'preview' };
    const { body } = await app.request('post', '/api/v1/segments/preview').send({ condition }).expect(200);
    expect(body).toMatchObject({ count: 2, mailable: 1, sample: [{ externalId: 'pre2' }, { externalId: 'pre1' }] });
    await app
      .request('post', '/api/v1/segments/preview')
      .send({ condition: { field: 'nothing', op: 'eq', value: 1 } })
      .expect(422);
  });
});

describe('the timeline', () => {
  it('holds what happened, newest first, page by page', async () => {
    const id = await customer('line', { consent: { status: 'subscribed', source: 'checkout' } });
    await apply(order('line-1', id), {
      kind: 'refund',
      externalId: 'line-1',
      amount: '30.00',
      at: minutes(-5),
      version: { at: minutes(-5), eventId: eventId() },
      silent: false,
      starts: true,
    });
    await app.database.transaction((tx) =>
      app.app.get(Consent).unsubscribe(tx, { customerId: id, at: minutes(-1), source: 'one_click' }),
    );
    const whole = (await get(`/api/v1/customers/${id}/timeline`)).items;
    expect(whole.map((item) => item.at)).toEqual(
      whole
        .map((item) => item.at)
        .sort()
        .reverse(),
    );
    expect(whole).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: 'order',
          externalId: 'line-1',
          total: '30.00',
          currency: 'EUR',
          counting: false,
        }),
        expect.objectContaining({ kind: 'refund', amount: '30.00', orderExternalId: 'line-1' }),
        expect.objectContaining({ kind: 'consent', status: 'subscribed', by: 'shop', source: 'checkout' }),
        expect.objectContaining({ kind: 'consent', status: 'unsubscribed', by: 'person', source: 'one_click' }),
      ]),
    );
    const seen: unknown[] = [];
    let cursor = '';
    do {
      const page = await get(`/api/v1/customers/${id}/timeline?limit=1${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.items);
      cursor = page.nextCursor ?? '';
    } while (cursor);
    expect(seen).toEqual(whole);
  });
});

describe('a person’s demands', () => {
  it('export gives everything, erasure leaves nothing that identifies and keeps the figures', async () => {
    const id = await customer('forget', {
      firstName: 'Eva',
      attributes: { city: 'Roma' },
      consent: { status: 'subscribed' },
    });
    await customer('forget', { email: 'forget2@example.com' }, minutes(-20));
    await apply(order('forget-1', id, { couponCodes: ['EVA-1'] }));
    await app.request('patch', `/api/v1/customers/${id}`).send({ lastName: 'Rossi' }).expect(200);
    const exported = JSON.stringify(await get(`/api/v1/customers/${id}/export`));
    for (const word of ['Eva', 'Rossi', 'forget@example.com', 'forget2@example.com', 'forget-1', 'EVA-1'])
      expect(exported).toContain(word);
    await app.request('post', `/api/v1/customers/${id}/erase`).expect(200);
    await app.request('post', `/api/v1/customers/${id}/erase`).expect(200);
    expect(await get(`/api/v1/customers/${id}`)).toMatchObject({
      externalId: null,
      email: null,
      firstName: null,
      attributes: {},
      orders: { count: 1, total: '30.00' },
    });
    expect((await get('/api/v1/customers?externalId=forget')).items).toEqual([]);
    expect(JSON.stringify(await get(`/api/v1/customers/${id}/export`))).not.toMatch(/Eva|Rossi|forget2?@|EVA-1/);
    await app.request('patch', `/api/v1/customers/${id}`).send({ firstName: 'Eva' }).expect(409);
  });

  it('leave no trace of the person in any table', async () => {
    const marker = 'unforgettable';
    const id = await customer(marker, {
      firstName: marker,
      attributes: { [marker]: marker },
      tags: [marker],
      consent: { status: 'subscribed', source: marker, text: marker },
    });
    await app.request('post', `/api/v1/customers/${id}/erase`).expect(200);
    const tables = await app.database.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    const traces: string[] = [];
    for (const { name } of tables) {
      const rows = await app.database.query(`select 1 from "${name}" t where t::text ilike $1 limit 1`, [
        `%${marker}%`,
      ]);
      if (rows.length > 0) traces.push(name);
    }
    expect(traces).toEqual([]);
  });
});
