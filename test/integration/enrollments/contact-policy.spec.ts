import { ContactDesks } from '../../../src/enrollments/contact-desks';
import { Contacts } from '../../../src/enrollments/contacts';
import { contactsOf } from '../../../src/enrollments/data/contact-facts.sql';
import { type ContactRequest } from '../../../src/enrollments/domain/contact-policy';
import { Enrollments } from '../../../src/enrollments/enrollments.service';
import { startTestApp, type TestApp } from '../../support/app';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { givenCustomers, givenTemplate } from '../../support/campaign-facts';

const NOW = new Date('2026-03-04T10:00:00Z');
const DAY = 86_400_000;
const POLICY = {
  maxMessages: 2,
  per: 'P7D',
  quietHours: { from: '21:00', to: '08:00', timezone: 'customer' },
  blackout: ['2026-12-25'],
};
const NONE = { maxMessages: null, per: null, quietHours: null, blackout: [] };

describe('the contact policy', () => {
  let shared: TestDatabase;
  let service: TestApp;
  beforeAll(async () => {
    shared = await createTestDatabase();
    service = await startTestApp({ clock: NOW.toISOString(), env: { ROLE: 'api' }, on: shared });
    await givenTemplate(service.database, 't');
  });
  afterEach(async () => {
    await service.database.execute('truncate campaigns, customers, orders, contacts cascade');
    await put({});
  });
  afterAll(async () => {
    await service.close();
    await shared.close();
  });

  const path = '/api/v1/settings/contact-policy';
  const put = (body: object, status = 200) => service.request('put', path).send(body).expect(status);
  const campaign = async (key: string, change: object = {}): Promise<string> => {
    const steps = [{ kind: 'email', key: 'a', template: 't' }];
    const body = { key, name: key, trigger: { on: 'manual' }, steps, ...change };
    const made = await service.request('post', '/api/v1/campaigns').send(body).expect(201);
    await service.request('post', `/api/v1/campaigns/${key}/activate`).send({}).expect(200);
    return (made.body as { id: string }).id;
  };
  const enrol = (key: string, customerIds: string[]) =>
    service.request('post', `/api/v1/campaigns/${key}/enrollments`).send({ customerIds }).expect(201);
  const contact = (customerId: string, campaignId: string, at: Date, state = 'used') =>
    service.database.execute(
      `insert into contacts (customer_id, at, campaign_id, enrollment_id, step, state)
       values ($1, $2, $3, gen_random_uuid(), 'a', $4)`,
      [customerId, at, campaignId, state],
    );

  describe('as a setting', () => {
    it('is none until one is made, and is then shown as it is stored', async () => {
      expect((await service.request('get', path).expect(200)).body).toEqual(NONE);
      expect((await put(POLICY)).body).toEqual(POLICY);
      expect((await service.request('get', path).expect(200)).body).toEqual(POLICY);
      expect((await put({})).body).toEqual(NONE);
    });

    it('tells every fault at once, those of the condition with their own paths, and changes nothing', async () => {
      await put(POLICY);
      const refused = await put(
        {
          maxMessages: 0,
          quietHours: { from: '21:00', to: '21:00', timezone: 'customer' },
          blackout: ['yesterday'],
          holdMarketingWhen: {
            all: [
              { field: 'tags', op: 'contains', value: 1 },
              { field: 'mood', op: 'eq', value: 'x' },
            ],
          },
        },
        422,
      );
      const paths = (refused.body as { errors: Array<{ path: string }> }).errors.map((one) => one.path);
      expect(paths).toEqual(
        expect.arrayContaining([
          'maxMessages',
          'per',
          'quietHours.to',
          'blackout[0]',
          'holdMarketingWhen.all[1].field',
        ]),
      );
      expect((await service.request('get', path).expect(200)).body).toEqual(POLICY);
    });

    it('is changed by marketers, read by analysts, and every change is in the audit log', async () => {
      const keys = new Map<string, string>();
      for (const role of ['marketer', 'analyst', 'storefront']) {
        const made = await service.request('post', '/api/v1/api-keys').send({ name: role, role }).expect(201);
        keys.set(role, (made.body as { key: string }).key);
      }
      await service.request('put', path, keys.get('marketer')).send(POLICY).expect(200);
      await service.request('put', path, keys.get('analyst')).send(POLICY).expect(403);
      await service.request('get', path, keys.get('analyst')).expect(200);
      await service.request('get', path, keys.get('storefront')).expect(403);
      const log = await service.request('get', '/api/v1/audit-log?limit=5').expect(200);
      expect((log.body as { items: object[] }).items).toContainEqual(
        expect.objectContaining({ action: 'settings.contact-policy', before: NONE, after: POLICY }),
      );
    });

    it('keeps the segments that it names', async () => {
      const condition = { field: 'tags', op: 'contains', value: 'complaint' };
      await service.request('post', '/api/v1/segments').send({ key: 'cross', name: 'Cross', condition }).expect(201);
      await put({ holdMarketingWhen: { any: [{ not: { segment: 'cross' } }, { segment: 'cross' }] } });
      const refused = await service.request('delete', '/api/v1/segments/cross').expect(409);
      expect((refused.body as { detail: string }).detail).toContain('the contact policy');
      await put({});
      await service.request('delete', '/api/v1/segments/cross').expect(204);
    });
  });

  describe('at the desk', () => {
    const request = (rest: Partial<ContactRequest> = {}): ContactRequest => ({
      ...{ enrollmentId: 'e', campaignId: 'c', step: 'a', basis: 'consent', arm: 'treatment', priority: 50 },
      ...{ plan: NOW, expiresAt: new Date(NOW.getTime() + 10 * DAY), sendWindow: null },
      ...rest,
    });

    it('counts reserved and used contacts of the window, with the priority of their campaigns', async () => {
      const [low, high] = [await campaign('low', { priority: 10 }), await campaign('high', { priority: 90 })];
      const [busy, free] = await givenCustomers(service.database, [{}, {}]);
      await put({ maxMessages: 2, per: 'P7D' });
      for (const id of [busy!, free!]) {
        await contact(id, low, new Date(NOW.getTime() - 7 * DAY));
        await contact(id, low, new Date(NOW.getTime() - 7 * DAY + 1000), 'released');
        await contact(id, low, new Date(NOW.getTime() - DAY), 'reserved');
      }
      await contact(busy!, high, NOW);
      const zones = new Map([busy!, free!].map((id) => [id, 'Europe/Rome'] as const));
      const desks = await service.app.get(ContactDesks).open(service.database, zones, NOW);
      expect(desks.get(free!)!.ask(request())).toEqual({ action: 'go' });
      expect(desks.get(busy!)!.ask(request())).toMatchObject({
        action: 'defer',
        reason: 'outranked',
        until: new Date(NOW.getTime() + 6 * DAY),
        values: { count: 2, by: [{ campaignId: high, priority: 90 }] },
      });
    });

    it('reads a person’s contacts by their index', async () => {
      const id = await campaign('c');
      const people = await givenCustomers(
        service.database,
        Array.from({ length: 2000 }, () => ({})),
      );
      await service.database.execute(
        `insert into contacts (customer_id, at, campaign_id, enrollment_id, step, state)
         select u.id, $2::timestamptz - n * interval '1 hour', $3, gen_random_uuid(), 'a', 'used'
         from unnest($1::uuid[]) as u (id), generate_series(1, 40) n`,
        [people, NOW, id],
      );
      await service.database.execute('analyze contacts, campaigns');
      const { text, values } = contactsOf(people.slice(0, 200), new Date(NOW.getTime() - DAY));
      const plan = await service.database.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
      const lines = plan.map((row) => row['QUERY PLAN']).join('\n');
      expect(lines).toContain('contacts_customer');
      expect(lines).not.toContain('Seq Scan on contacts');
    });

    it('holds those whom the condition means, on the values that it read', async () => {
      await put({ holdMarketingWhen: { field: 'tags', op: 'contains', value: 'complaint' } });
      const [cross, happy] = await givenCustomers(service.database, [{}, {}]);
      await service.database.execute("update customers set tags = '{complaint}' where id = $1", [cross]);
      const zones = new Map([cross!, happy!].map((id) => [id, 'Europe/Rome'] as const));
      const desks = await service.app.get(ContactDesks).open(service.database, zones, NOW);
      expect(desks.get(happy!)!.ask(request())).toEqual({ action: 'go' });
      expect(desks.get(cross!)!.ask(request())).toEqual({
        action: 'defer',
        reason: 'on_hold',
        until: new Date(NOW.getTime() + 3_600_000),
        values: { tags: ['complaint'] },
      });
    });
  });

  it('gives a place back when the mail did not go out', async () => {
    await put({ maxMessages: 1, per: 'P7D' });
    const [person] = await givenCustomers(service.database, [{}]);
    await campaign('first', { priority: 90 });
    await campaign('second', { maxLateness: 'P9D' });
    await enrol('first', [person!]);
    await enrol('second', [person!]);
    const engine = service.app.get(Enrollments);
    const claim = (now: Date) => service.database.transaction((tx) => engine.claimAndAdvance(tx, now, 100));
    const { effects } = await claim(NOW);
    expect(effects.map(({ decision }) => decision.status)).toEqual(['queued']);
    const [row] = await service.database.query<{ due_at: Date }>(
      `select due_at from enrollments e join campaigns c on c.id = e.campaign_id where c.key = 'second'`,
    );
    expect(row?.due_at).toEqual(new Date(NOW.getTime() + 7 * DAY));
    await service.database.transaction((tx) =>
      service.app.get(Contacts).release(tx, [{ enrollmentId: effects[0]!.enrollmentId, step: 'a' }]),
    );
    const zones = new Map([[person!, 'Europe/Rome']]);
    const desks = await service.app.get(ContactDesks).open(service.database, zones, NOW);
    const request = { enrollmentId: 'e', campaignId: 'c', step: 'a', basis: 'consent', arm: 'treatment', priority: 1 };
    expect(
      desks.get(person!)!.ask({ ...request, plan: NOW, expiresAt: NOW, sendWindow: null } as ContactRequest),
    ).toEqual({ action: 'go' });
  });

  it('is kept by two workers that race for the same people', async () => {
    await put({ maxMessages: 2, per: 'P7D' });
    const people = await givenCustomers(
      service.database,
      Array.from({ length: 60 }, () => ({})),
    );
    const keys = ['one', 'two', 'three', 'four', 'five', 'six'];
    for (const [i, key] of keys.entries()) {
      await campaign(key, { priority: 10 * i, holdout: i % 2 ? 0 : 0.3 });
      await enrol(key, people);
    }
    const other = await startTestApp({ clock: NOW.toISOString(), env: { ROLE: 'api' }, on: shared });
    try {
      const drain = async (worker: TestApp): Promise<number> => {
        const engine = worker.app.get(Enrollments);
        let taken = 0;
        for (let empty = 0; empty < 3;) {
          const { advanced } = await worker.database.transaction((tx) => engine.claimAndAdvance(tx, NOW, 7));
          taken += advanced;
          empty = advanced === 0 ? empty + 1 : 0;
        }
        return taken;
      };
      const taken = await Promise.all([drain(service), drain(other), drain(service), drain(other)]);
      expect(taken.reduce((sum, n) => sum + n, 0)).toBe(people.length * keys.length);
      expect(taken[0] + taken[2]).toBeGreaterThan(0);
      expect(taken[1] + taken[3]).toBeGreaterThan(0);
    } finally {
      await other.close();
    }
    const counts = await service.database.query<{ n: number; got: string[] }>(
      `select count(*) as n, array_agg(c.key order by c.priority desc) as got from contacts k join campaigns c on c.id = k.campaign_id
       group by k.customer_id`,
    );
    expect(counts).toHaveLength(people.length);
    for (const { n } of counts) expect(n).toBe(2);
    // The campaign of the highest priority holds nobody out: everybody has its mail.
    for (const { got } of counts) expect(got[0]).toBe('six');
    const waiting = await service.database.query<{ n: number }>(
      `select count(*) as n from enrollments where status = 'active' and due_at > $1`,
      [NOW],
    );
    const skipped = await service.database.query<{ reason: string; n: number }>(
      `select reason, count(*) as n from enrollment_decisions where outcome = 'skipped' group by reason order by reason`,
    );
    // A week is longer than any of these mails is of use: those who found no room were skipped, with a reason.
    expect(waiting).toEqual([{ n: 0 }]);
    expect(skipped.map(({ reason }) => reason)).toEqual(['outranked']);
  });
});
