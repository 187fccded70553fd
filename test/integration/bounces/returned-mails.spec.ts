import { createHmac } from 'node:crypto';
import { LinkTokens } from '../../../src/messages/link-tokens';
import { type MailApp, startMailApp } from '../../support/mail-app';
import { complaintMail, returnedMail } from '../../support/returned-mails';

const HARD = { status: '5.1.1', diagnostic: '550 5.1.1 User unknown' };
const FULL = { status: '5.2.2', diagnostic: '552 5.2.2 Mailbox full' };

const MAILGUN_WEBHOOK_KEY = 'a-signing-key-of-mailgun';

let app: MailApp;
let people = 0;

beforeAll(async () => {
  app = await startMailApp({
    env: { MAIL_FROM: 'Bottega <ciao@bottega.example>', BOUNCE_DOMAIN: 'bounces.bottega.example', MAILGUN_WEBHOOK_KEY },
  });
  app.script.onCommand = (verb, line) => {
    if (verb !== 'RCPT') return undefined;
    if (line.includes('gone@')) return '550 5.1.1 <gone@example.com>: User unknown';
    return line.includes('full@') ? '552 5.2.2 Mailbox full' : undefined;
  };
});
afterAll(() => app?.close());

/** A customer to whom a mail went out. */
async function mailed(): Promise<{ customerId: string; email: string; id: string; returnPath: string }> {
  const email = `person-${++people}@example.com`;
  const { body } = await app
    .request('post', '/api/v1/events')
    .send([
      {
        id: `made-${people}`,
        type: 'customer.created',
        occurredAt: '2026-03-01T00:00:00Z',
        data: { externalId: `p-${people}`, email, consent: { status: 'subscribed' } },
      },
    ])
    .expect(202);
  expect(body.rejected).toEqual([]);
  await app.advance('PT1S');
  const { body: found } = await app.request('get', `/api/v1/customers?externalId=p-${people}`).expect(200);
  const customerId = (found.items as Array<{ id: string }>)[0]?.id ?? '';
  return { customerId, email, ...(await mail(email, customerId)) };
}

async function mail(email: string, customerId: string): Promise<{ id: string; returnPath: string }> {
  const sent = await app.sendCiao(email, { customerId });
  await app.database.execute(
    "update messages set origin = 'confirmation', customer_id = $2, shown_customer_id = null where id = $1",
    [sent.id, customerId],
  );
  expect(await status(sent.id)).toMatchObject({ status: 'sent' });
  return sent;
}

const status = async (id: string) =>
  (await app.request('get', `/api/v1/messages/${id}`).expect(200)).body as Record<string, unknown>;

async function bring(raw: Buffer): Promise<Array<Record<string, unknown>>> {
  const { body } = await app
    .request('post', '/api/v1/bounces')
    .set('content-type', 'message/rfc822')
    .send(raw.toString('latin1'))
    .expect(200);
  return body.results as Array<Record<string, unknown>>;
}

async function suppression(email: string): Promise<Record<string, unknown> | undefined> {
  const { body } = await app.request('get', `/api/v1/suppressions?address=${email}`).expect(200);
  return (body.items as Array<Record<string, unknown>>)[0];
}

describe('returned mails', () => {
  it('a hard bounce at our signed return path suppresses at once; told again it changes nothing', async () => {
    const { id, email, customerId, returnPath } = await mailed();
    const raw = returnedMail({ to: returnPath, recipient: email, ...HARD });
    const expected = {
      recipient: email,
      class: 'hard',
      status: '5.1.1',
      reason: 'user_unknown',
      messageId: id,
      suppressed: true,
    };
    expect(await bring(raw)).toEqual([expected]);
    expect(await bring(raw)).toEqual([expected]);
    expect(await status(id)).toMatchObject({ status: 'bounced', bouncedAt: expect.any(String) });
    expect(await suppression(email)).toMatchObject({
      reason: 'hard_bounce',
      evidence: { class: 'hard', status: '5.1.1', messageId: id, source: 'api', proof: 'return_path' },
    });
    const { body: customer } = await app.request('get', `/api/v1/customers/${customerId}`).expect(200);
    expect(customer.suppressed).toMatchObject({ reason: 'hard_bounce' });
    const { body: listed } = await app.request('get', `/api/v1/bounces?messageId=${id}`).expect(200);
    expect(listed.items).toMatchObject([{ class: 'hard', proof: 'return_path', source: 'api' }]);
    const { body: log } = await app.request('get', '/api/v1/audit-log?limit=500').expect(200);
    const lines = (log.items as Array<{ action: string; resource: string }>).filter(
      ({ action, resource }) => action === 'bounce.record' && resource === `message:${id}`,
    );
    expect(lines).toHaveLength(1);
    await app.request('post', '/api/v1/templates/ciao/test-send').send({ to: email }).expect(422);
  });

  it('a forged notice suppresses nobody: no token, a wrong one, our Message-ID alone', async () => {
    const { id, email, returnPath } = await mailed();
    const forged = `${returnPath[0] ?? ''}${returnPath.slice(1).replace(/[a-z2-7](?=@)/, (c) => (c === 'a' ? 'b' : 'a'))}`;
    for (const to of ['ciao@bottega.example', forged]) {
      const [found] = await bring(returnedMail({ to, recipient: email, ...HARD }));
      expect(found).toMatchObject({ class: 'hard', messageId: null, suppressed: false });
    }
    expect(await status(id)).toMatchObject({ status: 'sent' });
    const original = [`Message-ID: ${(await status(id)).messageIdHeader as string}`];
    const [found] = await bring(returnedMail({ to: 'ciao@bottega.example', recipient: email, ...HARD, original }));
    expect(found).toMatchObject({ class: 'hard', messageId: id, suppressed: false });
    expect(await status(id)).toMatchObject({ status: 'bounced' });
    expect(await suppression(email)).toBeUndefined();
    // The true one still counts.
    await bring(returnedMail({ to: returnPath, recipient: email, ...HARD }));
    expect(await suppression(email)).toMatchObject({ reason: 'hard_bounce' });
  });

  it('soft: the third in a row suppresses, a mail that arrived in between breaks the row', async () => {
    const { email, customerId, returnPath } = await mailed();
    const soft = async (to: string) => (await bring(returnedMail({ to, recipient: email, ...FULL })))[0];
    expect(await soft(returnPath)).toMatchObject({ class: 'soft', reason: 'mailbox_full', suppressed: false });
    await mail(email, customerId); // arrives
    const more = [];
    for (let i = 0; i < 3; i++) {
      await app.advance('P2D');
      more.push((await mail(email, customerId)).returnPath);
    }
    expect(await soft(more[0] ?? '')).toMatchObject({ suppressed: false });
    expect(await soft(more[1] ?? '')).toMatchObject({ suppressed: false });
    expect(await suppression(email)).toBeUndefined();
    expect(await soft(more[2] ?? '')).toMatchObject({ suppressed: true });
    expect(await suppression(email)).toMatchObject({ reason: 'soft_bounces' });
  });

  it('a fault of the mail or of ours never counts against the recipient; one of ours pauses the domain', async () => {
    const { email, id, returnPath } = await mailed();
    const big = { status: '5.3.4', diagnostic: '552 5.3.4 Message size exceeds fixed limit' };
    expect(await bring(returnedMail({ to: returnPath, recipient: email, ...big }))).toMatchObject([
      { class: 'message_fault', suppressed: false },
    ]);
    expect(await status(id)).toMatchObject({ status: 'bounced' });
    const other = await mailed();
    const fault = { status: '5.7.26', diagnostic: '550 5.7.26 Unauthenticated mail is not accepted' };
    await bring(returnedMail({ to: other.returnPath, recipient: other.email, ...fault }));
    expect(await suppression(other.email)).toBeUndefined();
    const { body } = await app.request('get', '/api/v1/sending-domains').expect(200);
    expect(body.items).toMatchObject([{ domain: 'bottega.example', paused: true, reason: 'authentication' }]);
    await app.request('post', '/api/v1/sending-domains/bottega.example/resume').expect(200);
  });

  it('a delay and an auto-reply do nothing', async () => {
    const { email, id, returnPath } = await mailed();
    const delay = { to: returnPath, recipient: email, status: '4.4.1', diagnostic: 'timed out', action: 'delayed' };
    expect(await bring(returnedMail(delay))).toMatchObject([{ class: 'delayed', messageId: id, suppressed: false }]);
    const away = `From: ${email}\r\nTo: ${returnPath}\r\nSubject: Fuori ufficio\r\nAuto-Submitted: auto-replied\r\n\r\nCiao\r\n`;
    expect(await bring(Buffer.from(away))).toMatchObject([{ class: 'auto_reply', suppressed: false }]);
    expect(await status(id)).toMatchObject({ status: 'sent', bouncedAt: null });
  });

  it('a complaint with a signed link of the mail suppresses; one without does not', async () => {
    const { email, id } = await mailed();
    const forged = await bring(complaintMail([`To: ${email}`, `Message-ID: <nobody@bottega.example>`]));
    expect(forged).toMatchObject([{ class: 'complaint', messageId: null, suppressed: false }]);
    const link = app.app.get(LinkTokens).of(id).unsubscribe;
    const [found] = await bring(complaintMail([`To: ${email}`, `List-Unsubscribe: <${link}>`]));
    expect(found).toMatchObject({ class: 'complaint', messageId: id, suppressed: true });
    expect(await status(id)).toMatchObject({ status: 'sent', complainedAt: expect.any(String) });
    expect(await suppression(email)).toMatchObject({ reason: 'complaint' });
  });

  it('bodies that are no mail are refused', async () => {
    const post = () => app.request('post', '/api/v1/bounces');
    await post().send({ mail: 'x' }).expect(415);
    await post().set('content-type', 'text/plain').send('x').expect(415);
    await post().set('content-type', 'message/rfc822').send('').expect(422);
    expect(await bring(Buffer.from('no mail at all'))).toMatchObject([{ class: 'not_a_bounce', messageId: null }]);
    const large = Buffer.alloc(5 * 1024 * 1024 + 1, 'a').toString();
    await post().set('content-type', 'message/rfc822').send(large).expect(413);
  });
});

describe('notices of a mail provider', () => {
  const signed = (token: string, event: object, key = MAILGUN_WEBHOOK_KEY) => {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signature = createHmac('sha256', key)
      .update(timestamp + token)
      .digest('hex');
    return { signature: { timestamp, token, signature }, 'event-data': event };
  };
  const post = (body: object, provider = 'mailgun') =>
    app.request('post', `/webhooks/mail/${provider}`, null).send(body);
  const failed = (recipient: string, id: string, message: string) => ({
    event: 'failed',
    severity: 'permanent',
    reason: 'bounce',
    id,
    recipient,
    'delivery-status': { code: 550, message: '5.1.1 user unknown' },
    message: { headers: { 'message-id': message.replace(/[<>]/g, '') } },
  });

  it('one that is signed marks the message and suppresses; again it is a duplicate', async () => {
    const { id, email } = await mailed();
    const header = (await status(id)).messageIdHeader as string;
    const body = signed('a'.repeat(50), failed(email, 'e1', header));
    expect((await post(body).expect(202)).body).toEqual({ events: 1, duplicate: false });
    expect((await post(body).expect(202)).body).toEqual({ events: 0, duplicate: true });
    expect(await status(id)).toMatchObject({ status: 'bounced' });
    expect(await suppression(email)).toMatchObject({
      reason: 'hard_bounce',
      evidence: { messageId: id, source: 'mailgun', proof: 'webhook' },
    });
  });

  it('of a mail that is not ours to find the address is suppressed all the same', async () => {
    const event = failed('stranger@example.com', 'e2', 'unknown@elsewhere.example');
    expect((await post(signed('b'.repeat(50), event)).expect(202)).body).toEqual({ events: 1, duplicate: false });
    expect(await suppression('stranger@example.com')).toMatchObject({ reason: 'hard_bounce' });
  });

  it('a bad signature is 401 and has no effect, a provider that is not set up 404, no JSON 422', async () => {
    const event = failed('victim@example.com', 'e3', 'x@y.example');
    await post(signed('c'.repeat(50), event, 'some-other-signing-key')).expect(401);
    await post({ 'event-data': event }).expect(401);
    expect(await suppression('victim@example.com')).toBeUndefined();
    await post({}, 'sendgrid').expect(404);
    await post({}, 'nobody').expect(404);
    const text = app.request('post', '/webhooks/mail/mailgun', null).set('content-type', 'application/json');
    await text.send('{').expect(422);
  });

  it('that it has taken a mail proves one that was uncertain, by our Message-ID to the letter', async () => {
    const [taken, other] = [await mailed(), await mailed()];
    const uncertain = `update messages set status = 'uncertain', sent_at = null where id = any($1::uuid[])`;
    await app.database.execute(uncertain, [[taken.id, other.id]]);
    const header = (await status(taken.id)).messageIdHeader as string;
    const event = (id: string) => ({
      event: 'accepted',
      message: { headers: { 'message-id': id.replace(/[<>]/g, '') } },
    });
    await post(signed('e'.repeat(50), event(`${other.id}@elsewhere.example`))).expect(202);
    expect(await status(other.id)).toMatchObject({ status: 'uncertain' });
    const { body } = await post(signed('f'.repeat(50), event(header))).expect(202);
    expect(body).toEqual({ events: 0, duplicate: false });
    expect(await status(taken.id)).toMatchObject({ status: 'sent', openedAt: null });
    const { sentAt } = await status(taken.id);
    expect(sentAt).not.toBeNull();
  });

  it('an event that is no bounce is taken and ignored', async () => {
    const { body } = await post(signed('d'.repeat(50), { event: 'opened', recipient: 'a@b.example' })).expect(202);
    expect(body).toEqual({ events: 0, duplicate: false });
  });
});

describe('what our own connection hears', () => {
  it('an address that is refused at RCPT for good is suppressed; one that is full is not', async () => {
    for (const to of ['gone@example.com', 'full@example.com']) {
      await app.request('post', '/api/v1/templates/ciao/test-send').send({ to }).expect(202);
    }
    await app.advance('PT1M');
    expect(await suppression('gone@example.com')).toMatchObject({
      reason: 'hard_bounce',
      evidence: { source: 'smtp', proof: 'connection', status: '5.1.1' },
    });
    expect(await suppression('full@example.com')).toBeUndefined();
    const { body } = await app.request('get', '/api/v1/bounces?class=soft&limit=1').expect(200);
    expect(body.items).toMatchObject([{ source: 'smtp', reason: 'mailbox_full' }]);
    const { body: failed } = await app.request('get', '/api/v1/messages?origin=test&status=failed').expect(200);
    expect(failed.items).toHaveLength(2);
  });
});
