import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who a person is: identity, attributes, consent, suppression, custom events, and the history of all these. */
export class CreateCustomers1764000200000 implements MigrationInterface {
  name = 'CreateCustomers1764000200000';

  async up(q: QueryRunner): Promise<void> {
    await q.query(`
      create table customers (
        id uuid primary key,
        external_id text,
        email text,
        first_name text,
        last_name text,
        locale text,
        timezone text,
        attributes jsonb not null default '{}',
        tags text[] not null default '{}',
        consent_status text not null default 'none'
          check (consent_status in ('subscribed', 'pending', 'unsubscribed', 'none')),
        consent_source text,
        consent_at timestamptz,
        consent_ip text,
        consent_text text,
        consent_topics jsonb not null default '{}',
        consent_version_at timestamptz,
        versions jsonb not null default '{}',
        created_at timestamptz not null,
        recorded_at timestamptz not null,
        updated_at timestamptz not null,
        deleted_at timestamptz,
        erased_at timestamptz,
        constraint customers_external_id_key unique (external_id)
      )`);
    await q.query(`create index customers_email on customers (email) where email is not null`);
    // Read by the effective consent: a later "unsubscribed" of another record with the same address.
    await q.query(`
      create index customers_email_unsubscribed on customers (email, consent_version_at)
        where consent_status = 'unsubscribed' and email is not null`);
    await q.query(`create index customers_created_at on customers (created_at)`);

    await q.query(`
      create table customer_merges (
        from_id uuid primary key,
        into_id uuid not null,
        at timestamptz not null
      )`);
    await q.query(`create index customer_merges_into on customer_merges (into_id)`);
    // External ids that lead to another record since a merge.
    await q.query(`
      create table customer_aliases (
        external_id text primary key,
        customer_id uuid not null references customers (id),
        at timestamptz not null
      )`);
    await q.query(`create index customer_aliases_customer on customer_aliases (customer_id)`);

    await q.query(`
      create table customer_history (
        id bigint generated always as identity primary key,
        customer_id uuid not null references customers (id),
        at timestamptz not null,
        recorded_at timestamptz not null,
        field text not null,
        value jsonb,
        event_id text
      )`);
    await q.query(`create index customer_history_fact on customer_history (customer_id, field, at)`);

    // Every unsubscribe ever, one of an address at most in force. lifted_at is the time of the proof, lift_recorded_at
    // when it became known: until then the unsubscribe held.
    await q.query(`
      create table address_optouts (
        id uuid primary key,
        email text not null,
        at timestamptz not null,
        source text not null,
        message_id uuid,
        lifted_at timestamptz,
        lift_recorded_at timestamptz,
        lifted_by text,
        check ((lifted_at is null) = (lift_recorded_at is null))
      )`);
    await q.query(`create unique index address_optouts_in_force on address_optouts (email) where lifted_at is null`);
    await q.query(`create index address_optouts_email on address_optouts (email, at)`);

    await q.query(`
      create table suppressions (
        id uuid primary key,
        address_hash bytea not null,
        address text,
        scope text not null default 'all',
        reason text not null,
        evidence jsonb,
        at timestamptz not null,
        constraint suppressions_address_key unique (address_hash, scope)
      )`);
    await q.query(`create index suppressions_address on suppressions (address) where address is not null`);
    // What operators have lifted, so that past decisions can be explained; the gate never reads it.
    await q.query(`
      create table lifted_suppressions (
        id uuid primary key,
        address_hash bytea not null,
        address text,
        scope text not null,
        reason text not null,
        evidence jsonb,
        at timestamptz not null,
        lifted_at timestamptz not null
      )`);
    await q.query(`
      create index lifted_suppressions_address on lifted_suppressions (address) where address is not null`);

    // Keyed hashes of erased addresses and external ids, so that no import or event brings them back.
    await q.query(`
      create table erased_identities (
        identity_hash bytea primary key,
        customer_id uuid not null references customers (id),
        at timestamptz not null
      )`);
    await q.query(`create index erased_identities_customer on erased_identities (customer_id)`);

    await q.query(`
      create table customer_events (
        id uuid primary key,
        customer_id uuid not null references customers (id),
        type text not null,
        occurred_at timestamptz not null,
        recorded_at timestamptz not null,
        properties jsonb not null default '{}',
        reference uuid,
        event_id text,
        starts boolean not null,
        handled_at timestamptz
      )`);
    // What enrollments have still to look at: what may start something, and orders that came too late to start anything
    // but still reach a goal.
    await q.query(`
      create index customer_events_waiting on customer_events (id)
        where handled_at is null and (starts or type = 'order.counted')`);
    await q.query(`create index customer_events_customer on customer_events (customer_id, occurred_at)`);
    await q.query(`create index customer_events_type on customer_events (type, occurred_at)`);
    // A delivery that is worked off twice (a replay) records its events once.
    await q.query(`
      create unique index customer_events_once on customer_events (event_id, type) where event_id is not null`);
  }

  async down(): Promise<void> {
    throw new Error('forward only');
  }
}
