import { randomUUID } from 'node:crypto';
import { mayMail } from '../../../src/enrollments/mail-decision';
import { newId } from '../../../src/kernel/ids';
import {
  type ClaimedRow,
  claimMessages,
  keepLeases,
  nearestDue,
  recoverLeases,
} from '../../../src/messages/data/claim-messages.sql';
import { insertMessages, type NewMessage } from '../../../src/messages/data/insert-messages.sql';
import { type AppConfig } from '../../../src/platform/config/config';
import { MessagePersonalData } from '../../../src/messages/data/message-personal-data';
import {
  type GateRequest,
  type LedgerEntry,
  storeContents,
  writeLedger,
  type WrittenRow,
} from '../../../src/messages/data/write-ledger.sql';
import { MessageMarks } from '../../../src/messages/message-marks';
import { IdentityHash } from '../../../src/customers/identity-hash';
import { PersonalDataOwners } from '../../../src/customers/personal-data';
import { createTestDatabase, type TestDatabase } from '../../support/database';

const NOW = new Date('2026-03-02T08:00:00Z');
const LATER = new Date('2026-03-02T09:00:00Z');
type Basis = NewMessage['basis'];

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.close());
beforeEach(() => db.database.execute('truncate messages, message_contents, settings'));

const query = <Row>(...args: Parameters<typeof db.database.query>) => db.database.query<Row>(...args);

async function customer(
  more: { email?: string | null; consent?: string; erased?: boolean; bought?: boolean } = {},
): Promise<string> {
  const id = newId(NOW);
  const email = more.email === undefined ? `${id}@example.com` : more.email;
  await db.database.execute(
    `insert into customers (id, external_id, email, consent_status, created_at, recorded_at, updated_at, erased_at)
     values ($1, $1::uuid::text, $2, $3, $4, $4, $4, $5)`,
    [id, email, more.consent ?? 'subscribed', NOW, more.erased ? NOW : null],
  );
  if (more.bought)
    await db.database.execute('insert into customer_orders (customer_id, count, total_minor) values ($1, 1, 100)', [
      id,
    ]);
  return id;
}

async function campaign(): Promise<string> {
  const id = newId(NOW);
  await db.database.execute(
    `insert into campaigns (id, key, name, status, version, salt, epoch, priority, created_at, updated_at)
     values ($1, $2, 'c', 'active', 1, 's', 1, 50, $3, $3)`,
    [id, id.slice(0, 30), NOW],
  );
  return id;
}

async function enter(more: Partial<NewMessage> & { customerId: string; campaignId: string }): Promise<string> {
  const id = newId(NOW);
  const enrollmentId = newId(NOW);
  const message: NewMessage = {
    id,
    origin: 'enrollment',
    originId: enrollmentId,
    enrollmentId,
    step: 'one',
    status: 'queued',
    reason: null,
    basis: 'consent',
    template: { id: newId(NOW), version: 1, key: 't' },
    locale: 'en',
    recipient: 'x@example.com',
    sender: null,
    utm: null,
    recommend: null,
    survey: null,
    dueAt: NOW,
    expiresAt: LATER,
    messageIdHeader: `<${id}@x.test>`,
    triggerOrderId: null,
    triggerEventId: null,
    ...more,
  };
  await db.database.execute(insertMessages([message], NOW));
  return id;
}
const claim = (token: string, limit = 10) => query<ClaimedRow>(claimMessages(NOW, token, limit));
const write = (gates: GateRequest[], entries: LedgerEntry[] = []) =>
  query<WrittenRow>(writeLedger(NOW, gates, entries));
const gateOf = (id: string, token: string) => ({ id, token, subject: 's' });
const sentOf = (id: string, token: string): LedgerEntry => ({
  id,
  token,
  status: 'sent',
  reason: null,
  nextTryAt: null,
  attempts: 1,
  losses: 0,
  reply: '250 ok',
});
const stateOf = async (id: string) =>
  (await query<Record<string, unknown>>('select * from messages where id = $1', [id]))[0];
const expireLeases = () =>
  db.database.execute(
    `update messages set lease_until = clock_timestamp() - interval '1 second' where lease_until is not null`,
  );

describe('the ledger', () => {
  it('holds one row a step, whoever enters it how often', async () => {
    const [customerId, campaignId, originId] = [await customer(), await campaign(), newId(NOW)];
    const same = { customerId, campaignId, originId, enrollmentId: originId };
    await enter(same);
    await enter(same);
    await enter({ ...same, step: 'two' });
    expect(await query('select step from messages order by step')).toEqual([{ step: 'one' }, { step: 'two' }]);
  });

  it('gives a message to one worker, with the address of now', async () => {
    const customerId = await customer({ email: 'new@example.com' });
    const id = await enter({ customerId, campaignId: await campaign(), recipient: 'old@example.com' });
    const [first, second] = await Promise.all([claim(randomUUID()), claim(randomUUID())]);
    const [row] = [...first, ...second];
    expect([first.length + second.length, row?.id, row?.recipient, row?.again]).toEqual([
      1,
      id,
      'new@example.com',
      false,
    ]);
    expect((await query<{ at: Date }>(nearestDue(NOW)))[0]?.at).toEqual(NOW);
  });

  it('writes nothing without the token of the claim', async () => {
    const id = await enter({ customerId: await customer(), campaignId: await campaign() });
    const token = randomUUID();
    await claim(token);
    expect(await write([gateOf(id, randomUUID())], [sentOf(id, randomUUID())])).toEqual([]);
    expect(await write([gateOf(id, token)])).toMatchObject([{ id, status: 'sending' }]);
    expect(await write([], [sentOf(id, token)])).toMatchObject([{ id, status: 'sent' }]);
    expect(await write([], [sentOf(id, token)])).toEqual([]);
    expect(await stateOf(id)).toMatchObject({
      status: 'sent',
      attempts: 1,
      subject: 's',
      claim_token: null,
      sent_at: NOW,
    });
  });

  it('refuses a stage that the table of states does not know', async () => {
    const id = await enter({ customerId: await customer(), campaignId: await campaign() });
    const token = randomUUID();
    await claim(token);
    expect(await write([], [sentOf(id, token)])).toEqual([]);
    expect(await stateOf(id)).toMatchObject({ status: 'claimed' });
  });

  it('takes from a worker that is gone: what had not passed the gate is queued again, what had is uncertain', async () => {
    const [customerId, campaignId] = [await customer(), await campaign()];
    const [waiting, sending, alive] = [
      await enter({ customerId, campaignId }),
      await enter({ customerId, campaignId }),
      await enter({ customerId, campaignId }),
    ];
    const [gone, living] = [randomUUID(), randomUUID()];
    await claim(gone, 2);
    await claim(living, 1);
    await write([gateOf(sending, gone)]);
    await expireLeases();
    await db.database.execute(keepLeases([alive], [living]));
    expect((await query(recoverLeases(NOW))).length).toBe(2);
    expect([
      (await stateOf(waiting))?.['status'],
      (await stateOf(sending))?.['status'],
      (await stateOf(alive))?.['status'],
    ]).toEqual(['queued', 'uncertain', 'claimed']);
    // What the first worker does when it comes back.
    expect(await write([gateOf(waiting, gone)], [sentOf(sending, gone)])).toEqual([]);
  });

  it('keeps a gate shut whose lease has run out, and tells two claims of one message apart', async () => {
    const id = await enter({ customerId: await customer(), campaignId: await campaign() });
    const [old, fresh] = [randomUUID(), randomUUID()];
    await claim(old);
    await expireLeases();
    expect(await write([gateOf(id, old)])).toEqual([]);
    await query(recoverLeases(NOW));
    await claim(fresh);
    expect(await write([gateOf(id, old), gateOf(id, fresh)])).toEqual([
      { id, token: fresh, status: 'sending', reason: null },
    ]);
  });

  it('asks at the gate what mayMail asks at the step', async () => {
    const campaignId = await campaign();
    const cases: Array<{
      basis: Basis;
      consent: 'subscribed' | 'pending' | 'unsubscribed' | 'none';
      bought: boolean;
      erased: boolean;
      suppressed: 'all' | 'marketing' | null;
      address: boolean;
    }> = [];
    for (const basis of ['consent', 'soft_opt_in', 'transactional'] as const)
      for (const consent of ['subscribed', 'pending', 'unsubscribed', 'none'] as const)
        for (const bought of [true, false])
          for (const [erased, suppressed, address] of [
            [false, null, true],
            [true, null, true],
            [false, 'all', true],
            [false, 'marketing', true],
            [false, null, false],
            [true, 'all', false],
          ] as const)
            cases.push({ basis, consent, bought, erased, suppressed, address });
    const token = randomUUID();
    const asked = new Map<string, (typeof cases)[number]>();
    for (const one of cases) {
      const email = one.address ? `${randomUUID()}@example.com` : null;
      const customerId = await customer({ email, consent: one.consent, erased: one.erased, bought: one.bought });
      if (one.suppressed) {
        const address = email ?? 'nobody@example.com';
        await db.database.execute(
          `insert into suppressions (id, address_hash, address, reason, at, scope)
           values ($1, decode(md5($2), 'hex'), $2, 'manual', $3, $4) on conflict do nothing`,
          [newId(NOW), address, NOW, one.suppressed],
        );
      }
      asked.set(
        await enter({ customerId, campaignId, basis: one.basis, recipient: email ?? 'nobody@example.com' }),
        one,
      );
    }
    const claimed = await claim(token, 1000);
    const written = new Map(
      (await write([...asked.keys()].map((id) => gateOf(id, token)))).map((row) => [row.id, row]),
    );
    expect(claimed).toHaveLength(cases.length);
    for (const row of claimed) {
      const one = asked.get(row.id);
      if (!one) throw new Error('unknown row');
      const facts = {
        email: one.address ? 'a@example.com' : null,
        consentStatus: one.consent,
        suppressed: one.suppressed ? { reason: 'manual', at: NOW, scope: one.suppressed } : null,
        erased: one.erased,
        hasBought: one.bought,
      };
      const wanted = mayMail(facts, one, NOW) ?? null;
      expect([one, row.refusal]).toEqual([one, wanted]);
      expect([one, written.get(row.id)?.reason ?? null]).toEqual([one, wanted]);
      expect(written.get(row.id)?.status).toBe(wanted === null ? 'sending' : 'skipped');
    }
  });
});

describe('marks', () => {
  const marks = new MessageMarks();
  const at = (minute: number) => new Date(NOW.getTime() + minute * 60_000);
  const apply = (...given: Parameters<MessageMarks['apply']>[1]) =>
    db.database.transaction((tx) => marks.apply(tx, given));
  const message = async (status: string): Promise<string> => {
    const id = await enter({ customerId: await customer(), campaignId: await campaign() });
    await db.database.execute('update messages set status = $2, sending_at = $3, next_try_at = null where id = $1', [
      id,
      status,
      NOW,
    ]);
    return id;
  };

  it('keep the first time of each kind, people and machines apart', async () => {
    const id = await message('sent');
    await apply(
      { messageId: id, kind: 'open', at: at(5), machine: false },
      { messageId: id, kind: 'open', at: at(3), machine: true },
    );
    await apply(
      { messageId: id, kind: 'open', at: at(2), machine: false },
      { messageId: id, kind: 'click', at: at(9), machine: false },
    );
    await apply(
      { messageId: id, kind: 'open', at: at(8), machine: false },
      { messageId: id, kind: 'unsubscribe', at: at(10), machine: false },
    );
    expect(await stateOf(id)).toMatchObject({
      status: 'sent',
      opened_at: at(2),
      machine_opened_at: at(3),
      clicked_at: at(9),
      machine_clicked_at: null,
      unsubscribed_at: at(10),
    });
  });

  it('prove an uncertain mail, and let a bounce stand', async () => {
    const [seen, bounced, waiting] = [await message('uncertain'), await message('sent'), await message('queued')];
    await apply(
      { messageId: seen, kind: 'open', at: at(1), machine: true },
      { messageId: bounced, kind: 'bounce', at: at(1), machine: false },
      { messageId: waiting, kind: 'open', at: at(1), machine: false },
      { messageId: newId(NOW), kind: 'open', at: at(1), machine: false },
    );
    expect(await stateOf(seen)).toMatchObject({ status: 'sent', sent_at: NOW });
    expect(await stateOf(bounced)).toMatchObject({ status: 'bounced', bounced_at: at(1) });
    expect(await stateOf(waiting)).toMatchObject({ status: 'queued' });
  });
});

describe('personal data', () => {
  const secretKey = 'a-key-of-more-than-thirty-two-bytes!';
  const hashes = new IdentityHash({ secretKey } as AppConfig);
  const owner = new MessagePersonalData(new PersonalDataOwners(), hashes);
  const subject = (customerId: string) => ({ customerId, emails: [], externalIds: [] });

  it('goes with the person: what waits is skipped, that a mail was sent stays', async () => {
    const [customerId, campaignId] = [await customer(), await campaign()];
    const [sent, waiting] = [await enter({ customerId, campaignId }), await enter({ customerId, campaignId })];
    await db.database.execute(
      `update messages set status = 'sent', sent_at = $2, subject = 'Ciao Anna', next_try_at = null where id = $1`,
      [sent, NOW],
    );
    await db.database.execute(
      storeContents([{ id: sent, variables: { customer: { firstName: 'Anna' } }, links: ['https://a.test/'] }]),
    );
    expect(JSON.stringify(await owner.export(db.database, subject(customerId)))).toContain('Anna');
    await db.database.transaction((tx) => owner.erase(tx, subject(customerId)));
    expect(await stateOf(sent)).toMatchObject({ status: 'sent', sent_at: NOW, recipient: null, subject: null });
    expect(await stateOf(waiting)).toMatchObject({ status: 'skipped', reason: 'erased', recipient: null });
    expect(await query('select * from message_contents')).toEqual([]);
  });

  it('is handed over in a merge', async () => {
    const [from, into, campaignId] = [await customer(), await customer(), await campaign()];
    const id = await enter({ customerId: from, campaignId });
    await db.database.transaction((tx) => owner.merge(tx, [{ from, into }]));
    expect(await stateOf(id)).toMatchObject({ customer_id: into });
  });
});
