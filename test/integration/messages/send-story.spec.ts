import { type ReceivedMail, startSmtpSink, type SinkScript, type SmtpSink } from '../../support/smtp-sink';
import { startTestApp, type TestApp } from '../../support/app';

const MJML = `<mjml><mj-body><mj-section><mj-column><mj-text>Hello {{customer.firstName}}, see <a href="https://shop.test/new?a=1&amp;b=2">what is new</a></mj-text>
<mj-text><a href="{{links.viewInBrowser}}">in the browser</a> <a href="{{links.unsubscribe}}">leave</a></mj-text></mj-column></mj-section></mj-body></mjml>`;

let app: TestApp;
let sink: SmtpSink;
let script: SinkScript;

beforeAll(async () => {
  script = {};
  sink = await startSmtpSink({
    onCommand: (...args) => script.onCommand?.(...args),
    onMail: (...args) => script.onMail?.(...args),
  });
  app = await startTestApp({ smtpUrl: `${sink.url}/?idempotencyHeader=X-Idempotency` });
  await app
    .request('post', '/api/v1/templates')
    .send({ key: 'hi', name: 'hi', defaultLocale: 'en', locales: { en: { subject: 'Hello', mjml: MJML } } })
    .expect(201);
});
afterAll(async () => {
  await app?.close();
  await sink?.stop();
});
beforeEach(() => {
  script = {};
});

const testSend = async (to: string): Promise<string> =>
  (await app.request('post', '/api/v1/templates/hi/test-send').send({ to }).expect(202)).body.id as string;
const message = async (id: string) =>
  (await app.request('get', `/api/v1/messages/${id}`).expect(200)).body as Record<string, unknown>;

describe('a mail through the ledger', () => {
  it('goes out once, with our headers, and can be seen in the browser', async () => {
    const id = await testSend('one@example.com');
    await app.advance('PT1M');
    expect(sink.to('one@example.com')).toHaveLength(1);
    expect(await message(id)).toMatchObject({
      id,
      origin: 'test',
      status: 'sent',
      reason: null,
      template: 'hi',
      templateVersion: 1,
      subject: 'Hello',
      attempts: 1,
      messageIdHeader: `<${id}@bottega.test>`,
      sentAt: '2026-03-02T08:00:00.000Z',
    });
    const raw = sink.to('one@example.com')[0]?.octets.toString() ?? '';
    for (const header of [
      'List-Unsubscribe: <http://ritorno.test/u/',
      'List-Id: <',
      'Auto-Submitted: auto-generated',
      'Feedback-ID: test:test:bottega:ritorno',
    ]) {
      expect(raw).toContain(header);
    }
    expect(raw).toContain('Date: Mon, 02 Mar 2026 08:00:00 +0000');
    const view = /http:\/\/ritorno\.test(\/v\/[\w-]+)/.exec(raw.replace(/=\r\n/g, ''))?.[1] ?? '';
    const page = await app.request('get', view, null).expect(200);
    expect(page.text).toContain('Hello ');
    expect(page.text).toContain('/t/c/');
    expect(page.text).not.toContain('/t/o/');
    await app.request('get', `${view.slice(0, -3)}AAA`, null).expect(404);
    expect((await app.request('get', '/api/v1/messages').expect(200)).body.items).toEqual([]);
    expect((await app.request('get', '/api/v1/messages?origin=test').expect(200)).body.items[0].id).toBe(id);
  });

  it('a refusal for now is tried again by the schedule, as the same mail octet by octet', async () => {
    const seen: string[] = [];
    script.onMail = (mail) => {
      seen.push(mail.octets.toString());
      return seen.length < 3 ? '451 4.7.1 come back later' : undefined;
    };
    const id = await testSend('later@example.com');
    await app.advance('PT1M');
    expect(await message(id)).toMatchObject({
      status: 'deferred',
      attempts: 1,
      lastReply: '451 4.7.1 come back later',
    });
    await app.advance('PT3M');
    expect(seen).toHaveLength(1);
    await app.advance('PT3M');
    expect(seen).toHaveLength(2);
    await app.advance('PT20M');
    expect(await message(id)).toMatchObject({ status: 'sent', attempts: 3 });
    expect(new Set(seen).size).toBe(1);
    expect(sink.to('later@example.com')).toHaveLength(1);
  });

  it('words of a server that the database could not hold keep no outcome from being written', async () => {
    script.onCommand = (verb, line) =>
      verb === 'RCPT' && line.includes('garbage') ? '450 4.2.0 \u0000\u0007 busy' : undefined;
    script.onMail = () => '250 2.0.0 \u0000 queued';
    const [refused, taken] = [await testSend('garbage@example.com'), await testSend('after@example.com')];
    await app.advance('PT1M');
    expect(await message(refused)).toMatchObject({ status: 'deferred', lastReply: '450 4.2.0 \ufffd\ufffd busy' });
    expect(await message(taken)).toMatchObject({ status: 'sent', lastReply: '250 2.0.0 \ufffd queued' });
    script = {};
    await app.advance('PT10M');
    expect(await message(refused)).toMatchObject({ status: 'sent', attempts: 2 });
  });

  it('gives up after a day of refusals, at once after a final one', async () => {
    let tries = 0;
    script.onCommand = (verb) => (verb === 'RCPT' && ++tries ? '450 4.2.0 greylisted' : undefined);
    const later = await testSend('never@example.com');
    await app.advance('P2D');
    expect(await message(later)).toMatchObject({ status: 'failed', attempts: tries });
    // 5, 15, 30 minutes, 1, 2, 4 hours, then four-hourly, each up to a fifth longer, within 24 hours.
    expect(tries).toBeGreaterThanOrEqual(9);
    expect(tries).toBeLessThanOrEqual(11);
    script.onCommand = (verb) => (verb === 'RCPT' ? '550 5.1.1 no such user' : undefined);
    const dead = await testSend('dead@example.com');
    await app.advance('P2D');
    expect(await message(dead)).toMatchObject({ status: 'failed', attempts: 1, lastReply: '550 5.1.1 no such user' });
  });

  it.each(['MAIL', 'RCPT', 'DATA'])('a connection lost at %s costs nothing: the mail goes out once', async (stage) => {
    let drops = 0;
    script.onCommand = (verb) => (verb === stage && drops++ < 3 ? { do: 'drop' } : undefined);
    const id = await testSend(`${stage.toLowerCase()}@example.com`);
    await app.advance('PT10M');
    expect(await message(id)).toMatchObject({ status: 'sent', attempts: 1 });
    expect(sink.to(`${stage.toLowerCase()}@example.com`)).toHaveLength(1);
  });

  it('no answer to the final dot makes it uncertain; it is not sent again by itself, a person decides', async () => {
    script.onMail = () => ({ do: 'drop' });
    const [sent, retried] = [await testSend('unsure-1@example.com'), await testSend('unsure-2@example.com')];
    await app.advance('P2D');
    script.onMail = undefined;
    await app.advance('P2D');
    for (const id of [sent, retried]) expect(await message(id)).toMatchObject({ status: 'uncertain' });
    expect(sink.to('unsure-1@example.com')).toHaveLength(0);
    const { items: list } = (await app.request('get', '/api/v1/messages?origin=test&status=uncertain').expect(200))
      .body as {
      items: Array<{ id: string }>;
    };
    expect(list.map((one) => one.id)).toEqual([retried, sent]);
    const { body: counts } = await app.request('get', '/api/v1/uncertain').expect(200);
    expect(counts.items).toEqual([expect.objectContaining({ campaignId: null, count: 2 })]);
    expect(counts.items[0].ageSeconds).toBeGreaterThanOrEqual(2 * 86_400);
    await app.request('post', `/api/v1/messages/${sent}/resolve`).send({ as: 'maybe' }).expect(422);
    await app.request('post', `/api/v1/messages/${sent}/resolve`).send({ as: 'sent' }).expect(200);
    await app.request('post', `/api/v1/messages/${sent}/resolve`).send({ as: 'sent' }).expect(409);
    await app.request('post', `/api/v1/messages/${retried}/resolve`).send({ as: 'retry' }).expect(200);
    await app.advance('PT1M');
    expect(await message(sent)).toMatchObject({ status: 'sent' });
    expect(await message(retried)).toMatchObject({ status: 'sent', attempts: 2 });
    expect(sink.to('unsure-1@example.com')).toHaveLength(0);
    expect(sink.to('unsure-2@example.com')).toHaveLength(1);
    const { items: audit } = (await app.request('get', '/api/v1/audit-log').expect(200)).body as {
      items: Array<{ action: string }>;
    };
    expect(audit.map((line) => line.action)).toContain('message.resolve');
  });

  it('what is sent again by a word is the same mail under the same key, as one more try', async () => {
    const seen: ReceivedMail[] = [];
    script.onMail = (mail) => (seen.push(mail), { do: 'drop' });
    const id = await testSend('same@example.com');
    await app.advance('PT1H');
    expect(await message(id)).toMatchObject({ status: 'uncertain', attempts: 1 });
    script.onMail = (mail) => void seen.push(mail);
    await app.request('post', `/api/v1/messages/${id}/resolve`).send({ as: 'retry' }).expect(200);
    await app.advance('PT1M');
    expect(await message(id)).toMatchObject({ status: 'sent', attempts: 2 });
    const [first, second] = seen.map(({ octets }) => octets.toString('latin1'));
    expect(first).toContain(`X-Idempotency: ${id}\r\n`);
    expect(second).toBe(first);
    await app.request('post', `/api/v1/messages/${id}/resolve`).send({ as: 'retry' }).expect(409);
  });

  it('while all mail is stopped nothing goes out and nothing is lost', async () => {
    await app
      .request('put', '/api/v1/settings/sending')
      .send({ paused: true, reason: 'restored a backup' })
      .expect(200);
    const id = await testSend('stopped@example.com');
    await app.advance('PT1H');
    expect(await message(id)).toMatchObject({ status: 'queued', attempts: 0 });
    expect((await app.request('get', '/api/v1/settings/sending').expect(200)).body).toEqual({
      paused: true,
      reason: 'restored a backup',
    });
    await app.request('put', '/api/v1/settings/sending').send({ paused: false }).expect(200);
    await app.advance('PT1M');
    expect(sink.to('stopped@example.com')).toHaveLength(1);
  });

  it('the stop holds at the gate too: a mail whose DATA is on the wire does not go out', async () => {
    script.onCommand = async (verb) => {
      if (verb !== 'DATA') return undefined;
      script = {};
      await app.request('put', '/api/v1/settings/sending').send({ paused: true }).expect(200);
      return undefined;
    };
    const id = await testSend('gate@example.com');
    await app.advance('PT1M');
    expect(sink.to('gate@example.com')).toHaveLength(0);
    expect(await message(id)).toMatchObject({ status: 'queued', attempts: 0 });
    await app.request('put', '/api/v1/settings/sending').send({ paused: false }).expect(200);
    await app.advance('PT1M');
    expect(sink.to('gate@example.com')).toHaveLength(1);
  });

  it('refuses what it cannot mail, with the path', async () => {
    for (const to of ['nobody', 'a@b.c\r\nBcc: all@b.c', '"q"@example.com']) {
      const { body } = await app.request('post', '/api/v1/templates/hi/test-send').send({ to }).expect(422);
      expect(body.errors[0].path).toBe('to');
    }
    const stranger = { to: 'a@example.com', customerId: '01900000-0000-7000-8000-000000000000' };
    const { body } = await app.request('post', '/api/v1/templates/hi/test-send').send(stranger).expect(422);
    expect(body.errors[0].path).toBe('customerId');
    await app.request('post', '/api/v1/templates/none/test-send').send({ to: 'a@example.com' }).expect(404);
    await app.request('get', '/api/v1/messages?status=lost').expect(422);
    await app.request('get', '/api/v1/messages?campaign=none').expect(422);
    await app.request('get', '/api/v1/messages/01900000-0000-7000-8000-000000000000').expect(404);
  });

  it('an outage of the server holds mail back and loses none', async () => {
    const { port } = sink;
    await sink.stop();
    const id = await testSend('outage@example.com');
    await app.advance('PT2H');
    expect(await message(id)).toMatchObject({ status: 'queued', attempts: 0 });
    sink = await startSmtpSink({}, { port });
    await app.advance('PT10M');
    expect(sink.to('outage@example.com')).toHaveLength(1);
  });

  it('a mail that cannot be rendered is skipped with the reason and holds up nobody', async () => {
    // Held back until it is broken: the live loop is quick.
    const stop = (paused: boolean) => app.request('put', '/api/v1/settings/sending').send({ paused }).expect(200);
    await stop(true);
    const [good, bad] = [await testSend('good@example.com'), await testSend('bad@example.com')];
    await app.database.execute('update messages set template_version = 99 where id = $1', [bad]);
    await stop(false);
    await app.advance('PT1M');
    expect(await message(bad)).toMatchObject({ status: 'skipped', reason: 'render_failed' });
    expect(await message(good)).toMatchObject({ status: 'sent' });
    expect(sink.to('bad@example.com')).toHaveLength(0);
  });

  it('a mail whose products cannot be found is skipped, or falls back', async () => {
    const steps = (fallback: string) => [
      { kind: 'email', key: 'buy', template: 'hi', recommend: { strategy: 'bought_together', limit: 3, fallback } },
    ];
    for (const fallback of ['skip', 'bestsellers']) {
      const campaign = {
        key: fallback,
        name: fallback,
        purpose: 'cross_sell',
        trigger: { on: 'event', event: fallback },
        steps: steps(fallback),
      };
      await app.request('post', '/api/v1/campaigns').send(campaign).expect(201);
      await app.request('post', `/api/v1/campaigns/${fallback}/activate`).expect(200);
    }
    const { now: occurredAt } = (await app.request('get', '/api/v1/test-clock')).body as { now: string };
    const customer = { externalId: 'buyer', email: 'buyer@example.com' };
    const consent = { status: 'subscribed', source: 'form', at: occurredAt };
    const order = {
      externalId: 'o1',
      customer: { externalId: 'other', email: 'other@example.com' },
      placedAt: occurredAt,
      currency: 'EUR',
      total: '9.00',
    };
    const lines = [{ productExternalId: 'MOKA', name: 'Moka', quantity: 1, unitPrice: '9.00' }];
    const events = [
      { id: '1', type: 'customer.created', occurredAt, data: { ...customer, consent } },
      {
        id: '2',
        type: 'product.updated',
        occurredAt,
        data: { externalId: 'MOKA', name: 'Moka', price: '9.00', url: 'https://shop.test/moka' },
      },
      { id: '3', type: 'order.placed', occurredAt, data: { ...order, lines } },
      { id: '4', type: 'skip', occurredAt, data: { customer } },
      { id: '5', type: 'bestsellers', occurredAt, data: { customer } },
    ];
    await app.request('post', '/api/v1/events').send(events).expect(202);
    await app.advance('P1D');
    const rows = async (key: string) =>
      ((await app.request('get', `/api/v1/messages?campaign=${key}`)).body as { items: unknown[] }).items;
    expect(await rows('skip')).toMatchObject([
      { step: 'buy', status: 'skipped', reason: 'no_recommendation', sentAt: null },
    ]);
    expect(await rows('bestsellers')).toMatchObject([{ step: 'buy', status: 'sent', reason: null }]);
    const [contents] = await app.database.query<{ products: Array<{ externalId: string }> }>(
      `select c.variables->'recommendations' as products from message_contents c join messages m on m.id = c.message_id
       join campaigns k on k.id = m.campaign_id where k.key = 'bestsellers'`,
    );
    expect(contents?.products.map((product) => product.externalId)).toEqual(['MOKA']);
  });
});
