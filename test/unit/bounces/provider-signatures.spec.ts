import { createHmac, createSign, generateKeyPairSync, sign } from 'node:crypto';
import {
  isMailgun,
  isPostmark,
  isResend,
  isSendgrid,
  isSns,
  isSnsAddress,
  isSnsCertificate,
  type SnsMessage,
} from '../../../src/bounces/domain/provider-signatures';
import { SNS_CERTIFICATE, SNS_KEY } from '../../support/sns-certificate';

const now = new Date('2026-11-22T08:00:00Z');
const nows = [now];
// The certificate is good from a moment after it was made.
const realNow = new Date('2027-01-01T00:00:00Z');
const stamp = String(now.getTime() / 1000);
const later = (seconds: number): Date[] => [new Date(now.getTime() + seconds * 1000)];
const body = Buffer.from('{"type":"email.bounced"}');

describe('notices of mail providers are known by their signatures', () => {
  it('resend: Standard Webhooks, under its own names and those of Svix, five minutes either way', () => {
    const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
    const mac = createHmac('sha256', Buffer.alloc(24, 7)).update(`id1.${stamp}.`).update(body).digest('base64');
    const headers = (name: string) => ({
      [`${name}-id`]: 'id1',
      [`${name}-timestamp`]: stamp,
      [`${name}-signature`]: `v1,AAAA v1,${mac}`,
    });
    for (const name of ['svix', 'webhook']) {
      expect(isResend(headers(name), body, ['whsec_AAAA', secret], nows)).toBe(true);
      expect(isResend(headers(name), Buffer.from('{}'), [secret], nows)).toBe(false);
      expect(isResend(headers(name), body, [secret], later(300))).toBe(true);
      expect(isResend(headers(name), body, [secret], later(301))).toBe(false);
      expect(isResend({ ...headers(name), [`${name}-id`]: 'id2' }, body, [secret], nows)).toBe(false);
    }
    expect(isResend({}, body, [secret], nows)).toBe(false);
  });

  it('sendgrid: ECDSA over stamp and raw body', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
    const signature = sign('sha256', Buffer.concat([Buffer.from(stamp), body]), privateKey).toString('base64');
    const headers = {
      'x-twilio-email-event-webhook-timestamp': stamp,
      'x-twilio-email-event-webhook-signature': signature,
    };
    expect(isSendgrid(headers, body, [other, publicKey], nows)).toBe(true);
    expect(isSendgrid(headers, body, [other], nows)).toBe(false);
    expect(isSendgrid(headers, Buffer.concat([body, Buffer.from(' ')]), [publicKey], nows)).toBe(false);
    expect(isSendgrid(headers, body, [publicKey], later(86_401))).toBe(false);
    const garbage = { ...headers, 'x-twilio-email-event-webhook-signature': 'bm9uZQ==' };
    expect(isSendgrid(garbage, body, [publicKey], nows)).toBe(false);
    expect(isSendgrid({}, body, [publicKey], nows)).toBe(false);
  });

  it('postmark: the name and password of the address', () => {
    const header = (login: string) => ({ authorization: `Basic ${Buffer.from(login).toString('base64')}` });
    expect(isPostmark(header('ritorno:a long password'), ['ritorno:a long password'])).toBe(true);
    expect(isPostmark(header('ritorno:another one'), ['ritorno:a long password'])).toBe(false);
    expect(isPostmark({}, ['ritorno:a long password'])).toBe(false);
  });

  it('mailgun: HMAC over stamp and token', () => {
    const token = 'a'.repeat(50);
    const signature = createHmac('sha256', 'signing-key')
      .update(stamp + token)
      .digest('hex');
    const given = { timestamp: stamp, token, signature };
    expect(isMailgun(given, ['other', 'signing-key'], nows)).toBe(true);
    expect(isMailgun(given, ['other'], nows)).toBe(false);
    expect(isMailgun({ ...given, token: 'b'.repeat(50) }, ['signing-key'], nows)).toBe(false);
    expect(isMailgun(given, ['signing-key'], later(-86_401))).toBe(false);
  });

  it.each(['1', '2'])('sns, version %s: RSA over the named fields', (version) => {
    const fields: Record<string, string> = {
      Message: '{"notificationType":"Bounce"}',
      MessageId: 'm-1',
      Timestamp: now.toISOString(),
      TopicArn: 'arn:aws:sns:eu-south-1:123456789012:bounces',
      Type: 'Notification',
    };
    const text = Object.entries(fields)
      .map(([name, value]) => `${name}\n${value}\n`)
      .join('');
    const signer = createSign(version === '2' ? 'sha256' : 'sha1').update(text);
    const message: SnsMessage = { ...fields, SignatureVersion: version, Signature: signer.sign(SNS_KEY, 'base64') };
    expect(isSns(message, SNS_CERTIFICATE, nows, realNow)).toBe(true);
    expect(isSns({ ...message, Message: '{}' }, SNS_CERTIFICATE, nows, realNow)).toBe(false);
    expect(isSns({ ...message, Subject: 'added' }, SNS_CERTIFICATE, nows, realNow)).toBe(false);
    expect(isSns(message, SNS_CERTIFICATE, later(86_401), realNow)).toBe(false);
    expect(isSns(message, SNS_CERTIFICATE, nows, new Date('2200-01-01'))).toBe(false);
    expect(isSns(message, 'no certificate', nows, realNow)).toBe(false);
  });

  it('sns: only its own addresses say what is trusted', () => {
    expect(isSnsAddress('https://sns.eu-south-1.amazonaws.com/SimpleNotificationService-1.pem')).toBe(true);
    for (const address of [
      'http://sns.eu-south-1.amazonaws.com/a.pem',
      'https://sns.eu-south-1.amazonaws.com.evil.example/a.pem',
      'https://evil.example/sns.eu-south-1.amazonaws.com/a.pem',
      'https://sns.eu-south-1.amazonaws.com:8443/a.pem',
      'https://u:p@sns.eu-south-1.amazonaws.com/a.pem',
      'https://s3.amazonaws.com/a.pem',
      'nonsense',
      undefined,
    ]) {
      expect(isSnsAddress(address)).toBe(false);
      expect(isSnsCertificate(address)).toBe(false);
    }
    const certificate = 'https://sns.eu-south-1.amazonaws.com/SimpleNotificationService-0123abc.pem';
    expect(isSnsCertificate(certificate)).toBe(true);
    for (const end of ['?Action=GetTopicAttributes', '#x.pem', '/x.pem'])
      expect(isSnsCertificate(certificate + end)).toBe(false);
  });
});
