import { type ConsentRequests } from '../../../src/customers/consent-requests';
import { type CustomerOp, type CustomerPatch } from '../../../src/customers/customers.types';
import { Consent } from '../../../src/customers/consent';
import { CustomerEvents } from '../../../src/customers/customer-events';
import { EventListeners } from '../../../src/customers/event-listeners';
import { CustomerIngest } from '../../../src/customers/customer-ingest';
import { CustomerPersonalData } from '../../../src/customers/data/customer-personal-data';
import { loadCustomers } from '../../../src/customers/data/ingest.sql';
import { FactChanges } from '../../../src/customers/fact-changes';
import { IdentityHash } from '../../../src/customers/identity-hash';
import { Mailability } from '../../../src/customers/mailability';
import { PersonalDataOwners } from '../../../src/customers/personal-data';
import { AppConfig } from '../../../src/platform/config/config';
import { type Sql, type Tx } from '../../../src/platform/database/database';
import { createTestDatabase, type TestDatabase } from '../../support/database';

/** Double opt-in is not looked at here. */
const asksNobody = { ask: () => Promise.resolve() } as unknown as ConsentRequests;

const NOW = new Date('2026-03-02T12:00:00Z');
const at = (minute: number): Date => new Date(NOW.getTime() - 3_600_000 + minute * 60_000);

let db: TestDatabase;
let ingest: CustomerIngest;
let consent: Consent;
let owner: CustomerPersonalData;
const mailability = new Mailability();

beforeAll(async () => {
  db = await createTestDatabase();
  const config = AppConfig.from({ NODE_ENV: 'test', SECRET_KEY: 'test-secret-key-of-32-bytes-or-more!' });
  const owners = new PersonalDataOwners();
  const hash = new IdentityHash(config);
  owner = new CustomerPersonalData(owners, hash);
  owner.onModuleInit();
  ingest = new CustomerIngest(hash, owners, new FactChanges(), asksNobody);
  consent = new Consent(ingest, new FactChanges());
});
afterAll(() => db.close());

let sequence = 0;
function op(
  minute: number,
  identity: CustomerOp['identity'],
  patch: CustomerPatch = {},
  kind: 'upsert' | 'reference' = 'upsert',
): CustomerOp {
  return { kind, identity, patch, version: { at: at(minute), eventId: `shop:${++sequence}` }, source: 'source:shop' };
}
const apply = (...ops: CustomerOp[]) => db.database.transaction((tx) => ingest.applyBatch(tx, ops, NOW));
const facts = async (id: string | null | undefined) => (await mailability.load(db.database, [id ?? ''])).get(id ?? '');
const record = async (id: string | null | undefined): Promise<unknown> =>
  (
    await db.database.query(
      `select email, first_name as "firstName", last_name as "lastName", attributes, tags from customers where id = $1`,
      [id],
    )
  )[0];

it('writes customers with their history and reads them back as they were', async () => {
  const consentWord = {
    status: 'subscribed' as const,
    source: 'checkout',
    at: at(1),
    ip: '192.0.2.1',
    text: 'Yes',
    topics: { news: true },
  };
  const [first] = await apply(
    op(
      1,
      { externalId: 'h1', email: 'h1@example.com' },
      { firstName: 'Ada', attributes: { city: 'Torino', n: 3 }, tags: ['vip', 'b2b'], consent: consentWord },
    ),
  );
  expect(first).toMatchObject({ created: true, consentSubscribed: true });
  const [again] = await apply(op(2, { externalId: 'h1' }, { lastName: 'L', attributes: { city: null } }));
  expect(again).toMatchObject({ created: false, consentSubscribed: false, customerId: first?.customerId });
  expect(await record(first?.customerId)).toEqual({
    email: 'h1@example.com',
    firstName: 'Ada',
    lastName: 'L',
    attributes: { n: 3 },
    tags: ['vip', 'b2b'],
  });
  expect((await facts(first?.customerId))?.consentStatus).toBe('subscribed');
  const history = await db.database.query<{ field: string }>(
    'select field from customer_history where customer_id = $1 order by id',
    [first?.customerId],
  );
  const fields = history.map(({ field }) => field);
  expect(fields.slice(0, 7).sort()).toEqual([
    'attributes.city',
    'attributes.n',
    'consent',
    'createdAt',
    'email',
    'firstName',
    'tags',
  ]);
  expect(fields.slice(7)).toEqual(['lastName', 'attributes.city']);
});

it('keeps what a new customer is known by in one row; the other’s become statements in a merge', async () => {
  const said = async (id: string | null | undefined): Promise<unknown[]> =>
    db.database.query(
      'select field, at, event_id, value from customer_history where customer_id = $1 order by 1, 2, 3',
      [id],
    );
  const rows = async (table: string, id: string | null | undefined): Promise<number | undefined> =>
    (await db.database.query<{ n: number }>(`select count(*)::int as n from ${table} where customer_id = $1`, [id]))[0]
      ?.n;
  const [guest] = await apply(op(1, { email: 'first@example.com' }, { firstName: 'Guest', locale: 'it' }, 'reference'));
  const [known] = await apply(op(2, { externalId: 'first' }, { firstName: 'Ada', consent: { status: 'subscribed' } }));
  expect(await rows('customer_first_words', guest?.customerId)).toBe(1);
  expect(await rows('customer_statements', guest?.customerId)).toBe(0);
  const before = [...(await said(guest?.customerId)), ...(await said(known?.customerId))];
  expect(before).toHaveLength(7);
  await apply(op(3, { externalId: 'first', email: 'first@example.com' }, {}));
  expect(await said(known?.customerId)).toEqual([]);
  expect(await rows('customer_first_words', guest?.customerId)).toBe(1);
  expect(await said(guest?.customerId)).toEqual(expect.arrayContaining(before));
});

it('finds addresses by their index, also in a table that the planner knows nothing of', async () => {
  const ops = Array.from({ length: 3000 }, (_, i) => op(1, { externalId: `p${i}`, email: `p${i}@example.com` }, {}));
  await apply(...ops);
  const names = ops.slice(0, 500).flatMap(({ identity }) => identity);
  const { text, values } = loadCustomers(
    names.map(({ externalId }) => externalId ?? ''),
    names.map(({ email }) => email ?? ''),
    [],
  );
  const plan = await db.database.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
  const lines = plan.map((row) => row['QUERY PLAN']).join('\n');
  expect(lines).toMatch(/Scan (on|using) customers_email /);
  expect(lines).not.toMatch(/Filter: \(email = /);
});

it('takes a fixed number of statements, however large the batch', async () => {
  const count = async (size: number, prefix: string): Promise<number> =>
    db.database.transaction(async (tx) => {
      let statements = 0;
      const counting = new Proxy(tx, {
        get: (target, name: keyof Tx) => {
          if (name === 'query' || name === 'execute') {
            return (...args: [string]) => {
              statements++;
              return target[name](...args);
            };
          }
          if (name === 'post') {
            return (posted: Sql) => {
              statements++;
              target.post(posted);
            };
          }
          return target[name];
        },
      });
      const ops = Array.from({ length: size }, (_, i) =>
        op(
          1,
          { externalId: `${prefix}${i}`, email: `${prefix}${i}@example.com` },
          { firstName: 'x', consent: { status: 'subscribed' } },
        ),
      );
      await ingest.applyBatch(counting, ops, NOW);
      return statements;
    });
  const few = await count(2, 'few');
  expect(await count(1000, 'many')).toBe(few);
  expect(few).toBeLessThan(12);
});

it('merges two stored records: the older id stays, everything is handed over', async () => {
  const [guest] = await apply(op(1, { email: 'm1@example.com' }, { firstName: 'Guest' }, 'reference'));
  const [account] = await apply(op(2, { externalId: 'm1', email: 'other@example.com' }, { lastName: 'Account' }));
  await db.database.transaction((tx) =>
    new CustomerEvents(new EventListeners(), new FactChanges()).record(
      tx,
      [
        {
          customerId: account?.customerId ?? '',
          type: 'page.viewed',
          occurredAt: at(2),
          starts: true,
          eventId: 'shop:pv',
        },
      ],
      NOW,
    ),
  );
  const [merged] = await apply(op(3, { externalId: 'm1', email: 'm1@example.com' }));
  expect(merged).toMatchObject({
    customerId: guest?.customerId,
    merged: [{ from: account?.customerId, into: guest?.customerId }],
  });
  expect(await facts(account?.customerId)).toBeUndefined();
  expect(await record(guest?.customerId)).toMatchObject({
    firstName: 'Guest',
    lastName: 'Account',
    email: 'm1@example.com',
  });
  const events = await db.database.query('select 1 from customer_events where customer_id = $1', [guest?.customerId]);
  expect(events).toHaveLength(1);
});

it("follows the shop's merge: the other name leads to the survivor from then on", async () => {
  await apply(
    op(1, { externalId: 'keep', email: 'keep@example.com' }),
    op(2, { externalId: 'gone', email: 'gone@example.com' }),
  );
  const merge: CustomerOp = {
    kind: 'merge',
    identity: { externalId: 'keep' },
    other: { externalId: 'gone' },
    version: { at: at(3), eventId: 'shop:merge' },
    source: 'source:shop',
  };
  const [result] = await apply(merge);
  const [later] = await apply(op(4, { externalId: 'gone', email: 'gone@example.com' }, {}, 'reference'));
  expect(later?.customerId).toBe(result?.customerId);
  const rows = await db.database.query(`select external_id from customers where external_id in ('keep', 'gone')`);
  expect(rows).toEqual([{ external_id: 'keep' }]);
});

describe('an unsubscribe by the person', () => {
  it('holds for whoever has the address, until a later proof', async () => {
    const [one] = await apply(
      op(1, { externalId: 'u1', email: 'u@example.com' }, { consent: { status: 'subscribed' } }),
    );
    const unsubscribe = () =>
      db.database.transaction((tx) =>
        consent.unsubscribe(tx, { customerId: one?.customerId ?? '', at: at(30), source: 'one_click' }),
      );
    expect(await unsubscribe()).toBe(true);
    expect(await unsubscribe()).toBe(false);
    const [two] = await apply(
      op(31, { externalId: 'u2', email: 'u@example.com' }, { consent: { status: 'subscribed' } }),
    );
    expect(two?.consentSubscribed).toBe(false);
    expect((await facts(one?.customerId))?.consentStatus).toBe('unsubscribed');
    expect((await facts(two?.customerId))?.consentStatus).toBe('unsubscribed');
    await apply(
      op(
        40,
        { externalId: 'u1', email: 'u@example.com' },
        { consent: { status: 'subscribed', source: 'import', at: at(29) } },
      ),
    );
    expect((await facts(one?.customerId))?.consentStatus).toBe('unsubscribed');
    const [back] = await apply(
      op(
        41,
        { externalId: 'u1', email: 'u@example.com' },
        { consent: { status: 'subscribed', source: 'checkout', at: at(41) } },
      ),
    );
    expect(back?.consentSubscribed).toBe(true);
    expect((await facts(one?.customerId))?.consentStatus).toBe('subscribed');
  });

  it("by the shop shows for the other customer with that address as well, unless that one's consent is later", async () => {
    const [one] = await apply(
      op(1, { externalId: 's1', email: 's@example.com' }, { consent: { status: 'subscribed' } }),
    );
    const [two] = await apply(
      op(5, { externalId: 's2', email: 's@example.com' }, { consent: { status: 'unsubscribed' } }),
    );
    expect((await facts(one?.customerId))?.consentStatus).toBe('unsubscribed');
    await apply(op(6, { externalId: 's1', email: 's@example.com' }, { consent: { status: 'subscribed' } }));
    expect((await facts(one?.customerId))?.consentStatus).toBe('subscribed');
    expect((await facts(two?.customerId))?.consentStatus).toBe('unsubscribed');
  });
});

describe('an erased person', () => {
  it('leaves nothing personal behind and comes back only by consenting anew', async () => {
    const [one] = await apply(
      op(1, { externalId: 'e1', email: 'e1@example.com' }, { firstName: 'Eva', attributes: { a: 1 } }),
    );
    const id = one?.customerId ?? '';
    await db.database.transaction((tx) =>
      owner.erase(tx, { customerId: id, emails: ['e1@example.com'], externalIds: ['e1'] }, at(30)),
    );
    const left = await db.database.query(`select * from customers c where c.id = $1`, [id]);
    expect(JSON.stringify(left)).not.toMatch(/Eva|e1@example/);
    const [event, guest] = await apply(
      op(40, { externalId: 'e1', email: 'e1@example.com' }, { firstName: 'Eva', consent: { status: 'subscribed' } }),
      op(41, { email: 'e1@example.com' }, {}, 'reference'),
    );
    expect(event).toMatchObject({ erased: true, customerId: id });
    expect(guest).toMatchObject({ erased: true, customerId: id });
    expect(
      await db.database.query(`select 1 from customers where email = 'e1@example.com' or external_id = 'e1'`),
    ).toEqual([]);
    const proof = { status: 'subscribed' as const, source: 'checkout', at: at(50) };
    const [back] = await apply(
      op(50, { externalId: 'e1', email: 'e1@example.com' }, { firstName: 'Eva', consent: proof }),
    );
    expect(back).toMatchObject({ created: true, erased: false, consentSubscribed: true });
    expect(back?.customerId).not.toBe(id);
    const [later] = await apply(op(51, { externalId: 'e1', email: 'e1@example.com' }, { lastName: 'L' }));
    expect(later?.customerId).toBe(back?.customerId);
  });
});

describe('the log of events', () => {
  it('records an event of a delivery once, and none of erased people', async () => {
    const [one] = await apply(op(1, { externalId: 'l1', email: 'l1@example.com' }));
    const id = one?.customerId ?? '';
    const event = {
      customerId: id,
      type: 'checkout.started',
      occurredAt: at(1),
      properties: { a: 1 },
      eventId: 'shop:l1',
      starts: true,
    };
    const events = new CustomerEvents(new EventListeners(), new FactChanges());
    await db.database.transaction((tx) => events.record(tx, [event, event], NOW));
    await db.database.transaction((tx) => events.record(tx, [event], NOW));
    const rows = await db.database.query<{ id: string }>('select id from customer_events where customer_id = $1', [id]);
    expect(rows).toHaveLength(1);
    await db.database.transaction((tx) =>
      events.markHandled(
        tx,
        rows.map((row) => row.id),
        NOW,
      ),
    );
    await db.database.execute('update customers set erased_at = $2 where id = $1', [id, NOW]);
    await db.database.transaction((tx) => events.record(tx, [{ ...event, eventId: 'shop:l2' }], NOW));
    expect(await db.database.query('select 1 from customer_events where customer_id = $1', [id])).toHaveLength(1);
  });

  it('tells of a birth as a prospect only where somebody hears it', async () => {
    const [one] = await apply(op(1, { externalId: 'l2', email: 'l2@example.com' }));
    const customerId = one?.customerId ?? '';
    const listeners = new EventListeners();
    let heard = false;
    listeners.register(() => Promise.resolve(() => heard));
    const born = { type: 'segment.entered', properties: { segment: 'prospect', cause: 'created' } };
    const moved = { type: 'segment.entered', properties: { segment: 'recent', cause: 'order' } };
    const tell = (): Promise<void> =>
      db.database.transaction((tx) =>
        new CustomerEvents(listeners, new FactChanges()).record(
          tx,
          [born, moved].map((event) => ({ ...event, customerId, occurredAt: at(1), starts: true })),
          NOW,
        ),
      );
    const recorded = async (): Promise<string[]> =>
      (
        await db.database.query<{ segment: string; waits: boolean }>(
          `select properties ->> 'segment' as segment, handled_at is null as waits from customer_events
           where customer_id = $1 order by id`,
          [customerId],
        )
      ).map(({ segment, waits }) => `${segment} ${waits ? 'waits' : 'handled'}`);
    await tell();
    expect(await recorded()).toEqual(['recent handled']);
    heard = true;
    await tell();
    expect(await recorded()).toEqual(['recent handled', 'prospect waits', 'recent waits']);
  });
});

it('gives a guest one record, even when two batches come at the same time', async () => {
  const results = await Promise.all(
    [1, 2, 3, 4].map((n) => apply(op(n, { email: 'race@example.com' }, {}, 'reference'))),
  );
  expect(new Set(results.map(([result]) => result?.customerId)).size).toBe(1);
});
