import { SenderPauses } from '../../../src/messages/sender-pauses';
import { startTestApp, type TestApp } from '../../support/app';
import { startSmtpSink, type SmtpSink } from '../../support/smtp-sink';

const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Ciao <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;

let app: TestApp;
let sink: SmtpSink;

beforeAll(async () => {
  sink = await startSmtpSink();
  app = await startTestApp({ smtpUrl: sink.url, env: { MAIL_FROM: 'Bottega <ciao@bottega.example>' } });
  const locales = { en: { subject: 'Ciao', mjml: MJML } };
  await app
    .request('post', '/api/v1/templates')
    .send({ key: 'ciao', name: 'c', defaultLocale: 'en', locales })
    .expect(201);
});
afterAll(async () => {
  await app?.close();
  await sink?.stop();
});

const domains = async () =>
  (await app.request('get', '/api/v1/sending-domains').expect(200)).body.items as Array<Record<string, unknown>>;

describe('the circuit breaker of a sending domain', () => {
  it('holds the mails of the domain back, those alone, until a person resumes', async () => {
    expect(await domains()).toMatchObject([{ domain: 'bottega.example', paused: false }]);
    const now = new Date((await app.request('get', '/api/v1/test-clock')).body.now as string);
    const pause = {
      domain: 'Bottega.example',
      reason: 'authentication',
      evidence: { reply: '550 5.7.26 unauthenticated' },
    };
    const pauses = app.app.get(SenderPauses);
    expect(await app.database.transaction((tx) => pauses.pause(tx, pause, now))).toBe(true);
    expect(await app.database.transaction((tx) => pauses.pause(tx, { ...pause, reason: 'policy' }, now))).toBe(false);
    const { body: sent } = await app
      .request('post', '/api/v1/templates/ciao/test-send')
      .send({ to: 'anna@example.com' })
      .expect(202);
    await app.advance('PT1H');
    const { body: held } = await app.request('get', `/api/v1/messages/${sent.id as string}`).expect(200);
    expect(held).toMatchObject({ status: 'queued', reason: null, heldBy: 'sending_paused' });
    expect(sink.mails).toHaveLength(0);
    expect(await domains()).toMatchObject([
      { domain: 'bottega.example', paused: true, reason: 'authentication', pauses: 1 },
    ]);
    const { text } = await app.request('get', '/metrics');
    expect(text).toContain('ritorno_messages_sending_domain_paused{domain="bottega.example"} 1');

    await app.request('post', '/api/v1/sending-domains/bottega.example/resume').expect(200);
    await app.request('post', '/api/v1/sending-domains/bottega.example/resume').expect(409);
    await app.request('post', '/api/v1/sending-domains/other.example/resume').expect(404);
    await app.advance('PT1H');
    expect(sink.to('anna@example.com')).toHaveLength(1);
    const { body: log } = await app.request('get', '/api/v1/audit-log');
    const actions = (log.items as Array<{ action: string }>).map(({ action }) => action);
    expect(actions).toEqual(expect.arrayContaining(['sending-domain.pause', 'sending-domain.resume']));
  });
});
