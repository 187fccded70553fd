import { createHmac, createSign, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { PublicGets } from '../../../src/platform/outbox/public-gets';
import { type MailApp, startMailApp } from '../../support/mail-app';
import { SNS_CERTIFICATE, SNS_KEY } from '../../support/sns-certificate';

const TOPIC = 'arn:aws:sns:eu-south-1:123456789012:bounces';
const SNS = 'https://sns.eu-south-1.amazonaws.com';
const LOGIN = 'ritorno:a-long-password';
const SECRET = Buffer.alloc(24, 7);
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const strange = generateKeyPairSync('ec', { namedCurve: 'P-256' });

let app: MailApp;
let people = 0;
let fetched: string[] = [];
let onFetch: (address: string) => Promise<Buffer>;

beforeAll(async () => {
  app = await startMailApp({
    env: {
      BOUNCE_DOMAIN: 'bounces.bottega.example',
      SES_TOPIC_ARNS: TOPIC,
      SENDGRID_WEBHOOK_KEY: curve.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
      POSTMARK_WEBHOOK_LOGIN: LOGIN,
      RESEND_WEBHOOK_SECRET: `whsec_${SECRET.toString('base64')}`,
    },
  });
  jest.spyOn(app.app.get(PublicGets), 'get').mockImplementation((address) => {
    fetched.push(address);
    return onFetch(address);
  });
});
afterAll(() => app?.close());
beforeEach(() => {
  fetched = [];
  onFetch = () => Promise.resolve(Buffer.from(SNS_CERTIFICATE));
});

interface Sent {
  id: string;
  email: string;
  messageId: string;
  returnPath: string;
}

async function mailed(): Promise<Sent> {
  const email = `person-${++people}@example.com`;
  const { id, returnPath } = await app.sendCiao(email);
  const { body: message } = await app.request('get', `/api/v1/messages/${id}`).expect(200);
  return { id, email, messageId: message.messageIdHeader as string, returnPath };
}

const post = (provider: string, raw: string, headers: Record<string, string>) => {
  const request = app.request('post', `/webhooks/mail/${provider}`, null).set('content-type', 'application/json');
  for (const [name, value] of Object.entries(headers)) request.set(name, value);
  return request.send(raw);
};

async function reasonOf(email: string): Promise<unknown> {
  const { body } = await app.request('get', `/api/v1/suppressions?address=${email}`).expect(200);
  return (body.items as Array<{ reason: string }>)[0]?.reason;
}

const statusOf = async ({ id }: Sent) => (await app.request('get', `/api/v1/messages/${id}`)).body.status as string;
const ago = (seconds: number): string => String(Math.floor(Date.now() / 1000) - seconds);
const DUPLICATE = { events: 0, duplicate: true };

describe('SES through SNS', () => {
  const NAMES = {
    Notification: ['Message', 'MessageId', 'Timestamp', 'TopicArn', 'Type'],
    SubscriptionConfirmation: ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'],
  };
  const certificate = `${SNS}/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem`;

  function published(more: Record<string, string>, key: KeyObject | string = SNS_KEY): string {
    const message: Record<string, string> = {
      Type: 'Notification',
      MessageId: randomUUID(),
      TopicArn: TOPIC,
      Timestamp: new Date().toISOString(),
      SignatureVersion: '2',
      SigningCertURL: certificate,
      ...more,
    };
    const names = NAMES[message.Type as keyof typeof NAMES];
    const text = names.map((name) => `${name}\n${message[name] ?? ''}\n`).join('');
    return JSON.stringify({ ...message, Signature: createSign('sha256').update(text).sign(key, 'base64') });
  }
  const bounce = ({ email, returnPath }: Pick<Sent, 'email' | 'returnPath'>) => ({
    Message: JSON.stringify({
      notificationType: 'Bounce',
      mail: { source: returnPath },
      bounce: {
        bounceType: 'Permanent',
        bouncedRecipients: [{ emailAddress: email, status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 User unknown' }],
      },
    }),
  });
  // As SNS posts them.
  const plain = { 'content-type': 'text/plain; charset=UTF-8' };

  it('a signed notice counts once, found by the return path; its certificate is fetched once', async () => {
    const mail = await mailed();
    const raw = published(bounce(mail));
    expect((await post('ses', raw, plain).expect(202)).body).toEqual({ events: 1, duplicate: false });
    expect((await post('ses', raw, plain).expect(202)).body).toEqual(DUPLICATE);
    expect([await statusOf(mail), await reasonOf(mail.email)]).toEqual(['bounced', 'hard_bounce']);
    expect(fetched).toEqual([certificate]);
  });

  it('forged ones suppress nobody, and no address of a stranger is asked', async () => {
    const victim = await mailed();
    const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const yesterday = new Date(Date.now() - 86_500_000).toISOString();
    const forged = [
      published(bounce(victim), stranger),
      published({ ...bounce(victim), TopicArn: 'arn:aws:sns:eu-south-1:999999999999:mine' }),
      published({ ...bounce(victim), Timestamp: yesterday }),
      published(bounce(victim)).replace('Permanent', 'permanent'),
      published({ ...bounce(victim), SigningCertURL: 'https://evil.example/SimpleNotificationService-1.pem' }),
      published({
        ...bounce(victim),
        SigningCertURL: `${SNS}/?Action=GetTopicAttributes#/SimpleNotificationService-1.pem`,
      }),
      published({ ...bounce(victim), SigningCertURL: certificate.replace('https', 'http') }),
    ];
    for (const raw of forged) await post('ses', raw, plain).expect(401);
    expect(fetched.filter((address) => address !== certificate)).toEqual([]);
    expect([await statusOf(victim), await reasonOf(victim.email)]).toEqual(['sent', undefined]);
  });

  it('a subscription is confirmed where it is to this topic, at SNS and nowhere else', async () => {
    const confirm = (SubscribeURL: string) =>
      published({ Type: 'SubscriptionConfirmation', Message: 'visit', Token: 't', SubscribeURL });
    const good = `${SNS}/?Action=ConfirmSubscription&TopicArn=${encodeURIComponent(TOPIC)}&Token=t`;
    const bad = [
      good.replace(SNS, 'https://169.254.169.254'),
      good.replace(SNS, `${SNS}.evil.example`),
      good.replace(SNS, 'http://sns.eu-south-1.amazonaws.com'),
      good.replace('ConfirmSubscription', 'DeleteTopic'),
      good.replace('123456789012', '999999999999'),
      `${good}&Action=DeleteTopic`,
    ];
    for (const address of bad) await post('ses', confirm(address), plain).expect(401);
    expect(fetched.filter((address) => address !== certificate)).toEqual([]);
    onFetch = () => Promise.reject(new Error('away'));
    await post('ses', confirm(good), plain).expect(503);
    onFetch = () => Promise.resolve(Buffer.from('<ConfirmSubscriptionResponse/>'));
    expect((await post('ses', confirm(good), plain).expect(202)).body).toEqual({ events: 0, duplicate: false });
    expect(fetched.filter((address) => address !== certificate)).toEqual([good, good]);
  });

  it('a certificate that cannot be had is 503: it is sent again', async () => {
    const mail = await mailed();
    const other = `${SNS}/SimpleNotificationService-ffffffffffffffffffffffffffffffff.pem`;
    const raw = published({ ...bounce(mail), SigningCertURL: other });
    onFetch = () => Promise.reject(new Error('away'));
    await post('ses', raw, plain).expect(503);
    onFetch = () => Promise.resolve(Buffer.from(SNS_CERTIFICATE));
    expect((await post('ses', raw, plain).expect(202)).body).toEqual({ events: 1, duplicate: false });
  });
});

it('SendGrid: a signed batch marks and suppresses; altered, stale, by another key, or again it does nothing', async () => {
  const [gone, complains, victim] = [await mailed(), await mailed(), await mailed()];
  const event = (kind: string, { email, messageId }: Sent) => ({
    ...{ event: kind, email, 'smtp-id': messageId, sg_event_id: `${kind}-${email}` },
    ...(kind === 'bounce' ? { type: 'bounce', status: '5.1.1', reason: '550 5.1.1 User unknown' } : {}),
  });
  const raw = JSON.stringify([event('bounce', gone), event('spamreport', complains), event('open', victim)]);
  const by = (body: string, stamp: string, key: KeyObject = curve.privateKey) => ({
    'x-twilio-email-event-webhook-timestamp': stamp,
    'x-twilio-email-event-webhook-signature': sign('sha256', Buffer.from(stamp + body), key).toString('base64'),
  });
  const forged = JSON.stringify([event('bounce', victim)]);
  await post('sendgrid', forged, by(raw, ago(0))).expect(401);
  await post('sendgrid', forged, by(forged, ago(86_500))).expect(401);
  await post('sendgrid', forged, by(forged, ago(0), strange.privateKey)).expect(401);
  await post('sendgrid', forged, {}).expect(401);
  expect((await post('sendgrid', raw, by(raw, ago(0))).expect(202)).body).toEqual({ events: 2, duplicate: false });
  expect((await post('sendgrid', raw, by(raw, ago(0))).expect(202)).body).toEqual(DUPLICATE);
  expect([await statusOf(gone), await reasonOf(gone.email)]).toEqual(['bounced', 'hard_bounce']);
  expect([await statusOf(complains), await reasonOf(complains.email)]).toEqual(['sent', 'complaint']);
  expect([await statusOf(victim), await reasonOf(victim.email)]).toEqual(['sent', undefined]);
});

it('Postmark: the mail carries the id by which its notice is found; a wrong password is refused', async () => {
  const mail = await mailed();
  const sent = app.sink.to(mail.email)[0]?.octets.toString('latin1') ?? '';
  const header = /^X-PM-Metadata-message-id: (\S+)\r$/m.exec(sent)?.[1];
  expect(header).toBe(mail.id);
  expect(sent).toMatch(/^X-PM-KeepID: true\r$/m);
  const raw = JSON.stringify({
    ...{ RecordType: 'Bounce', Type: 'HardBounce', ID: 42, Email: mail.email, Details: 'smtp;550 5.1.1 User unknown' },
    Metadata: { 'message-id': header },
  });
  const as = (login: string) => ({ authorization: `Basic ${Buffer.from(login).toString('base64')}` });
  await post('postmark', raw, as('ritorno:some-other-password')).expect(401);
  await post('postmark', raw, {}).expect(401);
  expect(await reasonOf(mail.email)).toBeUndefined();
  expect((await post('postmark', raw, as(LOGIN)).expect(202)).body).toEqual({ events: 1, duplicate: false });
  expect((await post('postmark', raw, as(LOGIN)).expect(202)).body).toEqual(DUPLICATE);
  expect([await statusOf(mail), await reasonOf(mail.email)]).toEqual(['bounced', 'hard_bounce']);
});

it('Resend: signed by Standard Webhooks; stale, altered or again it does nothing', async () => {
  const [gone, full, victim] = [await mailed(), await mailed(), await mailed()];
  const notice = ({ email, messageId }: Sent, type: string, message: string) =>
    JSON.stringify({
      type: 'email.bounced',
      data: { to: [email], headers: [{ name: 'Message-ID', value: messageId }], bounce: { type, message } },
    });
  const by = (id: string, stamp: string, body: string, key = SECRET) => ({
    ...{ 'svix-id': id, 'svix-timestamp': stamp },
    'svix-signature': `v1,${createHmac('sha256', key).update(`${id}.${stamp}.${body}`).digest('base64')}`,
  });
  const forged = notice(victim, 'Permanent', '550 5.1.1 User unknown');
  await post('resend', forged, by('f1', ago(400), forged)).expect(401);
  await post('resend', forged, by('f2', ago(0), `${forged} `)).expect(401);
  await post('resend', forged, by('f3', ago(0), forged, Buffer.alloc(24, 8))).expect(401);
  const raw = notice(gone, 'Permanent', '550 5.1.1 User unknown');
  expect((await post('resend', raw, by('m1', ago(0), raw)).expect(202)).body).toEqual({ events: 1, duplicate: false });
  expect((await post('resend', raw, by('m1', ago(0), raw)).expect(202)).body).toEqual(DUPLICATE);
  // What the provider calls transient is never for ever, whatever the words.
  const soft = notice(full, 'Transient', '550 5.1.1 User unknown');
  await post('resend', soft, by('m2', ago(0), soft)).expect(202);
  expect([await statusOf(gone), await reasonOf(gone.email)]).toEqual(['bounced', 'hard_bounce']);
  expect([await statusOf(full), await reasonOf(full.email)]).toEqual(['bounced', undefined]);
  expect([await statusOf(victim), await reasonOf(victim.email)]).toEqual(['sent', undefined]);
});
