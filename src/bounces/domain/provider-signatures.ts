import { createHmac, type KeyObject, timingSafeEqual, verify, X509Certificate } from 'node:crypto';

/** Headers of a request, names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Standard Webhooks stamps each try anew; the others repeat the first stamp for as long as they try again. */
const FRESH_S = 300;
const RETRIED_S = 86_400;

/** Constant time for texts of one length; that of a digest is no secret. */
function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const one = (headers: Headers, name: string): string => {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
};

/** Whether a stamp (seconds) lies within so many seconds of one of the clocks. */
function isNear(stamp: number, nows: readonly Date[], seconds: number): boolean {
  return nows.some((now) => Math.abs(now.getTime() / 1000 - stamp) <= seconds);
}

/** Resend: Standard Webhooks, under its own names or those of Svix. */
export function isResend(headers: Headers, body: Buffer, secrets: readonly string[], nows: readonly Date[]): boolean {
  const read = (name: string): string => one(headers, `svix-${name}`) || one(headers, `webhook-${name}`);
  const [id, stamp, given] = [read('id'), read('timestamp'), read('signature')];
  if (id === '' || !/^\d{1,12}$/.test(stamp) || !isNear(Number(stamp), nows, FRESH_S)) return false;
  const signatures = given.split(' ').flatMap((part) => (part.startsWith('v1,') ? [part.slice(3)] : []));
  const expected = secrets.map((secret) =>
    createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
      .update(`${id}.${stamp}.`)
      .update(body)
      .digest('base64'),
  );
  return expected.some((mac) => signatures.some((signature) => same(signature, mac)));
}

/** SendGrid: ECDSA over stamp and raw body. */
export function isSendgrid(headers: Headers, body: Buffer, keys: readonly KeyObject[], nows: readonly Date[]): boolean {
  const stamp = one(headers, 'x-twilio-email-event-webhook-timestamp');
  const signature = Buffer.from(one(headers, 'x-twilio-email-event-webhook-signature'), 'base64');
  if (!/^\d{1,12}$/.test(stamp) || signature.length === 0 || !isNear(Number(stamp), nows, RETRIED_S)) return false;
  const signed = Buffer.concat([Buffer.from(stamp), body]);
  return keys.some((key) => isSignedBy(signed, key, signature, 'sha256'));
}

/** Postmark signs nothing: it presents the name and password that stand in the address it was given. */
export function isPostmark(headers: Headers, logins: readonly string[]): boolean {
  const given = /^Basic\s+(\S+)$/i.exec(one(headers, 'authorization'))?.[1] ?? '';
  return logins.map((login) => same(given, Buffer.from(login).toString('base64'))).includes(true);
}

/** The part of a Mailgun body that is signed: it covers stamp and token alone, so a token is good once. */
export interface MailgunSignature {
  timestamp: string;
  token: string;
  signature: string;
}

export function isMailgun(given: MailgunSignature, keys: readonly string[], nows: readonly Date[]): boolean {
  const { timestamp, token, signature } = given;
  if (!/^\d{1,12}$/.test(timestamp) || token.length < 16 || !isNear(Number(timestamp), nows, RETRIED_S)) return false;
  return keys
    .map((key) =>
      same(
        signature,
        createHmac('sha256', key)
          .update(timestamp + token)
          .digest('hex'),
      ),
    )
    .includes(true);
}

/** A message of SNS, as far as it is signed. */
export type SnsMessage = Readonly<Record<string, string | undefined>>;

const SNS_HOST = /^sns\.[a-z0-9-]{1,40}\.amazonaws\.com(\.cn)?$/;
const NOTIFIED = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'];
const CONFIRMED = ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];

/** Whether an address is one of SNS itself: no other may say what is trusted. */
export function isSnsAddress(address: string | undefined): address is string {
  if (address === undefined || !URL.canParse(address)) return false;
  const url = new URL(address);
  return url.protocol === 'https:' && SNS_HOST.test(url.hostname) && url.port === '' && url.username === '';
}

/** What the certificates of SNS are called, and no other page there: a query may answer with what a stranger wrote. */
const SNS_CERTIFICATE = /^\/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem$/;

/** Whether an address is that of a certificate of SNS. */
export function isSnsCertificate(address: string | undefined): address is string {
  if (!isSnsAddress(address)) return false;
  const { pathname, search, hash } = new URL(address);
  return SNS_CERTIFICATE.test(pathname) && search === '' && hash === '';
}

/** Whether an address confirms a subscription to this very topic, and does nothing else. */
export function isSnsConfirmation(address: string | undefined, topic: string): address is string {
  if (!isSnsAddress(address)) return false;
  const { pathname, searchParams } = new URL(address);
  return (
    pathname === '/' &&
    searchParams.getAll('Action').join() === 'ConfirmSubscription' &&
    searchParams.getAll('TopicArn').join() === topic
  );
}

const OF_SNS = /^CN=sns\.([a-z0-9-]{1,40}\.)?amazonaws\.com(\.cn)?$/m;

/** Signature and stamp of a message of SNS by the certificate (PEM) that it names. */
export function isSns(message: SnsMessage, pem: string, nows: readonly Date[], realNow: Date): boolean {
  const stamp = Date.parse(message.Timestamp ?? '') / 1000;
  if (Number.isNaN(stamp) || !isNear(stamp, nows, RETRIED_S)) return false;
  const names = message.Type === 'Notification' ? NOTIFIED : CONFIRMED;
  const text = names.flatMap((name) => (message[name] === undefined ? [] : [`${name}\n${message[name]}\n`])).join('');
  const hash = message.SignatureVersion === '2' ? 'sha256' : 'sha1';
  try {
    const certificate = new X509Certificate(pem);
    if (!OF_SNS.test(certificate.subject)) return false;
    if (realNow < new Date(certificate.validFrom) || realNow > new Date(certificate.validTo)) return false;
    return isSignedBy(Buffer.from(text), certificate.publicKey, Buffer.from(message.Signature ?? '', 'base64'), hash);
  } catch {
    return false;
  }
}

function isSignedBy(signed: Buffer, key: KeyObject, signature: Buffer, hash: string): boolean {
  try {
    return verify(hash, signed, key, signature);
  } catch {
    return false;
  }
}
