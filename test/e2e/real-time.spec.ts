import { createHmac } from 'node:crypto';
import { startTestApp, type TestApp } from '../support/app';
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink';

const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{customer.firstName}}
<a href="https://shop.test/">shop</a> <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;

interface Source {
  secret: string;
  webhookUrl: string;
}

/** Looks that come by themselves come this late or later: behind notifications, should one be lost. */
const SLOW_LOOK_MS = 5_000;

/** Takes those looks away: what is worked off now, somebody was woken for. */
function withoutSlowLooks(): void {
  for (const name of ['setTimeout', 'setInterval'] as const) {
    const real = globalThis[name];
    const late = (run: () => void, ms = 0) => (ms < SLOW_LOOK_MS ? real(run, ms) : real(run, 2 ** 31 - 1).unref());
    jest.spyOn(globalThis, name).mockImplementation(late);
  }
}

describe('on real time, with nobody advancing anything', () => {
  let sink: SmtpSink;
  let service: TestApp;

  beforeAll(async () => {
    withoutSlowLooks();
    sink = await startSmtpSink();
    service = await startTestApp({ clock: null, smtpUrl: `smtp://127.0.0.1:${sink.port}` });
  });
  afterAll(async () => {
    await service.close();
    await sink.stop();
    jest.restoreAllMocks();
  });

  async function deliver(source: Source, id: string, event: object): Promise<void> {
    const body = JSON.stringify(event);
    const stamp = String(Math.floor(Date.now() / 1000));
    const key = Buffer.from(source.secret.replace(/^whsec_/, ''), 'base64');
    const signature = createHmac('sha256', key).update(`${id}.${stamp}.${body}`).digest('base64');
    await service
      .request('post', new URL(source.webhookUrl).pathname, null)
      .set({
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': stamp,
        'webhook-signature': `v1,${signature}`,
      })
      .send(body)
      .expect(202);
  }

  it('goes from the signed webhook to the accepted mail at once: each is woken by the one before', async () => {
    const source = (
      await service.request('post', '/api/v1/sources').send({ key: 'shop', kind: 'generic', name: 'shop' }).expect(201)
    ).body as Source;
    await service
      .request('post', '/api/v1/templates')
      .send({
        key: 'hi',
        name: 'hi',
        defaultLocale: 'en',
        locales: { en: { subject: 'Hi {{customer.firstName}}', mjml: MJML } },
      })
      .expect(201);
    await service
      .request('post', '/api/v1/campaigns')
      .send({
        key: 'welcome',
        name: 'Welcome',
        purpose: 'welcome',
        trigger: { on: 'event', event: 'customer.created' },
        steps: [{ kind: 'email', key: 'hello', template: 'hi' }],
      })
      .expect(201);
    await service.request('post', '/api/v1/campaigns/welcome/activate').expect(200);
    const occurredAt = new Date().toISOString();
    const consent = { status: 'subscribed', source: 'form', at: occurredAt };
    await deliver(source, 'evt-1', {
      type: 'customer.created',
      occurredAt,
      data: { externalId: 'c1', email: 'c1@example.com', firstName: 'Ada', consent },
    });
    await eventually(() => Promise.resolve(sink.to('c1@example.com').length === 1));
    await eventually(async () => {
      const { body } = await service.request('get', '/api/v1/messages?status=sent').expect(200);
      return (body as { items: unknown[] }).items.length === 1;
    });
    expect(sink.mails).toHaveLength(1);
  });

  /** Gives up with the test's own time limit. */
  async function eventually(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((done) => setTimeout(done, 20));
  }
});
