import { type Sql } from '../../platform/database/database';

/** The order of versions, the latest last: by time, then by event id as the merge compares them. */
const BY_VERSION = `h.at, h.event_id collate "C", h.id`;
const LATEST_FIRST = `h.at desc, h.event_id collate "C" desc, h.id desc`;
/** A person's own unsubscribe is told in the history too; whether it holds is in `address_optouts`. */
const SAID_BY_SHOP = `(h.field <> 'consent' or h.value ->> 'by' is distinct from 'person')`;

/** A field of the customer `c` as of an instant (jsonb, null when nothing had been said); all placeholders. */
export function saidSql(c: string, fields: string, at: string): string {
  return `(select h.value from customer_history h
    where h.customer_id = ${c}.id and h.field = any(${fields}) and h.at <= ${at} order by ${LATEST_FIRST} limit 1)`;
}

/**
 * A word that was merely repeated leaves no trace and so counts from when it was first said: as of the past, another
 * record's "unsubscribed" in between overrules it, which the present does not.
 */
const WORDS = `h.field = 'consent' and ${SAID_BY_SHOP}`;

/** The shop's word on consent of the customer `id` as of an instant: a subquery with `status` and `at`, no row if none. */
function wordSql(id: string, at: string): string {
  return `select h.value ->> 'status' as status, h.at from customer_history h
    where h.customer_id = ${id} and h.at <= ${at} and ${WORDS}
    order by ${LATEST_FIRST} limit 1`;
}

/**
 * `effectiveConsentSql` as of an instant. Others with the same address are looked for among those who have it today:
 * history has no index by address.
 */
export function consentAsOfSql(c: string, emailField: string, at: string): string {
  return `(select case
      when own.email is null or own.status = 'unsubscribed' then own.status
      when exists (select 1 from address_optouts oo
        where oo.email = own.email and oo.at <= ${at} and (oo.lift_recorded_at is null or oo.lift_recorded_at > ${at}))
        then 'unsubscribed'
      when exists (select 1 from customers ou cross join lateral (${wordSql('ou.id', at)}) theirs
        where ou.email = own.email and ou.id <> ${c}.id and theirs.status = 'unsubscribed'
          and ${saidSql('ou', emailField, at)} #>> '{}' = own.email
          and (own.word_at is null or theirs.at >= own.word_at)) then 'unsubscribed'
      else own.status end
    from (select ${saidSql(c, emailField, at)} #>> '{}' as email, coalesce(word.status, 'none') as status,
        word.at as word_at
      from (select 1) one left join lateral (${wordSql(`${c}.id`, at)}) word on true) own)`;
}

/** The history of some fields of some customers, in the order of versions. */
export function loadHistory(customerIds: readonly string[], fields: readonly string[], until: Date): Sql {
  return {
    text: `select h.customer_id as "customerId", h.field, h.at, h.value from customer_history h
      where h.customer_id = any($1::uuid[]) and h.field = any($2::text[]) and h.at <= $3 and ${SAID_BY_SHOP}
      order by ${BY_VERSION}`,
    values: [customerIds, fields, until],
  };
}

/** All unsubscribes of addresses, lifted ones included. */
export function loadOptoutSpans(emails: readonly string[]): Sql {
  return {
    text: `select email, at, lift_recorded_at as "liftedAt" from address_optouts where email = any($1::text[])`,
    values: [emails],
  };
}

/** Who has these addresses today. */
export function loadHolders(emails: readonly string[]): Sql {
  return {
    text: `select id, email from customers where email = any($1::text[])`,
    values: [emails],
  };
}
