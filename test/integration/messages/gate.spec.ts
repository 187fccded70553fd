import { Consent } from '../../../src/customers/consent';
import { LONG, tell } from '../../support/fault-form';
import { type MailApp, startMailApp } from '../../support/mail-app';

/** The promise is a thousand of a thousand; the short form costs a tenth. */
const PEOPLE = LONG ? 1_000 : 100;
/** An answer of the list has no more, nor has a call of the intake. */
const PAGE = 500;

let app: MailApp;
let wave = 0;

beforeAll(async () => {
  app = await startMailApp();
});
afterAll(() => app?.close());
beforeEach(() => {
  app.script = {};
  app.sink.mails.length = 0;
});

/** A new campaign, and so many people who enter it when the clock next moves. */
async function campaign(people: number, more: object = {}): Promise<string> {
  const key = `wave-${++wave}`;
  const trigger = { on: 'event', event: key };
  const steps = [{ kind: 'email', key: 'hello', template: 'ciao' }];
  await app
    .request('post', '/api/v1/campaigns')
    .send({ key, name: key, purpose: 'welcome', trigger, steps, ...more })
    .expect(201);
  await app.request('post', `/api/v1/campaigns/${key}/activate`).expect(200);
  const occurredAt = (await app.request('get', '/api/v1/test-clock')).body.now as string;
  const consent = { status: 'subscribed', source: 'form', at: occurredAt };
  const customers = Array.from({ length: people }, (_, n) => ({
    externalId: `${key}-${n}`,
    email: `${key}-${n}@example.com`,
  }));
  const events = customers.flatMap((customer, n) => [
    { id: `${key}-a${n}`, type: 'customer.created', occurredAt, data: { ...customer, consent } },
    { id: `${key}-b${n}`, type: key, occurredAt, data: { customer } },
  ]);
  for (let from = 0; from < events.length; from += PAGE)
    await app
      .request('post', '/api/v1/events')
      .send(events.slice(from, from + PAGE))
      .expect(202);
  return key;
}

interface Row {
  id: string;
  status: string;
  reason: string | null;
  customerId: string;
  attempts: number;
}

async function rows(key: string): Promise<Row[]> {
  const found: Row[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await app.request('get', `/api/v1/messages?campaign=${key}&limit=${PAGE}${more}`).expect(200);
    const page = body as { items: Row[]; nextCursor: string | null };
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}

async function unsubscribe(address: string): Promise<void> {
  const [customer] = await app.database.query<{ id: string }>('select id from customers where email = $1', [address]);
  const at = new Date('2026-03-02T08:00:00Z');
  await app.database.transaction((tx) =>
    app.app.get(Consent).unsubscribe(tx, { customerId: customer?.id ?? '', at, source: 'page' }),
  );
}

describe('the late gate', () => {
  it(`an unsubscribe at DATA, before the 354, wins ${PEOPLE} times of ${PEOPLE}`, async () => {
    let left = 0;
    const recipient = new Map<number, string>();
    app.script.onCommand = async (verb, line, connection) => {
      if (verb === 'RCPT') recipient.set(connection, /<([^>]*)>/.exec(line)?.[1] ?? '');
      if (verb === 'DATA') {
        await unsubscribe(recipient.get(connection) ?? '');
        left++;
      }
      return undefined;
    };
    const key = await campaign(PEOPLE);
    await app.advance('PT1M');
    expect(app.sink.mails).toEqual([]);
    const found = await rows(key);
    expect(found).toHaveLength(PEOPLE);
    expect(new Set(found.map(({ status, reason, attempts }) => `${status} ${reason} ${attempts}`))).toEqual(
      new Set(['skipped unsubscribed 0']),
    );
    const contacts = await app.database.query<{ state: string }>('select distinct state from contacts');
    expect(contacts).toEqual([{ state: 'released' }]);
    // Each was asked for at the server: none was stopped before its DATA.
    expect([left, app.sink.dots]).toEqual([PEOPLE, 0]);
    tell('unsubscribe committed at DATA', {
      people: PEOPLE,
      'mails taken': app.sink.mails.length,
      dots: app.sink.dots,
    });
  });

  it('a mail on its way is stopped by a pause, and goes when the campaign goes on', async () => {
    let asked = false;
    const key = await campaign(1);
    app.script.onCommand = async (verb) => {
      if (verb === 'DATA' && !asked) {
        asked = true;
        await app.request('post', `/api/v1/campaigns/${key}/pause`).expect(200);
      }
      return undefined;
    };
    await app.advance('P1D');
    expect([asked, app.sink.mails.length]).toEqual([true, 0]);
    expect(await rows(key)).toMatchObject([{ status: 'queued', attempts: 0 }]);
    await app.request('post', `/api/v1/campaigns/${key}/resume`).expect(200);
    await app.advance('PT2H');
    expect(app.sink.mails).toHaveLength(1);
    expect(await rows(key)).toMatchObject([{ status: 'sent' }]);
  });

  it('what waited in a paused campaign beyond its usefulness is too late', async () => {
    let asked = false;
    const key = await campaign(1, { maxLateness: 'PT6H' });
    app.script.onCommand = async (verb) => {
      if (verb === 'DATA' && !asked) {
        asked = true;
        await app.request('post', `/api/v1/campaigns/${key}/pause`).expect(200);
      }
      return undefined;
    };
    await app.advance('P1D');
    await app.request('post', `/api/v1/campaigns/${key}/resume`).expect(200);
    await app.advance('PT2H');
    expect(app.sink.mails).toHaveLength(0);
    expect(await rows(key)).toMatchObject([{ status: 'skipped', reason: 'too_late' }]);
  });

  it('a mail that waits for its next try does not follow a purchase that ended the mails', async () => {
    const key = await campaign(1, {
      goal: { event: 'order.placed', within: 'P30D', exit: true },
      steps: [
        { kind: 'email', key: 'hello', template: 'ciao' },
        { kind: 'wait', for: 'P3D' },
        { kind: 'email', key: 'again', template: 'ciao' },
      ],
    });
    app.script.onCommand = (verb) => (verb === 'RCPT' ? '450 4.2.0 greylisted' : undefined);
    await app.advance('PT1M');
    expect(await rows(key)).toMatchObject([{ status: 'deferred' }]);
    app.script = {};
    const now = (await app.request('get', '/api/v1/test-clock')).body.now as string;
    const customer = { externalId: `${key}-0`, email: `${key}-0@example.com` };
    const data = { externalId: key, customer, placedAt: now, currency: 'EUR', total: '9.00', lines: [] };
    await app
      .request('post', '/api/v1/events')
      .send([{ id: `${key}-order`, type: 'order.placed', occurredAt: now, data }])
      .expect(202);
    await app.advance('PT1H');
    expect(app.sink.mails).toHaveLength(0);
    expect(await rows(key)).toMatchObject([{ status: 'skipped', reason: 'exited' }]);
  });

  it('an archived campaign, a suppressed address: each skipped with its reason', async () => {
    const ends: Array<[string, (key: string) => Promise<unknown>]> = [
      ['campaign_archived', (key) => app.request('post', `/api/v1/campaigns/${key}/archive`).expect(200)],
      [
        'suppressed',
        (key) =>
          app
            .request('post', '/api/v1/suppressions')
            .send({ address: `${key}-0@example.com`, reason: 'manual' })
            .expect(201),
      ],
    ];
    for (const [reason, end] of ends) {
      let asked = false;
      const key = await campaign(1);
      app.script.onCommand = async (verb) => {
        if (verb === 'DATA' && !asked) {
          asked = true;
          await end(key);
        }
        return undefined;
      };
      await app.advance('PT1M');
      expect(app.sink.mails).toHaveLength(0);
      expect(await rows(key)).toMatchObject([{ status: 'skipped', reason }]);
    }
  });

  it('contacts are used up by what went out', async () => {
    const key = await campaign(3);
    await app.advance('PT1M');
    expect(app.sink.mails).toHaveLength(3);
    const states = (): Promise<Array<{ state: string }>> =>
      app.database.query(
        'select distinct t.state from contacts t join campaigns c on c.id = t.campaign_id where c.key = $1',
        [key],
      );
    // Written behind the mails.
    while ((await states())[0]?.state !== 'used') await new Promise((done) => setTimeout(done, 20));
    expect(await states()).toEqual([{ state: 'used' }]);
  });
});
