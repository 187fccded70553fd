import { newId } from '../../src/kernel/ids';
import { type Database } from '../../src/platform/database/database';

const AT = new Date('2026-01-01T00:00:00Z');

/** A template row with nothing to render, for tests that send nothing. */
export async function givenTemplate(
  database: Database,
  key: string,
  { kind = 'marketing', variables = [] as string[] } = {},
): Promise<string> {
  const id = newId(AT);
  await database.execute(
    `insert into templates (id, key, name, kind, default_locale, version, created_at, updated_at)
     values ($1, $2, $2, $3, 'en', 1, $4, $4)`,
    [id, key, kind, AT],
  );
  await database.execute(
    `insert into template_versions (template_id, version, name, kind, default_locale, locales, compiled, variables, created_at)
     values ($1, 1, $2, $3, 'en', '{}', '{}', $4, $5)`,
    [id, key, kind, variables, AT],
  );
  return id;
}

export interface GivenCustomer {
  email?: string | null;
  consent?: string;
  timezone?: string | null;
  locale?: string | null;
  createdAt?: Date;
}

/** Customers, straight into the table; returns their ids in order. */
export async function givenCustomers(database: Database, customers: readonly GivenCustomer[]): Promise<string[]> {
  const ids = customers.map(() => newId(AT));
  await database.execute(
    `insert into customers (id, external_id, email, consent_status, timezone, locale, created_at, recorded_at, updated_at)
     select u.id, u.id::text, u.email, u.consent, u.timezone, u.locale, u.created_at, u.created_at, u.created_at
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
       as u (id, email, consent, timezone, locale, created_at)`,
    [
      ids,
      customers.map((one, i) => (one.email === undefined ? `${ids[i] ?? ''}@example.com` : one.email)),
      customers.map((one) => one.consent ?? 'subscribed'),
      customers.map((one) => one.timezone ?? null),
      customers.map((one) => one.locale ?? null),
      customers.map((one) => one.createdAt ?? AT),
    ],
  );
  return ids;
}
