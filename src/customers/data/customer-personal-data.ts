import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type Queryable, type Tx } from '../../platform/database/database';
import { IdentityHash } from '../identity-hash';
import {
  type CustomerMerge,
  handOverRows,
  type PersonalData,
  PersonalDataOwners,
  type PersonalSubject,
} from '../personal-data';

/** What moves to the other record in a merge as it is. */
const MOVED = ['customer_statements', 'customer_aliases', 'customer_events', 'erased_identities', 'consent_requests'];

/** The customer's own tables: the record, its history, events, other names, unsubscribes and suppressions. */
@Injectable()
export class CustomerPersonalData implements PersonalData, OnModuleInit {
  readonly name = 'customer';
  readonly tables = [...MOVED, 'customer_first_words'];

  constructor(
    private readonly owners: PersonalDataOwners,
    private readonly hash: IdentityHash,
  ) {}

  onModuleInit(): void {
    this.owners.register(this);
  }

  async export(db: Queryable, { customerId, emails }: PersonalSubject): Promise<unknown> {
    const [record] = await db.query(
      `select id, external_id as "externalId", email, first_name as "firstName", last_name as "lastName", locale, timezone,
         attributes, tags, consent_status as "consentStatus", consent_source as "consentSource", consent_at as "consentAt",
         consent_ip as "consentIp", consent_text as "consentText", consent_topics as "consentTopics", wishes,
         created_at as "createdAt"
       from customers where id = $1`,
      [customerId],
    );
    return {
      record,
      history: await db.query(`select at, field, value from customer_history where customer_id = $1 order by at, id`, [
        customerId,
      ]),
      events: await db.query(
        `select type, occurred_at as "occurredAt", properties from customer_events where customer_id = $1 order by occurred_at, id`,
        [customerId],
      ),
      confirmations: await db.query(
        `select email, asked_at as "askedAt", confirmed_at as "confirmedAt", ip, text, text_version as "textVersion"
         from consent_requests where customer_id = $1 order by asked_at`,
        [customerId],
      ),
      unsubscribes: await db.query(
        `select email, at, source, lifted_at as "liftedAt" from address_optouts where email = any($1::text[])`,
        [emails],
      ),
      suppressions: await db.query(
        `select address, scope, reason, evidence, at, null::timestamptz as "liftedAt" from suppressions
         where address = any($1::text[])
         union all
         select address, scope, reason, evidence, at, lifted_at from lifted_suppressions where address = any($1::text[])
         order by at`,
        [emails],
      ),
    };
  }

  /**
   * The row stays, without anything that identifies: figures of past experiments rest on its id. What is left of
   * address and external ids are keyed hashes, so that no import or event brings the person back.
   */
  async erase(tx: Tx, { customerId, emails, externalIds }: PersonalSubject, at: Date): Promise<void> {
    await tx.execute('delete from customer_aliases where customer_id = $1', [customerId]);
    await tx.execute(
      `update customers set external_id = null, email = null, first_name = null, last_name = null, locale = null,
         timezone = null, attributes = '{}', tags = '{}', consent_status = 'none', consent_source = null,
         consent_at = null, consent_ip = null, consent_text = null, consent_topics = '{}', wishes = null, consent_version_at = null,
         versions = '{}', updated_at = $2, erased_at = $2
       where id = $1`,
      [customerId, at],
    );
    await tx.execute(`delete from consent_requests where customer_id = $1`, [customerId]);
    await tx.execute(`delete from customer_first_words where customer_id = $1`, [customerId]);
    await tx.execute(`delete from customer_statements where customer_id = $1`, [customerId]);
    await tx.execute(
      `update customer_events set properties = '{}', handled_at = coalesce(handled_at, $2) where customer_id = $1`,
      [customerId, at],
    );
    await this.rememberHashes(tx, customerId, emails, externalIds, at);
    // Another customer may have the address as well: then it is still in use, and its unsubscribe still holds.
    await tx.execute(
      `delete from address_optouts o where o.email = any($1::text[])
         and not exists (select 1 from customers c where c.email = o.email)`,
      [emails],
    );
    for (const table of ['suppressions', 'lifted_suppressions']) {
      await tx.execute(
        `update ${table} s set address = null, evidence = null where s.address = any($1::text[])
           and not exists (select 1 from customers c where c.email = s.address)`,
        [emails],
      );
    }
  }

  private async rememberHashes(
    tx: Tx,
    customerId: string,
    emails: readonly string[],
    externalIds: readonly string[],
    at: Date,
  ): Promise<void> {
    // An address that another customer has is in use: its events belong to that customer.
    const rows = await tx.query<{ email: string }>(`select email from customers where email = any($1::text[])`, [
      emails,
    ]);
    const inUse = new Set(rows.map(({ email }) => email));
    const hashes = [
      ...emails.filter((email) => !inUse.has(email)).map((email) => this.hash.address(email)),
      ...externalIds.map((externalId) => this.hash.externalId(externalId)),
    ];
    await tx.execute(
      `insert into erased_identities (identity_hash, customer_id, at)
       select hash, $2, $3 from unnest($1::bytea[]) as r (hash)
       on conflict (identity_hash) do update set customer_id = excluded.customer_id, at = excluded.at`,
      [hashes, customerId, at],
    );
  }

  async merge(tx: Tx, merges: readonly CustomerMerge[]): Promise<void> {
    const values = [merges.map(({ from }) => from), merges.map(({ into }) => into)];
    // A record has first words of its own: those of the other become statements like any.
    await tx.execute(
      `with gone as (delete from customer_first_words f using unnest($1::uuid[], $2::uuid[]) as r (from_id, into_id)
         where f.customer_id = r.from_id returning r.into_id, f.*)
       insert into customer_statements (customer_id, at, recorded_at, field, value, event_id)
       select g.into_id, g.at, g.recorded_at, w.field, w.value, g.event_id
       from gone g cross join lateral jsonb_each(g.said) w (field, value)`,
      values,
    );
    // Of what both records decided the later holds.
    await tx.execute(
      `update customers c set wishes = (
         select jsonb_object_agg(w.key, w.value) from (
           select distinct on (e.key) e.key, e.value from (
             select c.wishes as wishes where c.wishes is not null
             union all
             select g.wishes from customers g join unnest($1::uuid[], $2::uuid[]) as r (from_id, into_id) on g.id = r.from_id
             where r.into_id = c.id and g.wishes is not null) said cross join lateral jsonb_each(said.wishes) e
           order by e.key, (e.value->>'at')::timestamptz desc) w)
       where c.id = any($2::uuid[]) and exists (
         select 1 from customers g join unnest($1::uuid[], $2::uuid[]) as r (from_id, into_id) on g.id = r.from_id
         where r.into_id = c.id and g.wishes is not null)`,
      values,
    );
    await handOverRows(tx, merges, MOVED);
  }
}
