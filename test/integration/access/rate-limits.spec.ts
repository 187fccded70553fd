import { PATH_METADATA } from '@nestjs/common/constants';
import { ModulesContainer } from '@nestjs/core';
import { UNLIMITED_METADATA } from '../../../src/access/roles';
import { startTestApp, type TestApp } from '../../support/app';
import { routesOf } from '../../support/routes';

let app: TestApp;

beforeAll(async () => {
  const env = { RATE_LIMIT_KEY: '20', RATE_LIMIT_PAGES: '5', RATE_LIMIT_FAILURES: '5', TRUST_PROXY: 'loopback' };
  // In real time webhooks come in by the door before the framework.
  app = await startTestApp({ clock: null, env });
});
afterAll(() => app?.close());

type Asked = ReturnType<TestApp['request']>;
const from = (address: string, asked: Asked): Asked => asked.set('x-forwarded-for', address);

/** Statuses of that many calls, and the last answer. */
async function times(count: number, ask: () => Asked) {
  const answers = [];
  for (let n = 0; n < count; n++) answers.push(await ask());
  const last = answers.at(-1);
  if (!last) throw new Error('at least one');
  return { statuses: answers.map(({ status }) => status), last };
}

const refusal = { status: 429, title: 'Too many requests', type: 'about:blank', detail: expect.any(String) };

describe('limits', () => {
  it('count the calls of a key, wherever it calls from', async () => {
    const { body } = await app.request('post', '/api/v1/api-keys').send({ name: 'a', role: 'analyst' }).expect(201);
    const key = (body as { key: string }).key;
    let n = 0;
    const { statuses, last } = await times(21, () => from(`9.0.0.${n++}`, app.request('get', '/api/v1/segments', key)));
    expect(statuses).toEqual([...Array<number>(20).fill(200), 429]);
    expect(last.body).toEqual(refusal);
    expect(last.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(Number(last.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    await app.request('get', '/api/v1/segments').expect(200);
  });

  it('count wrong keys by address, and let keys through that were good before', async () => {
    const wrong = () => from('1.1.1.1', app.request('get', '/api/v1/segments', `rit_${'x'.repeat(43)}`));
    const { statuses, last } = await times(7, wrong);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect(last.body).toEqual(refusal);
    await from('1.1.1.1', app.request('get', '/api/v1/segments')).expect(200);
    await from('1.1.1.2', app.request('get', '/api/v1/segments', 'rit_wrong')).expect(401);
  });

  it('count pages by address', async () => {
    const page = () => from('2.2.2.2', app.request('get', '/u/none', null));
    expect((await times(7, page)).statuses).toEqual([404, 404, 404, 404, 404, 429, 429]);
    await from('2.2.2.3', app.request('get', '/u/none', null)).expect(404);
  });

  it('count bad webhooks by address, and take good ones from there all the same', async () => {
    const source = { key: 'shop', kind: 'shopify', name: 's', secret: 'a-secret-of-the-shop' };
    await app.request('post', '/api/v1/sources').send(source).expect(201);
    const hook = (signature: string) =>
      from('3.3.3.3', app.request('post', '/webhooks/shop', null))
        .set('content-type', 'application/json')
        .set('x-shopify-topic', 'app/uninstalled')
        .set('x-shopify-hmac-sha256', signature)
        .send('{}');
    const { statuses, last } = await times(7, () => hook('bm8='));
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    expect(Number(last.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    const { createHmac } = await import('node:crypto');
    await hook(createHmac('sha256', source.secret).update('{}').digest('base64')).expect(202);
    const provider = () => from('4.4.4.4', app.request('post', '/webhooks/mail/ses', null).send({}));
    expect((await times(6, provider)).statuses).toEqual([404, 404, 404, 404, 404, 429]);
  });

  it.each([
    ['get', '/t/o/none', 200],
    ['get', '/t/c/none', 404],
    ['post', '/u/none', 404],
    ['get', '/assets/mails/none.png', 404],
    ['get', '/health/live', 200],
  ] as const)('never count %s %s', async (method, path, status) => {
    const { statuses } = await times(12, () => from('5.5.5.5', app.request(method, path, null)));
    expect(new Set(statuses)).toEqual(new Set([status]));
  });

  it('are absent from these public routes alone', () => {
    const controllers = [...app.app.get(ModulesContainer).values()].flatMap((one) => [...one.controllers.values()]);
    const unlimited = controllers.flatMap(({ metatype }) => {
      const { name, prototype } = metatype as { name: string; prototype: Record<string, object> };
      return Object.getOwnPropertyNames(prototype)
        .filter((handler) => {
          const method = prototype[handler];
          return (
            method && Reflect.hasMetadata(PATH_METADATA, method) && Reflect.getMetadata(UNLIMITED_METADATA, method)
          );
        })
        .map((handler) => `${name}.${handler}`);
    });
    expect(unlimited.sort()).toEqual([
      'EventsController.deliver',
      'HealthController.live',
      'HealthController.ready',
      'HitsController.click',
      'HitsController.open',
      'MailAssetsController.picture',
      'MailWebhooksController.take',
      'MetricsController.read',
      'UnsubscribeController.unsubscribe',
    ]);
    const open = routesOf(app.app).filter((route) => route.public);
    expect(open.length).toBeGreaterThan(unlimited.length);
  });
});
