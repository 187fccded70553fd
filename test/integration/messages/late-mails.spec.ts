import { type MailApp, MJML, startMailApp } from '../../support/mail-app';

const POLICY = { maxMessages: 1, per: 'P7D', quietHours: { from: '21:00', to: '08:00', timezone: 'customer' } };

/** Mails that the contact policy let go, and that something else then carried into the quiet hours. */
describe('a mail that comes late', () => {
  let app: MailApp;
  let wave = 0;

  beforeEach(async () => {
    // 20:58 in Rome.
    app = await startMailApp({ clock: '2026-03-04T19:58:00.000Z' });
    await app.request('put', '/api/v1/settings/contact-policy').send(POLICY).expect(200);
  });
  afterEach(() => app.close());

  async function campaign(more: object = {}): Promise<string> {
    const key = `wave-${++wave}`;
    const trigger = { on: 'event', event: key };
    const steps = [{ kind: 'email', key: 'hello', template: 'ciao' }];
    const body = { key, name: key, trigger, steps, ...more };
    await app.request('post', '/api/v1/campaigns').send(body).expect(201);
    await app.request('post', `/api/v1/campaigns/${key}/activate`).expect(200);
    return key;
  }
  /** Somebody enters it. */
  async function start(key: string, name = 'anna'): Promise<void> {
    const occurredAt = ((await app.request('get', '/api/v1/test-clock')).body as { now: string }).now;
    const consent = { status: 'subscribed', source: 'form', at: occurredAt };
    const customer = { externalId: name, email: `${name}@example.com` };
    const events = [
      { id: `${key}-a-${name}`, type: 'customer.created', occurredAt, data: { ...customer, consent } },
      { id: `${key}-b-${name}`, type: key, occurredAt, data: { customer } },
    ];
    await app.request('post', '/api/v1/events').send(events).expect(202);
  }
  const message = async (key: string) =>
    ((await app.request('get', `/api/v1/messages?campaign=${key}`).expect(200)).body as { items: object[] }).items[0];
  const contacts = async (): Promise<string[]> =>
    (await app.database.query<{ state: string }>('select state from contacts order by id')).map(({ state }) => state);
  const stop = (paused: boolean) =>
    app.request('put', '/api/v1/settings/sending').send({ paused, reason: 'test' }).expect(200);

  it('because the server asked for patience waits for the morning', async () => {
    app.script.onMail = () => '451 come back later';
    const key = await campaign();
    await start(key);
    await app.advance('PT1S');
    expect(await message(key)).toMatchObject({ status: 'deferred', attempts: 1 });
    app.script = {};
    // The next try is due at 21:03 to 21:04.
    await app.advance('PT1H');
    expect(app.sink.dots).toBe(1);
    expect(await message(key)).toMatchObject({ status: 'queued' });
    await app.advance('2026-03-05T07:00:00.000Z');
    expect(await message(key)).toMatchObject({ status: 'sent', sentAt: '2026-03-05T07:00:00.000Z', attempts: 2 });
    expect(await contacts()).toEqual(['used']);
  });

  it('because all mail was stopped waits too; what is of no use in the morning is skipped and gives its place back', async () => {
    const [patient, hasty] = [await campaign(), await campaign({ maxLateness: 'PT6H' })];
    await stop(true);
    await start(patient, 'anna');
    await start(hasty, 'ben');
    await app.advance('PT3H');
    expect([await message(patient), await message(hasty)]).toMatchObject([{ status: 'queued' }, { status: 'queued' }]);
    await stop(false);
    await app.advance('PT1S');
    expect(await message(patient)).toMatchObject({ status: 'queued' });
    expect(await message(hasty)).toMatchObject({ status: 'skipped', reason: 'quiet_hours' });
    await app.advance('2026-03-05T07:00:00.000Z');
    expect(await message(patient)).toMatchObject({ status: 'sent', sentAt: '2026-03-05T07:00:00.000Z' });
    expect((await contacts()).sort()).toEqual(['released', 'used']);
  });

  it('because its campaign was paused waits for the campaign’s own window', async () => {
    const key = await campaign({ sendWindow: { from: '18:00', to: '22:00', timezone: 'customer' } });
    await stop(true);
    await start(key);
    await app.advance('PT1S');
    await app.request('post', `/api/v1/campaigns/${key}/pause`).expect(200);
    await stop(false);
    await app.advance('2026-03-05T10:00:00.000Z');
    await app.request('post', `/api/v1/campaigns/${key}/resume`).expect(200);
    await app.advance('PT1H');
    expect(await message(key)).toMatchObject({ status: 'queued' });
    await app.advance('2026-03-05T17:00:00.000Z');
    expect(await message(key)).toMatchObject({ status: 'sent', sentAt: '2026-03-05T17:00:00.000Z' });
  });

  it('and is transactional goes when it can', async () => {
    const locales = { en: { subject: 'Receipt', mjml: MJML } };
    const template = { key: 'receipt', name: 'r', kind: 'transactional', defaultLocale: 'en', locales };
    await app.request('post', '/api/v1/templates').send(template).expect(201);
    const steps = [{ kind: 'email', key: 'hello', template: 'receipt' }];
    const key = await campaign({ basis: 'transactional', purpose: 'transactional', steps });
    await stop(true);
    await start(key);
    await app.advance('PT3H');
    await stop(false);
    await app.advance('PT1S');
    expect(await message(key)).toMatchObject({ status: 'sent' });
    expect(await contacts()).toEqual([]);
  });
});
