import { type MigrationInterface, type QueryRunner } from 'typeorm';

/** Who is in the shop's own segments and since when, how that came about, and when to look again. */
export class CreateSegmentMembers1764100020000 implements MigrationInterface {
  name = 'CreateSegmentMembers1764100020000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
    await runner.query(PRESENT_SEGMENTS);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}

/**
 * Customers are no foreign keys here: filling a segment would lock and so rewrite a million of their rows. What a merge
 * or an erasure does to these tables is said in segments/membership-personal-data.ts.
 */
const TABLES = `
  -- One row for each segment of the shop: which facts it asks about, and how far its members are filled in.
  create table segment_fills (
    segment_id uuid primary key references segments (id) on delete cascade,
    asks text[] not null,
    status text not null check (status in ('requested', 'waiting', 'filling', 'ready')),
    -- Transactions before this one may not know yet that the segment exists: the fill waits for their end.
    horizon xid8,
    after_customer_id uuid,
    done bigint not null default 0,
    total bigint not null default 0,
    requested_at timestamptz not null,
    filled_at timestamptz
  );
  create index segment_fills_open on segment_fills (requested_at) where status <> 'ready';

  create table segment_members (
    segment_id uuid not null,
    customer_id uuid not null,
    since timestamptz not null,
    primary key (segment_id, customer_id)
  );
  create index segment_members_customer on segment_members (customer_id);

  -- The history: entering and leaving take turns for each segment and customer.
  create table segment_changes (
    id bigint generated always as identity primary key,
    segment_id uuid not null,
    customer_id uuid not null,
    at timestamptz not null,
    entered boolean not null,
    cause text not null check (cause in ('event', 'order', 'refund', 'time', 'import', 'merge', 'fill'))
  );
  create index segment_changes_customer on segment_changes (customer_id, segment_id, id);

  -- When time alone may change a membership, whether the customer is a member or not.
  create table segment_clock (
    segment_id uuid not null,
    customer_id uuid not null,
    look_at timestamptz not null,
    primary key (segment_id, customer_id)
  );
  create index segment_clock_due on segment_clock (look_at);
  create index segment_clock_customer on segment_clock (customer_id);

  -- A queue: whose facts changed, and which. Whoever works off a row deletes it.
  create table segment_touches (
    id bigint generated always as identity primary key,
    customer_id uuid not null,
    facts text not null,
    cause text not null,
    starts boolean not null,
    reference uuid,
    at timestamptz not null
  );
`;

/** Those that exist are filled in; they can ask about no other facts than these. */
const PRESENT_SEGMENTS = `
  insert into segment_fills (segment_id, asks, status, requested_at)
  select id, '{whole,customers,consent,orders,stages}', 'requested', updated_at from segments where not built_in;
`;
