import { startTestApp, type TestApp } from '../../support/app';

const faultPaths = (body: unknown): string[] =>
  (body as { errors: Array<{ path: string }> }).errors.map(({ path }) => path);

describe('segments over HTTP', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  const vip = { key: 'vip', name: 'VIP', condition: { field: 'orders.count', op: 'gte', value: 5 } };

  it('lists the built-in ones and lets nobody change them', async () => {
    const list = await app.request('get', '/api/v1/segments').expect(200);
    const keys = (list.body as { items: Array<{ key: string }> }).items.map((segment) => segment.key);
    expect(keys).toEqual(['unengaged', 'subscribed', 'lapsed', 'repeat', 'recent', 'prospect']);
    const lapsed = await app.request('get', '/api/v1/segments/lapsed').expect(200);
    expect(lapsed.body).toMatchObject({ builtIn: true, createdAt: null, condition: { field: 'stage' } });
    await app
      .request('put', '/api/v1/segments/lapsed')
      .send({ ...vip, key: 'lapsed' })
      .expect(409);
    await app.request('delete', `/api/v1/segments/${lapsed.body.id}`).expect(409);
    await app
      .request('post', '/api/v1/segments')
      .send({ ...vip, key: 'lapsed' })
      .expect(409);
  });

  it('makes, reads, replaces with If-Match and deletes one', async () => {
    const made = await app.request('post', '/api/v1/segments').send(vip).expect(201);
    expect(made.body).toMatchObject({ ...vip, builtIn: false, version: 1, createdAt: '2026-03-02T08:00:00.000Z' });
    expect(made.headers.etag).toBe('"1"');
    await app.request('post', '/api/v1/segments').send(vip).expect(409);
    const changed = { ...vip, name: 'Very important' };
    const put = await app.request('put', '/api/v1/segments/vip').set('if-match', '"1"').send(changed).expect(200);
    expect(put.headers.etag).toBe('"2"');
    await app.request('put', '/api/v1/segments/vip').set('if-match', '"1"').send(vip).expect(412);
    expect((await app.request('get', `/api/v1/segments/${made.body.id}`).expect(200)).body.name).toBe('Very important');
    await app.request('delete', '/api/v1/segments/vip').set('if-match', '"1"').expect(412);
    await app.request('delete', '/api/v1/segments/vip').expect(204);
    await app.request('get', '/api/v1/segments/vip').expect(404);
    const log = await app.request('get', '/api/v1/audit-log').expect(200);
    const actions = (log.body as { items: Array<{ action: string }> }).items.map((line) => line.action);
    expect(actions.slice(0, 3)).toEqual(['segment.delete', 'segment.update', 'segment.create']);
  });

  it('keeps one that another refers to, and refuses circles and unknown references by name', async () => {
    const post = (key: string, condition: unknown) =>
      app.request('post', '/api/v1/segments').send({ key, name: key, condition });
    await post('a', { field: 'stage', op: 'eq', value: 'repeat' }).expect(201);
    await post('b', { all: [{ segment: 'a' }, { not: { segment: 'lapsed' } }] }).expect(201);
    expect((await app.request('delete', '/api/v1/segments/a').expect(409)).body.detail).toContain('segment b');
    const circle = await app
      .request('put', '/api/v1/segments/a')
      .send({ key: 'a', name: 'a', condition: { segment: 'b' } })
      .expect(422);
    expect(circle.body.errors).toEqual([{ path: 'condition', message: 'leads back to itself: a > b > a' }]);
    await app
      .request('put', '/api/v1/segments/a')
      .send({ key: 'renamed', name: 'a', condition: { field: 'stage', op: 'eq', value: 'repeat' } })
      .expect(409);
    const self = await post('self', { not: { segment: 'self' } }).expect(422);
    expect(self.body.errors[0].message).toContain('leads back to itself');
    const unknown = await post('c', { any: [{ segment: 'a' }, { not: { segment: 'nobody' } }] }).expect(422);
    expect(unknown.body.errors).toEqual([
      { path: 'condition.any[1].not.segment', message: 'the segment nobody does not exist' },
    ]);
  });

  it('refuses a bomb of references', async () => {
    const post = (key: string, condition: unknown) =>
      app.request('post', '/api/v1/segments').send({ key, name: key, condition });
    await post('x0', { field: 'locale', op: 'exists', value: true }).expect(201);
    let status = 201;
    for (let i = 1; i <= 40 && status === 201; i++) {
      status = (await post(`x${i}`, { any: Array.from({ length: 10 }, () => ({ segment: `x${i - 1}` })) })).status;
    }
    expect(status).toBe(422);
  });

  it.each([
    [{ ...vip, key: 'Not A Key' }, 'key'],
    [{ ...vip, key: '0190f0a0-0000-7000-8000-000000000000' }, 'key'],
    [{ ...vip, name: '' }, 'name'],
    [{ ...vip, condition: [] }, 'condition'],
    [{ ...vip, condition: 'x' }, 'condition'],
    [{ ...vip, condition: { all: [{ field: 'nope', op: 'eq', value: 1 }] } }, 'condition.all[0].field'],
    [{ ...vip, condition: { field: 'shoeSize', op: 'gt', value: 1 } }, 'condition.field'],
    [{ ...vip, color: 'red' }, 'color'],
  ])('422 for %j at %s', async (body, path) => {
    const refused = await app.request('post', '/api/v1/segments').send(body).expect(422);
    expect(faultPaths(refused.body)).toContain(path);
  });
});

describe('conditions on what happened, over HTTP', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp({ clock: '2026-03-02T08:00:00.000Z' });
    const event = (id: string, type: string, data: object) => ({
      id,
      type,
      occurredAt: '2026-03-01T08:00:00Z',
      data,
    });
    const customer = (n: number) => ({ externalId: `c${n}`, email: `c${n}@example.com` });
    const order = (n: number, category: string) => ({
      externalId: `o${n}`,
      customer: customer(n),
      placedAt: '2026-03-01T08:00:00Z',
      currency: 'EUR',
      total: '30.00',
      lines: [{ productExternalId: `sku-${category}`, category, quantity: 2, unitPrice: '15.00' }],
    });
    const events = [
      event('e1', 'order.placed', order(1, 'coffee')),
      event('e2', 'order.placed', order(2, 'tea')),
      event('e3', 'order.placed', order(3, 'coffee')),
      event('e4', 'order.refunded', { orderExternalId: 'o3', amount: '30.00', at: '2026-03-01T09:00:00Z' }),
      event('e5', 'page.viewed', { customer: customer(1), properties: { path: '/sale', deep: { path: '/sale' } } }),
      event('e6', 'page.viewed', { customer: customer(2), properties: { path: '/' } }),
    ];
    const { body } = await app.request('post', '/api/v1/events').send(events).expect(202);
    expect(body).toMatchObject({ accepted: 6, rejected: [] });
    await app.advance('PT1M');
  });
  afterAll(() => app.close());

  const count = async (condition: unknown): Promise<number> =>
    (await app.request('post', '/api/v1/segments/preview').send({ condition }).expect(200)).body.count as number;

  it.each([
    [{ bought: { category: 'coffee' } }, 1],
    [{ bought: {} }, 2],
    [{ bought: { product: 'sku-tea', category: 'coffee' } }, 0],
    [{ bought: {}, atLeast: 2 }, 0],
    [{ bought: {}, within: 'P1D' }, 0],
    [{ bought: {}, within: 'P2D' }, 2],
    [{ not: { bought: {} } }, 1],
    [{ event: 'page.viewed' }, 2],
    [{ event: 'page.viewed', where: { path: '/sale' } }, 1],
    [{ event: 'page.viewed', where: { path: '/SALE' } }, 0],
    [{ message: 'sent' }, 0],
    [{ field: 'engagement.lastOpenedAt', op: 'exists', value: false }, 3],
  ])('%j means %i', async (condition, expected) => {
    expect(await count(condition)).toBe(expected);
  });

  it('tells every fault at once', async () => {
    const condition = {
      all: [{ bought: { colour: 'red' }, within: 'soon' }, { any: [{ event: 7, atLeast: 0 }, { message: 'read' }] }],
    };
    const refused = await app.request('post', '/api/v1/segments/preview').send({ condition }).expect(422);
    expect(faultPaths(refused.body)).toEqual([
      'condition.all[0].bought.colour',
      'condition.all[0].within',
      'condition.all[1].any[0].event',
      'condition.all[1].any[0].atLeast',
      'condition.all[1].any[1].message',
    ]);
  });

  it('refuses what is too deep or too long, however large', async () => {
    const nested = (depth: number): string => `${'{"not":'.repeat(depth)}{"segment":"lapsed"}${'}'.repeat(depth)}`;
    for (const condition of [nested(50), nested(50_000), JSON.stringify({ bought: {}, where: { a: 1 } })]) {
      const refused = await app
        .request('post', '/api/v1/segments/preview')
        .set('content-type', 'application/json')
        .send(`{"condition":${condition}}`);
      expect(refused.status).toBe(422);
    }
    const values = Array.from({ length: 10_000 }, (_, i) => `v${i}`);
    const refused = await app
      .request('post', '/api/v1/segments/preview')
      .send({ condition: { field: 'locale', op: 'in', value: values } })
      .expect(422);
    expect(faultPaths(refused.body)).toEqual(['condition.value']);
  });
});

describe('the lifecycle setting over HTTP', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startTestApp();
  });
  afterAll(() => app.close());

  it('begins with 90 days and two orders', async () => {
    const { body } = await app.request('get', '/api/v1/settings/lifecycle').expect(200);
    expect(body).toEqual({ lapsedAfter: 'P90D', repeatMinOrders: 2, effective: 'P90D', computedAt: null, basis: null });
  });

  it('takes whole days, weeks and auto', async () => {
    const put = (body: object) => app.request('put', '/api/v1/settings/lifecycle').send(body);
    expect((await put({ lapsedAfter: 'P8W', repeatMinOrders: 3 }).expect(200)).body).toMatchObject({
      effective: 'P56D',
      repeatMinOrders: 3,
    });
    const auto = await put({ lapsedAfter: 'auto' }).expect(200);
    expect(auto.body).toMatchObject({
      lapsedAfter: 'auto',
      repeatMinOrders: 2,
      effective: 'P90D',
      computedAt: '2026-03-02T08:00:00.000Z',
      basis: { reason: 'too_little_history', customers: 0 },
    });
    expect((await app.request('get', '/api/v1/settings/lifecycle').expect(200)).body).toEqual(auto.body);
  });

  it.each([
    [{ lapsedAfter: 'soon', repeatMinOrders: 2 }, 'lapsedAfter'],
    [{ lapsedAfter: 'P1M' }, 'lapsedAfter'],
    [{ lapsedAfter: 'PT36H' }, 'lapsedAfter'],
    [{ lapsedAfter: 'P1DT1H' }, 'lapsedAfter'],
    [{ lapsedAfter: 'P0D' }, 'lapsedAfter'],
    [{ lapsedAfter: 'P99999D' }, 'lapsedAfter'],
    [{ lapsedAfter: 90 }, 'lapsedAfter'],
    [{ repeatMinOrders: 2 }, 'lapsedAfter'],
    [{ lapsedAfter: 'P90D', repeatMinOrders: 0 }, 'repeatMinOrders'],
    [{ lapsedAfter: 'P90D', repeatMinOrders: 1.5 }, 'repeatMinOrders'],
  ])('422 for %j at %s', async (body, path) => {
    const refused = await app.request('put', '/api/v1/settings/lifecycle').send(body).expect(422);
    expect(faultPaths(refused.body)).toContain(path);
  });

  it('reports an empty shop, as CSV too, and refuses days that do not exist', async () => {
    const { body } = await app.request('get', '/api/v1/reports/lifecycle').expect(200);
    expect(body).toMatchObject({ at: '2026-03-02', stages: { prospect: 0, recent: 0, repeat: 0, lapsed: 0 } });
    const csv = await app.request('get', '/api/v1/reports/lifecycle?at=2026-01-01&format=csv').expect(200);
    expect(csv.text.split('\r\n')[1]).toBe('2026-01-01,prospect,0');
    await app.request('get', '/api/v1/reports/lifecycle?at=2026-02-30').expect(422);
    await app.request('get', '/api/v1/reports/lifecycle?from=2026-02-01').expect(422);
    await app.request('get', '/api/v1/reports/lifecycle?from=2026-02-01&to=2026-02-01').expect(422);
  });
});
