import { startTestApp, type TestApp } from '../../support/app';

describe('API keys, roles and problem details', () => {
  let service: TestApp;
  beforeAll(async () => {
    service = await startTestApp();
  });
  afterAll(() => service.close());

  it('shows a key once, keeps only its hash, and forgets it at once when it is deleted', async () => {
    const made = (await service.request('post', '/api/v1/api-keys').send({ name: 'till', role: 'admin' }).expect(201))
      .body as {
      id: string;
      key: string;
    };
    const listed = await service.request('get', '/api/v1/api-keys').expect(200);
    expect(JSON.stringify(listed.body)).not.toContain(made.key.slice(-24));
    const [stored] = await service.database.query<{ text: string }>(
      'select api_keys::text as text from api_keys where id = $1',
      [made.id],
    );
    expect(stored?.text).not.toContain(made.key.slice(20));
    await service.request('get', '/api/v1/audit-log', made.key).expect(200);
    await service.request('delete', `/api/v1/api-keys/${made.id}`).expect(204);
    await service.request('get', '/api/v1/audit-log', made.key).expect(401);
    await service.request('delete', `/api/v1/api-keys/${made.id}`).expect(404);
  });

  it('records who made and deleted it, without the secret', async () => {
    const log = (await service.request('get', '/api/v1/audit-log').expect(200)).body as {
      items: Array<Record<string, unknown>>;
    };
    expect(log.items.map((line) => line.action)).toEqual(['api-key.delete', 'api-key.create']);
    expect(log.items[0]).toMatchObject({ actor: 'key:bootstrap', before: { name: 'till', role: 'admin' } });
  });

  it.each([
    ['no key', null],
    ['a wrong key', 'rit_wrong'],
  ])('answers 401 as problem details with %s', async (_case, key) => {
    const answer = await service.request('get', '/api/v1/api-keys', key).expect(401);
    expect(answer.headers['content-type']).toMatch(/application\/problem\+json/);
    expect(answer.body).toMatchObject({ status: 401, title: expect.any(String) as string });
  });

  it('names every path of a bad body, and refuses broken JSON, large bodies and other media', async () => {
    const bad = await service
      .request('post', '/api/v1/api-keys')
      .send({ name: 5, role: 'king', extra: true })
      .expect(422);
    const paths = (bad.body as { errors: Array<{ path: string }> }).errors.map((error) => error.path);
    expect(new Set(paths)).toEqual(new Set(['name', 'role', 'extra']));
    const raw = (type: string, body: string) =>
      service.request('post', '/api/v1/api-keys').set('content-type', type).send(body);
    await raw('application/json', '{"a":').expect(400);
    await raw('application/json', `{"name":"${'x'.repeat(1_100_000)}"}`).expect(413);
    await raw('text/plain', 'hello').expect(415);
    await service.request('get', '/api/v1/nothing-here').expect(404);
  });
});

describe('the test clock', () => {
  it('stands still, moves forward only, and does not exist without TEST_CLOCK', async () => {
    const service = await startTestApp({ clock: '2026-03-28T08:00:00.000Z' });
    expect((await service.request('get', '/api/v1/test-clock').expect(200)).body).toEqual({
      now: '2026-03-28T08:00:00.000Z',
    });
    // A calendar day in the store's zone, over the change of the clock.
    expect((await service.advance('P1D')).now).toBe('2026-03-29T07:00:00.000Z');
    await service.request('post', '/api/v1/test-clock').send({ advanceTo: '2026-03-01T00:00:00Z' }).expect(422);
    await service.request('post', '/api/v1/test-clock').send({ advanceBy: 'soon' }).expect(422);
    await service.request('post', '/api/v1/test-clock').send({}).expect(422);
    await service.close();
    const real = await startTestApp({ clock: null });
    await real.request('get', '/api/v1/test-clock').expect(404);
    await real.request('post', '/api/v1/test-clock').send({ advanceBy: 'P1D' }).expect(404);
    await real.close();
  });
});
