import { ReturnPaths } from '../../src/messages/return-path';
import { startTestApp, type TestApp, type TestAppOptions } from './app';
import { type SinkScript, type SmtpSink, startSmtpSink } from './smtp-sink';

/** Says hello and lets people leave. */
export const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Ciao <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;

/** The service with a template `ciao`, and the server that takes its mails. */
export interface MailApp extends TestApp {
  sink: SmtpSink;
  /** What the server does; may be replaced at any time. */
  script: SinkScript;
  /** Sends `ciao` to an address and waits until it is out. Without `BOUNCE_DOMAIN` there is no return path. */
  sendCiao(to: string, more?: { customerId?: string }): Promise<{ id: string; returnPath: string }>;
}

/** Starts both; `close` ends both. */
export async function startMailApp(options: Omit<TestAppOptions, 'smtpUrl'> = {}): Promise<MailApp> {
  const sink = await startSmtpSink({
    onCommand: (...args) => mail.script.onCommand?.(...args),
    onMail: (...args) => mail.script.onMail?.(...args),
  });
  const app = await startTestApp({ ...options, smtpUrl: sink.url });
  const mail: MailApp = {
    ...app,
    sink,
    script: {},
    sendCiao: async (to, more = {}) => {
      const { body } = await app
        .request('post', '/api/v1/templates/ciao/test-send')
        .send({ to, ...more })
        .expect(202);
      await app.advance('PT1M');
      const { id } = body as { id: string };
      return { id, returnPath: app.app.get(ReturnPaths).returnPathOf(id) ?? '' };
    },
    close: async () => {
      await app.close();
      await sink.stop();
    },
  };
  const locales = { en: { subject: 'Ciao', mjml: MJML } };
  const template = { key: 'ciao', name: 'c', defaultLocale: 'en', locales };
  await app.request('post', '/api/v1/templates').send(template).expect(201);
  return mail;
}
