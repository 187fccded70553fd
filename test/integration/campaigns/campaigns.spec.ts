import { startTestApp, type TestApp } from '../../support/app';
import { givenTemplate } from '../../support/campaign-facts';

const DEFINITION = {
  key: 'welcome',
  name: 'Welcome',
  purpose: 'welcome',
  trigger: { on: 'event', event: 'customer.created' },
  goal: { event: 'order.placed', within: 'P30D', exit: true },
  holdout: 0.1,
  steps: [
    { kind: 'email', key: 'one', template: 'w1' },
    { kind: 'wait', for: 'P2D', at: '09:00' },
    { kind: 'email', key: 'two', template: 'w1' },
  ],
};

describe('campaigns over HTTP', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
    await givenTemplate(service.database, 'w1', { variables: ['customer.firstName', 'order.total'] });
    await givenTemplate(service.database, 'receipt', { kind: 'transactional' });
  });
  afterAll(() => service.close());
  const post = (body: object) => service.request('post', '/api/v1/campaigns').send(body);
  const get = async (key: string) =>
    (await service.request('get', `/api/v1/campaigns/${key}`).expect(200)).body as Record<string, unknown>;
  const act = (key: string, action: string, body: object = {}) =>
    service.request('post', `/api/v1/campaigns/${key}/${action}`).send(body);
  const paths = (body: { errors?: Array<{ path: string }> }): string[] =>
    (body.errors ?? []).map((fault) => fault.path);

  it('tells shape, references and audience at once', async () => {
    const { body } = await post({
      ...DEFINITION,
      colour: 'red',
      audience: { field: 'shoe.size', op: 'eq', value: 43 },
      trigger: { on: 'segment', segment: 'nobody' },
      steps: [
        { kind: 'email', key: 'a', template: 'missing' },
        { kind: 'wait', for: 'soon' },
      ],
    }).expect(422);
    expect(paths(body as never).sort()).toEqual([
      'audience.field',
      'colour',
      'steps[0].template',
      'steps[1].for',
      'trigger.segment',
    ]);
    await post([] as never).expect(422);
    await service
      .request('post', '/api/v1/campaigns')
      .set('content-type', 'application/json')
      .send('{"key":')
      .expect(400);
  });

  it('makes a draft, shows it with salt, epoch and status, and warns of variables that nothing provides', async () => {
    const made = await post(DEFINITION).expect(201);
    expect(made.body).toMatchObject({
      key: 'welcome',
      status: 'draft',
      version: 1,
      liveVersion: null,
      epoch: 1,
      basis: 'consent',
    });
    expect((made.body as { warnings: object[] }).warnings).toMatchObject([
      { path: 'steps[0].template', message: expect.stringContaining('order.total') as unknown },
      { path: 'steps[2].template' },
    ]);
    expect(made.headers.etag).toBe('"1"');
    const shown = await get('welcome');
    expect(shown.salt).toMatch(/^[0-9a-f]{32}$/);
    expect(await get(String(shown.id))).toEqual(shown);
    await post(DEFINITION).expect(409);
    await service.request('get', '/api/v1/campaigns/nothing').expect(404);
  });

  it('checks that template and basis fit', async () => {
    const steps = [{ kind: 'email', key: 'a', template: 'receipt' }];
    expect(paths((await post({ ...DEFINITION, key: 'x', steps }).expect(422)).body as never)).toEqual([
      'steps[0].template',
    ]);
    const basis = { key: 'x', basis: 'transactional', holdout: 0 };
    expect(paths((await post({ ...DEFINITION, ...basis }).expect(422)).body as never)).toEqual([
      'steps[0].template',
      'steps[2].template',
    ]);
    await post({ ...DEFINITION, ...basis, key: 'receipts', steps }).expect(201);
  });

  it('writes over a draft, honours If-Match, and makes versions and epochs of a live one', async () => {
    const put = (change: object, match?: string) => {
      const request = service.request('put', '/api/v1/campaigns/welcome').send({ ...DEFINITION, ...change });
      return match ? request.set('if-match', match) : request;
    };
    await put({ name: 'Hello' }, '"9"').expect(412);
    const draft = await put({ name: 'Hello' }, '"1"').expect(200);
    expect(draft.body).toMatchObject({ name: 'Hello', version: 1 });
    expect(draft.headers.etag).toBe('"2"');
    const { salt } = await get('welcome');
    expect((await act('welcome', 'activate').expect(200)).body).toMatchObject({ status: 'active', liveVersion: 1 });
    expect((await put({ name: 'Hi' }).expect(200)).body).toMatchObject({ version: 2, liveVersion: 2, epoch: 1, salt });
    expect((await put({ name: 'Hi' }).expect(200)).body).toMatchObject({ version: 2 });
    expect((await put({ name: 'Hi', holdout: 0.2 }).expect(200)).body).toMatchObject({ version: 3, epoch: 2, salt });
    expect(paths((await put({ measure: { window: 'P14D' } }).expect(422)).body as never)).toEqual(['measure']);
    await service.request('put', '/api/v1/campaigns/welcome?inFlight=leave').send(DEFINITION).expect(422);
    expect(paths((await put({ mapping: {} }).expect(422)).body as never)).toEqual(['mapping']);
    const { body } = await service.request('get', '/api/v1/campaigns/welcome/versions?limit=2').expect(200);
    const page = body as { items: Array<{ version: number; epoch: number; publishedAt: string }>; nextCursor: string };
    expect(page.items.map(({ version, epoch }) => [version, epoch])).toEqual([
      [3, 2],
      [2, 1],
    ]);
    expect(page.items[0]?.publishedAt).toBe('2026-03-02T08:00:00.000Z');
    const rest = await service
      .request('get', `/api/v1/campaigns/welcome/versions?limit=2&cursor=${page.nextCursor}`)
      .expect(200);
    expect(rest.body).toMatchObject({ items: [{ version: 1, definition: { name: 'Hello' } }], nextCursor: null });
  });

  it('goes through its life and no other way', async () => {
    await act('welcome', 'activate').expect(409);
    await act('welcome', 'resume').expect(409);
    expect((await act('welcome', 'pause').expect(200)).body).toMatchObject({
      status: 'paused',
      pausedAt: '2026-03-02T08:00:00.000Z',
    });
    await act('welcome', 'pause').expect(409);
    expect((await act('welcome', 'resume').expect(200)).body).toMatchObject({ status: 'active', pausedAt: null });
    await service.request('delete', '/api/v1/campaigns/welcome').expect(409);
    const copy = await act('welcome', 'duplicate').expect(201);
    expect(copy.body).toMatchObject({ key: 'welcome-copy', name: 'Hi (copy)', status: 'draft', version: 1, epoch: 1 });
    expect((copy.body as { salt: string }).salt).not.toBe((await get('welcome')).salt);
    expect((await act('welcome', 'duplicate').expect(201)).body).toMatchObject({ key: 'welcome-copy-2' });
    await act('welcome', 'duplicate', { key: 'welcome' }).expect(409);
    await service.request('delete', '/api/v1/campaigns/welcome-copy').expect(204);
    await service.request('get', '/api/v1/campaigns/welcome-copy').expect(404);
    expect((await act('welcome', 'archive').expect(200)).body).toMatchObject({ status: 'archived' });
    for (const action of ['activate', 'pause', 'resume', 'archive']) await act('welcome', action).expect(409);
    await service.request('put', '/api/v1/campaigns/welcome').send(DEFINITION).expect(409);
    await act('nothing', 'pause').expect(404);
    await act('welcome-copy-2', 'activate', { includeCurrent: true }).expect(422);
    expect((await get('welcome-copy-2')).status).toBe('draft');
    await act('welcome-copy-2', 'activate', { includeCurrent: 'yes' }).expect(422);
  });

  it('shares the salt within a group, also when both are made at once', async () => {
    const group = { ...DEFINITION, holdoutGroup: 'autumn' };
    const made = await Promise.all(['g1', 'g2', 'g3'].map((key) => post({ ...group, key }).expect(201)));
    const salts = made.map(({ body }) => (body as { salt: string }).salt);
    expect(new Set(salts).size).toBe(1);
    await service
      .request('put', '/api/v1/campaigns/g3')
      .send({ ...DEFINITION, key: 'g3' })
      .expect(200);
    expect((await get('g3')).salt).not.toBe(salts[0]);
    await service
      .request('put', '/api/v1/campaigns/g3')
      .send({ ...group, key: 'g3' })
      .expect(200);
    expect((await get('g3')).salt).toBe(salts[0]);
    await act('g2', 'activate').expect(200);
    const moved = await service
      .request('put', '/api/v1/campaigns/g2')
      .send({ ...DEFINITION, key: 'g2' })
      .expect(422);
    expect(paths(moved.body as never)).toEqual(['holdoutGroup']);
  });

  it('lists by pages, newest first, and holds the segments that it names', async () => {
    const { body } = await service.request('get', '/api/v1/campaigns?limit=2').expect(200);
    const page = body as { items: Array<{ key: string }>; nextCursor: string };
    expect(page.items).toHaveLength(2);
    await service.request('get', `/api/v1/campaigns?limit=2&cursor=${page.nextCursor}`).expect(200);
    await service.request('get', '/api/v1/campaigns?cursor=nonsense').expect(422);
    const condition = { field: 'locale', op: 'eq', value: 'it' };
    await service
      .request('post', '/api/v1/segments')
      .send({ key: 'italians', name: 'Italians', condition })
      .expect(201);
    await post({ ...DEFINITION, key: 'ciao', audience: { segment: 'italians' } }).expect(201);
    await service.request('delete', '/api/v1/segments/italians').expect(409);
    await service.request('delete', '/api/v1/campaigns/ciao').expect(204);
    await service.request('delete', '/api/v1/segments/italians').expect(204);
  });

  it('writes every change into the audit log', async () => {
    const { body } = await service.request('get', '/api/v1/audit-log?limit=500').expect(200);
    const actions = new Set((body as { items: Array<{ action: string }> }).items.map((line) => line.action));
    for (const action of ['create', 'update', 'activate', 'pause', 'resume', 'archive', 'duplicate', 'delete']) {
      expect(actions).toContain(`campaign.${action}`);
    }
  });
});
