import { newId } from '../../src/kernel/ids';
import { type Database } from '../../src/platform/database/database';

/** A customer as the tests of downstream modules need one, put in place without going through ingestion. */
export async function insertCustomer(
  database: Database,
  at: Date,
  more: { email?: string | null; locale?: string; externalId?: string; consent?: string } = {},
): Promise<string> {
  const id = newId(at);
  const email = more.email === undefined ? `${id}@example.com` : more.email;
  await database.execute(
    `insert into customers (id, external_id, email, locale, consent_status, consent_at, created_at, recorded_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $6, $6, $6)`,
    [id, more.externalId ?? id, email, more.locale ?? null, more.consent ?? 'subscribed', at],
  );
  return id;
}

/** A sent mail of the ledger with the links given. */
export async function insertSentMessage(
  database: Database,
  at: Date,
  customerId: string | null,
  more: { links?: string[]; utm?: object; status?: string; locale?: string } = {},
): Promise<string> {
  const id = newId(at);
  await database.execute(
    `insert into messages (id, origin, origin_id, customer_id, step, status, basis, locale, utm, due_at, queued_at,
       expires_at, sending_at, sent_at)
     values ($1, 'test', $2, $3, 'one', $4, 'consent', $5, $6, $7, $7, $7, $7, case when $4 = 'sent' then $7::timestamptz end)`,
    [id, newId(at), customerId, more.status ?? 'sent', more.locale ?? null, more.utm ?? null, at],
  );
  await database.execute(`insert into message_contents (message_id, variables, links) values ($1, '{}', $2)`, [
    id,
    more.links ?? ['https://shop.test/new?a=1&b=2'],
  ]);
  return id;
}
