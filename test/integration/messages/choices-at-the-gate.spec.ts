import { randomUUID } from 'node:crypto';
import { Mailability } from '../../../src/customers/mailability';
import { CustomerEvents } from '../../../src/customers/customer-events';
import { EventListeners } from '../../../src/customers/event-listeners';
import { FactChanges } from '../../../src/customers/fact-changes';
import { PersonalWishes } from '../../../src/customers/personal-wishes';
import { type Choices, isTopicOn, type Wishes } from '../../../src/customers/wishes';
import { mayMail } from '../../../src/enrollments/mail-decision';
import { newId } from '../../../src/kernel/ids';
import { type ClaimedRow, claimMessages } from '../../../src/messages/data/claim-messages.sql';
import { writeLedger, type WrittenRow } from '../../../src/messages/data/write-ledger.sql';
import { createTestDatabase, type TestDatabase } from '../../support/database';

const NOW = new Date('2026-03-02T08:00:00Z');

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.close());

async function customer(): Promise<string> {
  const id = newId(NOW);
  await db.database.execute(
    `insert into customers (id, email, created_at, recorded_at, updated_at) values ($1, $1::uuid || '@example.com', $2, $2, $2)`,
    [id, NOW],
  );
  return id;
}

async function enter(customerId: string, topic: string | null): Promise<string> {
  const id = newId(NOW);
  await db.database.execute(
    `insert into messages (id, origin, origin_id, customer_id, step, status, basis, template_id, recipient, due_at,
       queued_at, next_try_at, expires_at, topic)
     values ($1, 'confirmation', $1, $2, 's', 'queued', 'consent', $1, 'x@example.com', $3, $3, $3, $3, $4)`,
    [id, customerId, NOW, topic],
  );
  return id;
}

describe('what people choose', () => {
  const hour = (n: number) => new Date(NOW.getTime() + n * 3_600_000);
  const instants = [null, hour(-3), hour(-1)];

  /** Every combination of the person's word, the shop's and the default that says something of its own. */
  function choices(): Choices[] {
    const found: Choices[] = [];
    const wishes: Wishes[] = [
      {},
      { pause: { value: hour(1).toISOString(), at: hour(-2).toISOString() } },
      { pause: { value: hour(-1).toISOString(), at: hour(-2).toISOString() } },
      { pause: { value: null, at: hour(-2).toISOString() }, 'topic:other': { value: false, at: NOW.toISOString() } },
      ...[true, false].map((value) => ({ 'topic:news': { value, at: hour(-2).toISOString() } })),
    ];
    const off = [[], ['news'], ['other', 'tracking.opens']];
    const words = [{}, { news: true }, { news: false }, { news: 'yes', other: false }];
    for (const [n, topics] of words.entries())
      for (const own of wishes)
        for (const at of instants)
          for (const versionAt of n === 0 ? [hour(-1)] : instants)
            for (const status of n === 1 ? (['subscribed', 'none'] as const) : (['subscribed'] as const))
              for (const source of n === 1 ? [null, ' ', 'form'] : ['form'])
                found.push({
                  wishes: own,
                  said: { topics, status, source, at, versionAt },
                  offByDefault: off[found.length % off.length]!,
                });
    return found;
  }

  it('is judged at the gate, at the step and where topics are shown alike', async () => {
    const cases = choices();
    for (const off of [[], ['news'], ['other', 'tracking.opens']]) {
      await db.database.execute('truncate messages, settings');
      await db.database.execute(`insert into settings values ('off-by-default', $1, $2)`, [JSON.stringify(off), NOW]);
      const token = randomUUID();
      const asked = new Map<string, Choices & { customerId: string; topic: string | null }>();
      for (const [n, one] of cases.entries()) {
        if (one.offByDefault.join() !== off.join()) continue;
        const customerId = await customer();
        const { topics, status, source, at, versionAt } = one.said;
        await db.database.execute(
          `update customers set wishes = $2, consent_topics = $3, consent_status = $4, consent_source = $5,
             consent_at = $6, consent_version_at = $7 where id = $1`,
          [customerId, JSON.stringify(one.wishes), JSON.stringify(topics), status, source, at, versionAt],
        );
        const topic = n % 5 === 4 ? null : 'news';
        asked.set(await enter(customerId, topic), { ...one, customerId, topic });
      }
      const loaded = await new Mailability().load(
        db.database,
        [...asked.values()].map((one) => one.customerId),
      );
      const wishes = new PersonalWishes(new CustomerEvents(new EventListeners(), new FactChanges()));
      const on = new Set<string>();
      for (const { customerId } of asked.values())
        if ((await wishes.topicsOn(db.database, customerId, ['news'])).has('news')) on.add(customerId);
      const claimed = await db.database.query<ClaimedRow>(claimMessages(NOW, token, 5_000));
      expect(claimed).toHaveLength(asked.size);
      const written = new Map(
        (
          await db.database.query<WrittenRow>(
            writeLedger(
              NOW,
              claimed.map(({ id }) => ({ id, token, subject: 's' })),
              [],
            ),
          )
        ).map((row) => [row.id, row]),
      );
      for (const row of claimed) {
        const one = asked.get(row.id)!;
        const facts = { ...loaded.get(one.customerId)!, hasBought: false };
        expect(facts.choices).toEqual({ wishes: one.wishes, said: one.said, offByDefault: one.offByDefault });
        const wanted = mayMail(facts, { basis: 'consent', topic: one.topic }, NOW) ?? null;
        expect([one, row.refusal]).toEqual([one, wanted]);
        expect([one, written.get(row.id)?.reason ?? null]).toEqual([one, wanted]);
        expect([one, on.has(one.customerId)]).toEqual([one, isTopicOn('news', one)]);
      }
    }
  });
});
