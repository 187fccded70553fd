import { instantArray, jsonArray, plainArray, textArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';
import { effectiveConsentSql } from '../customer.sql-fragments';
import { type ConsentState, type CustomerState } from '../domain/customer-state';
import { type FirstWords, type Statement } from '../domain/first-words';
import { type Lift } from '../domain/working-set';

/** A stored customer as the batch reads it. */
export interface StoredCustomer
  extends Omit<CustomerState, 'consent'>, Omit<ConsentState, 'status' | 'source' | 'at' | 'ip' | 'text' | 'topics'> {
  consentStatus: ConsentState['status'];
  consentSource: string | null;
  consentAt: Date | null;
  consentIp: string | null;
  consentText: string | null;
  consentTopics: Record<string, unknown>;
  effective: string;
}

/**
 * Decisions about identity are made one at a time in the whole cluster: a guest's address is not unique in the table,
 * so two batches at once could each make a record for it.
 */
export const LOCK_IDENTITIES = `select pg_advisory_xact_lock(hashtextextended('ritorno.customers.identity', 0))`;

/**
 * All records a batch can touch, locked. `no key update`: rows elsewhere may go on referring to them. Written so that
 * every row is reached by an index whatever the planner believes: of a table that has just been filled it knows nothing,
 * and took a look at all customers for each batch to be the cheapest.
 */
export function loadCustomers(externalIds: readonly string[], emails: readonly string[], ids: readonly string[]): Sql {
  return {
    text: `
      select c.id, c.external_id as "externalId", c.email, c.first_name as "firstName", c.last_name as "lastName",
        c.locale, c.timezone, c.created_at as "createdAt", c.attributes, c.tags,
        c.consent_status as "consentStatus", c.consent_source as "consentSource", c.consent_at as "consentAt",
        c.consent_ip as "consentIp", c.consent_text as "consentText", c.consent_topics as "consentTopics",
        c.deleted_at as "deletedAt", c.versions, ${effectiveConsentSql('c')} as effective
      from customers c
      where c.id = any(array(
        select id from customers where external_id = any($1::text[])
        union select known.id from unnest($2::text[]) as w (email)
          cross join lateral (select id from customers where email = w.email offset 0) known
        union select customer_id from customer_aliases where external_id = any($1::text[])
        union select unnest($3::uuid[])))
      order by c.id for no key update of c`,
    values: [textArray(externalIds), textArray(emails), plainArray(ids)],
  };
}

export function loadAliases(externalIds: readonly string[]): Sql {
  return {
    text: `select external_id as "externalId", customer_id as "customerId"
      from customer_aliases where external_id = any($1::text[])`,
    values: [externalIds],
  };
}

/** Whether anybody was ever erased. */
export const ANY_ERASED = 'select exists (select from erased_identities) as erased';

export function loadErased(hashes: readonly Buffer[]): Sql {
  return {
    text: `select identity_hash as hash, customer_id as "customerId", at
      from erased_identities where identity_hash = any($1::bytea[])`,
    values: [textArray(hashes.map((hash) => `\\x${hash.toString('hex')}`))],
  };
}

export function loadOptouts(emails: readonly string[]): Sql {
  return {
    text: `select email, at from address_optouts where email = any($1::text[]) and lifted_at is null for update`,
    values: [textArray(emails)],
  };
}

/** The columns of a customer, with their types. */
const COLUMNS: ReadonlyArray<[name: string, type: string]> = [
  ['id', 'uuid'],
  ['external_id', 'text'],
  ['email', 'text'],
  ['first_name', 'text'],
  ['last_name', 'text'],
  ['locale', 'text'],
  ['timezone', 'text'],
  ['attributes', 'jsonb'],
  ['tags', 'text[]'],
  ['consent_status', 'text'],
  ['consent_source', 'text'],
  ['consent_at', 'timestamptz'],
  ['consent_ip', 'text'],
  ['consent_text', 'text'],
  ['consent_topics', 'jsonb'],
  ['consent_version_at', 'timestamptz'],
  ['versions', 'jsonb'],
  ['created_at', 'timestamptz'],
  ['deleted_at', 'timestamptz'],
];

/** What an array of arrays cannot say comes as text, one a customer. */
const sentAs = (type: string): string => (type === 'jsonb' || type === 'text[]' ? 'text' : type);

const INSERT_CUSTOMERS = `
  insert into customers (${COLUMNS.map(([name]) => name).join(', ')}, recorded_at, updated_at)
  select ${COLUMNS.map(([name, type]) => (sentAs(type) === type ? name : `${name}::${type}`)).join(', ')}, $1, $1
  from unnest(${COLUMNS.map(([, type], i) => `$${i + 2}::${sentAs(type)}[]`).join(', ')})
    as r (${COLUMNS.map(([name]) => name).join(', ')})`;

const UPSERT_CUSTOMERS = `${INSERT_CUSTOMERS}
  on conflict (id) do update set
    ${COLUMNS.slice(1)
      .map(([name]) => `${name} = excluded.${name}`)
      .join(', ')}, updated_at = excluded.updated_at`;

/** Adds new customers. */
export function insertCustomers(states: readonly CustomerState[], at: Date): Sql {
  return { text: INSERT_CUSTOMERS, values: [at, ...columnsOf(states)] };
}

/** Writes whole customers who are known. */
export function updateCustomers(states: readonly CustomerState[], at: Date): Sql {
  return { text: UPSERT_CUSTOMERS, values: [at, ...columnsOf(states)] };
}

/** One array a column, in the order of {@link COLUMNS}. */
function columnsOf(states: readonly CustomerState[]): string[] {
  return [
    plainArray(states.map((state) => state.id)),
    textArray(states.map((state) => state.externalId)),
    textArray(states.map((state) => state.email)),
    textArray(states.map((state) => state.firstName)),
    textArray(states.map((state) => state.lastName)),
    textArray(states.map((state) => state.locale)),
    textArray(states.map((state) => state.timezone)),
    jsonArray(states.map((state) => state.attributes)),
    textArray(states.map((state) => textArray(state.tags))),
    textArray(states.map(({ consent }) => consent.status)),
    textArray(states.map(({ consent }) => consent.source)),
    instantArray(states.map(({ consent }) => consent.at)),
    textArray(states.map(({ consent }) => consent.ip)),
    textArray(states.map(({ consent }) => consent.text)),
    jsonArray(states.map(({ consent }) => consent.topics)),
    plainArray(states.map(({ versions }) => versions['consent']?.split('|', 1)[0] ?? null)),
    jsonArray(states.map((state) => state.versions)),
    instantArray(states.map((state) => state.createdAt)),
    instantArray(states.map((state) => state.deletedAt)),
  ];
}

/** What new customers are known by, one row each. */
export function keepFirstWords(words: readonly FirstWords[], recordedAt: Date): Sql {
  return {
    text: `
      insert into customer_first_words (customer_id, at, recorded_at, event_id, said)
      select customer_id, at, $5, event_id, said::jsonb
      from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[]) as r (customer_id, at, event_id, said)`,
    values: [
      plainArray(words.map((one) => one.customerId)),
      instantArray(words.map((one) => one.at)),
      textArray(words.map((one) => one.eventId)),
      jsonArray(words.map((one) => one.said)),
      recordedAt,
    ],
  };
}

export function appendHistory(statements: readonly Statement[], recordedAt: Date): Sql {
  return {
    text: `
      insert into customer_statements (customer_id, at, recorded_at, field, value, event_id)
      select customer_id, at, $6, field, value::jsonb, event_id
      from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])
        as r (customer_id, at, field, value, event_id)`,
    values: [
      plainArray(statements.map((one) => one.customerId)),
      instantArray(statements.map((one) => one.at)),
      textArray(statements.map((one) => one.field)),
      jsonArray(statements.map((one) => one.value)),
      textArray(statements.map((one) => one.eventId)),
      recordedAt,
    ],
  };
}

/** Frees the names of records that are about to be merged away, so that the surviving ones may take them. */
export function releaseNames(fromIds: readonly string[]): Sql {
  return { text: `update customers set external_id = null where id = any($1::uuid[])`, values: [fromIds] };
}

export function saveMerges(fromIds: readonly string[], intoIds: readonly string[], at: Date): Sql {
  return {
    text: `
      with earlier as (
        update customer_merges m set into_id = r.into_id
        from unnest($1::uuid[], $2::uuid[]) as r (from_id, into_id) where m.into_id = r.from_id)
      insert into customer_merges (from_id, into_id, at)
      select from_id, into_id, $3 from unnest($1::uuid[], $2::uuid[]) as r (from_id, into_id)`,
    values: [fromIds, intoIds, at],
  };
}

export function deleteCustomers(ids: readonly string[]): Sql {
  return { text: `delete from customers where id = any($1::uuid[])`, values: [ids] };
}

export function saveAliases(externalIds: readonly string[], customerIds: readonly string[], at: Date): Sql {
  return {
    text: `
      insert into customer_aliases (external_id, customer_id, at)
      select external_id, customer_id, $3 from unnest($1::text[], $2::uuid[]) as r (external_id, customer_id)
      on conflict (external_id) do update set customer_id = excluded.customer_id, at = excluded.at`,
    values: [externalIds, customerIds, at],
  };
}

export function saveLifts(lifts: readonly Lift[], recordedAt: Date): Sql {
  return {
    text: `
      update address_optouts o set lifted_at = r.at, lift_recorded_at = $4, lifted_by = r.by
      from unnest($1::text[], $2::timestamptz[], $3::text[]) as r (email, at, by)
      where o.email = r.email and o.lifted_at is null`,
    values: [lifts.map((lift) => lift.email), lifts.map((lift) => lift.at), lifts.map((lift) => lift.by), recordedAt],
  };
}

/** The person is back: what was only a hash is an address again, so that its suppression is found by address. */
export function reviveAddresses(hashes: readonly Buffer[], emails: readonly string[]): Sql {
  return {
    text: `
      update suppressions s set address = r.email
      from unnest($1::bytea[], $2::text[]) as r (hash, email)
      where s.address_hash = r.hash and s.address is null`,
    values: [hashes, emails],
  };
}

export function forgetErased(customerIds: readonly string[]): Sql {
  return { text: `delete from erased_identities where customer_id = any($1::uuid[])`, values: [customerIds] };
}

export function subscribedNow(ids: readonly string[]): Sql {
  return {
    text: `select c.id from customers c where c.id = any($1::uuid[]) and ${effectiveConsentSql('c')} = 'subscribed'`,
    values: [ids],
  };
}
