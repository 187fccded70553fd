import { createHmac } from 'node:crypto';
import { startTestApp, type TestApp } from '../support/app';
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink';

const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{customer.firstName}}
<a href="https://shop.test/">shop</a> <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;

interface Source {
  secret: string;
  webhookUrl: string;
}

describe('on real time, with nobody advancing anything', () => {
  let sink: SmtpSink;
  let service: TestApp;

  beforeAll(async () => {
    sink = await startSmtpSink();
    service = await startTestApp({ clock: null, smtpUrl: `smtp://127.0.0.1:${sink.port}` });
  });
  afterAll(async () => {
    await service.close();
    await sink.stop();
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

  it('goes from the signed webhook to the accepted mail within five seconds', async () => {
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
    const started = Date.now();
    await deliver(source, 'evt-1', {
      type: 'customer.created',
      occurredAt,
      data: {
        externalId: 'c1',
        email: 'c1@example.com',
        firstName: 'Ada',
        consent: { status: 'subscribed', source: 'form', at: occurredAt },
      },
    });
    while (sink.mails.length === 0 && Date.now() - started < 5_000) await new Promise((done) => setTimeout(done, 20));
    expect(sink.mails.map((mail) => mail.to)).toEqual([['c1@example.com']]);
    const messages = await service.request('get', '/api/v1/messages?status=sent').expect(200);
    expect((messages.body as { items: unknown[] }).items).toHaveLength(1);
  });
});
