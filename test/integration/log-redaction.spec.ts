import { createHmac } from 'node:crypto';
import { simpleParser } from 'mailparser';
import pino from 'pino';
import { ADMIN_KEY, startTestApp, type TestApp } from '../support/app';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink';

const START = '2026-03-02T08:00:00.000Z';
const PASSWORD = 'smtp-password-of-this-test';
const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Ciao {{customer.firstName}}
  <a href="https://shop.test/">shop</a> {{#each survey.scores as |score|}}<a href="{{score.url}}">{{score.label}}</a>{{/each}}
  <a href="{{links.preferences}}">p</a> <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;

const SECRET = 'the-secret-key-of-this-test-alone';

let service: TestApp;
let sink: SmtpSink;
let base = '';
let log = '';

beforeAll(async () => {
  let greeted = 0;
  sink = await startSmtpSink(
    {
      onCommand: (verb, line) => {
        // The first time the password is refused, with words of the server's own.
        if (verb === 'AUTH' && greeted++ === 0) return '535 5.7.8 segreto@posta.example: no such account';
        return verb === 'RCPT' && line.includes('refusata')
          ? '550 5.1.1 <segreta-refusata@posta.example> unknown'
          : undefined;
      },
      onMail: ({ to }) => (to[0]?.startsWith('segreta-incerta') ? { do: 'drop', taken: true } : undefined),
    },
    { extensions: ['AUTH PLAIN LOGIN'] },
  );
  // All that the service says goes here.
  const write = (text: string | Uint8Array): boolean => ((log += text.toString()), true);
  jest.spyOn(pino, 'destination').mockReturnValue({ write, flushSync: () => undefined } as never);
  for (const stream of [process.stdout, process.stderr]) jest.spyOn(stream, 'write').mockImplementation(write);
  service = await startTestApp({
    clock: START,
    smtpUrl: sink.url.replace('smtp://', `smtp://user:${PASSWORD}@`),
    env: { SECRET_KEY: SECRET, LOG_LEVEL: 'trace' },
  });
  base = service.url;
});
afterAll(async () => {
  await service?.close();
  await sink?.stop();
  jest.restoreAllMocks();
});

async function call(method: string, at: string, body?: unknown, key = ADMIN_KEY, more: Record<string, string> = {}) {
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  const type = typeof body === 'string' ? 'text/csv' : 'application/json';
  const headers = { authorization: `Bearer ${key}`, ...(text === undefined ? {} : { 'content-type': type }), ...more };
  const answer = await fetch(base + at, {
    method,
    headers,
    redirect: 'manual',
    ...(text === undefined ? {} : { body: text }),
  });
  const answered = await answer.text();
  return {
    status: answer.status,
    body: answered.startsWith('{') ? (JSON.parse(answered) as Record<string, string>) : {},
  };
}

/** As a reader does, and with each form of the page. */
async function visit(kind: string, token: string, score = '9'): Promise<void> {
  const at = `${base}/${kind}/${token}`;
  await fetch(at, { redirect: 'manual' });
  if (kind.startsWith('t/')) return;
  const forms: Array<Record<string, string>> = [
    { score, comment: 'Segretissima' },
    { action: 'language', language: 'it' },
    { 'List-Unsubscribe': 'One-Click' },
  ];
  for (const form of forms) await fetch(at, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' });
}

/** A story that touches every secret; answers them, by what they are. */
async function tell(): Promise<Record<string, string>> {
  const secrets: Record<string, string> = {};
  secrets['an API key'] = (await call('POST', '/api/v1/api-keys', { name: 'k', role: 'storefront' })).body['key'] ?? '';
  secrets['a webhook secret'] =
    (await call('POST', '/api/v1/sources', { key: 'shop', kind: 'generic', name: 's' })).body['secret'] ?? '';
  secrets['a signing secret'] = (await call('POST', '/api/v1/settings/webhook-signing/rotate')).body['secret'] ?? '';
  const endpoint = { name: 'e', url: 'https://segreto:segreto@receiver.invalid/', events: ['message.sent'] };
  await call('POST', '/api/v1/webhook-endpoints', endpoint);
  const receiver = { ...endpoint, url: 'https://receiver.invalid/?token=segreto' };
  secrets['the secret of an endpoint'] =
    (await call('POST', '/api/v1/webhook-endpoints', receiver)).body['secret'] ?? '';
  await call('POST', '/webhooks/shop', { type: 'x' }, 'rit_wrong-key-of-somebody', {
    'webhook-id': '1',
    'webhook-timestamp': '1',
    'webhook-signature': `v1,${createHmac('sha256', 'x').update('y').digest('base64')}`,
  });
  await call('GET', '/api/v1/customers?email=segreta-anna@posta.example', undefined, 'rit_wrong-key-of-somebody');
  await call('POST', '/api/v1/surveys', { key: 'nps', kind: 'nps', question: { en: 'Would you?' } });
  const locales = { en: { subject: 'Ciao {{customer.firstName}}', mjml: MJML } };
  await call('POST', '/api/v1/templates', { key: 't', name: 't', defaultLocale: 'en', locales });
  const steps = [
    { kind: 'email', key: 'a', template: 't', survey: 'nps' },
    { kind: 'webhook', url: 'https://receiver.invalid/?token=segreto' },
  ];
  await call('POST', '/api/v1/campaigns', {
    key: 'c',
    name: 'c',
    purpose: 'custom',
    trigger: { on: 'event', event: 'customer.created' },
    steps,
  });
  await call('POST', '/api/v1/campaigns/c/activate', {});
  const consent = { status: 'subscribed', source: 'f', at: START };
  const events = ['anna', 'refusata', 'incerta'].map((who, n) => ({
    id: `e${n}`,
    type: 'customer.created',
    occurredAt: START,
    data: { externalId: `segreto-${who}`, email: `segreta-${who}@posta.example`, firstName: 'Segretissima', consent },
  }));
  await call('POST', '/api/v1/events', [
    ...events,
    { id: 'bad', type: 'order.placed', occurredAt: START, data: { customer: { email: 'segreta-anna@posta.example' } } },
  ]);
  const { body: opened } = await call('POST', '/api/v1/imports', { kind: 'customers', format: 'csv' });
  await call('PUT', `/api/v1/imports/${opened['id']}/content`, 'externalId,email\nx,segreta-anna@posta.example\n,\n');
  await call('POST', '/api/v1/test-clock', { advanceBy: 'PT1H' });
  const { html } = await simpleParser(sink.to('segreta-anna@posta.example')[0]?.octets ?? '');
  for (const [, kind = '', token = ''] of (html || '').matchAll(/ritorno\.test\/(t\/o|t\/c|s|p|u)\/([\w-]+)/g)) {
    secrets[`a token of /${kind}`] = token;
    await visit(kind, token);
    await visit(kind, `${token.slice(0, -2)}xx`);
  }
  // The database fails and says of whom: what was hit, answered and told is logged as a failure.
  await service.database.execute(`create function tell() returns trigger language plpgsql as
    $$ begin raise exception 'segreta-anna@posta.example is odd, and so is %', to_jsonb(new)->>'email'; end $$`);
  for (const table of ['survey_responses', 'customers', 'hits', 'deliveries'])
    await service.database.execute(
      `create trigger tell before insert or update on ${table} for each row execute function tell()`,
    );
  for (const [what, token] of Object.entries(secrets))
    if (what.includes('/')) await visit(what.split(' /')[1] ?? '', token, '8');
  await call('POST', '/api/v1/events', [{ ...events[0], id: 'again' }]);
  await call('POST', '/api/v1/bounces', 'From: segreta-anna@posta.example', ADMIN_KEY, {
    'content-type': 'message/rfc822',
  });
  return secrets;
}

it('a service that says all it can says no secret and nobody’s address', async () => {
  const secrets = await tell();
  await service.app.close();
  expect(Object.entries(secrets).filter(([, value]) => value.length < 10)).toEqual([]);
  expect(Object.keys(secrets).sort()).toEqual([
    ...['a signing secret', 'a token of /p', 'a token of /s', 'a token of /t/c', 'a token of /t/o', 'a token of /u'],
    ...['a webhook secret', 'an API key', 'the secret of an endpoint'],
  ]);
  const all = {
    ...secrets,
    'the admin key': ADMIN_KEY,
    'the secret key': SECRET,
    'the password': PASSWORD,
    'a wrong key': 'rit_wrong-key-of-somebody',
  };
  const found = Object.entries(all).filter(([, value]) => log.includes(value));
  expect(found.map(([what]) => what)).toEqual([]);
  // Lines with an address, a name, or what the shop calls a person.
  expect(log.split('\n').filter((line) => /segret/i.test(line))).toEqual([]);
  // It did say what went wrong: by mail, and in the database.
  expect(log).toContain('a mail is uncertain');
  expect(log.split('[address] is odd').length).toBeGreaterThan(3);
});
