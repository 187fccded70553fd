import { ReturnPaths } from '../../../src/messages/return-path';
import { startTestApp, type TestApp } from '../../support/app';
import { testKey, verifyDkim } from '../../support/dkim';
import { type ReceivedMail, startSmtpSink, type SmtpSink } from '../../support/smtp-sink';

const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{customer.firstName}}</mj-text>
<mj-text><a href="https://shop.test/new">new</a> <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;
const SEEDS = ['seed.one@gmail.example', 'seed.two@outlook.example'];
const rsa = testKey('bottega.test', 's2026a', 'rsa');
const edwards = testKey('bottega.test', 'ed', 'ed25519');

let app: TestApp;
let sink: SmtpSink;

beforeAll(async () => {
  sink = await startSmtpSink();
  app = await startTestApp({
    smtpUrl: sink.url,
    env: {
      BOUNCE_DOMAIN: 'bounces.bottega.test',
      DKIM_DOMAIN: 'bottega.test',
      DKIM_SELECTOR: 's2026a,ed',
      DKIM_PRIVATE_KEY_FILE: `${rsa.file},${edwards.file}`,
    },
  });
  await app
    .request('post', '/api/v1/templates')
    .send({ key: 'hi', name: 'hi', defaultLocale: 'en', locales: { en: { subject: 'Hello', mjml: MJML } } })
    .expect(201);
  await app
    .request('post', '/api/v1/campaigns')
    .send({
      key: 'drip',
      name: 'drip',
      purpose: 'custom',
      trigger: { on: 'manual' },
      steps: [{ kind: 'email', key: 'mail', template: 'hi' }],
    })
    .expect(201);
  await app.request('post', '/api/v1/campaigns/drip/activate').expect(200);
});
afterAll(async () => {
  await app?.close();
  await sink?.stop();
});

/** Enrols so many new people and lets their mails go out. */
async function mail(names: readonly string[]): Promise<void> {
  const now = (await app.request('get', '/api/v1/test-clock').expect(200)).body.now as string;
  const events = names.map((name) => ({
    id: `e-${name}`,
    type: 'customer.created',
    occurredAt: now,
    data: {
      externalId: name,
      email: `${name}@example.com`,
      firstName: name,
      consent: { status: 'subscribed', source: 'form', at: now },
    },
  }));
  await app.request('post', '/api/v1/events').send(events).expect(202);
  await app.advance('PT1M');
  await app.request('post', '/api/v1/campaigns/drip/enrollments').send({ segment: 'subscribed' });
  await app.advance('PT1M');
}

const mails = async (query: string) =>
  (await app.request('get', `/api/v1/messages${query}`).expect(200)).body.items as Array<Record<string, unknown>>;
const copies = (): ReceivedMail[] => SEEDS.flatMap((address) => sink.to(address));

describe('the seed list', () => {
  it('refuses what is no list of addresses, for admins only, and writes the audit log', async () => {
    const put = (body: object) => app.request('put', '/api/v1/settings/seed-list').send(body);
    expect((await app.request('get', '/api/v1/settings/seed-list').expect(200)).body).toEqual({ addresses: [] });
    const { body } = await put({ addresses: ['a@b.example', 'nobody', 'A@b.example', 7], more: 1 }).expect(422);
    expect((body.errors as Array<{ path: string }>).map(({ path }) => path)).toEqual([
      'more',
      'addresses[1]',
      'addresses[2]',
      'addresses[3]',
    ]);
    await put({}).expect(422);
    expect((await put({ addresses: SEEDS }).expect(200)).body).toEqual({ addresses: SEEDS });
    const { items } = (await app.request('get', '/api/v1/audit-log').expect(200)).body;
    expect(items[0]).toMatchObject({
      action: 'settings.seed-list',
      before: { addresses: [] },
      after: { addresses: SEEDS.map((): unknown => expect.stringMatching(/^address:[0-9a-f]{24}$/)) },
    });
  });

  it('gets the first mail of a step once a day, outside all lists and figures', async () => {
    await mail(['anna', 'berta']);
    expect(sink.mails).toHaveLength(4);
    expect(copies()).toHaveLength(2);
    await mail(['carla']);
    expect(copies()).toHaveLength(2);
    expect(await mails('')).toHaveLength(3);
    expect(await mails('?origin=seed')).toHaveLength(2);
    const funnel = (await app.request('get', '/api/v1/reports/campaigns/drip/funnel').expect(200)).body as object;
    expect(JSON.stringify(funnel)).toMatch(/"sent":3[,}]/);
    await app.advance('P1D');
    await mail(['dora']);
    expect(copies()).toHaveLength(4);
    expect((await app.advance('PT1M')).messages['messages.sent'] ?? 0).toBe(0);
  });

  it('gets what everybody gets: headers, return path and signatures', async () => {
    const [real] = sink.to('anna@example.com');
    const [copy] = copies();
    const paths = app.app.get(ReturnPaths);
    for (const one of [real, copy]) {
      const text = one?.octets.toString() ?? '';
      expect(text).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
      expect(text).toContain('Feedback-ID: drip:mail:bottega:ritorno');
      expect(one?.messageId).toBe(`<${paths.readReturnPath(one?.from ?? '')}@bottega.test>`);
      expect(await verifyDkim(one?.octets ?? Buffer.alloc(0), [rsa, edwards])).toMatchObject([
        { result: 'pass' },
        { result: 'pass' },
      ]);
    }
  });
});
