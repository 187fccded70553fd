import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Points, tiers and referrals. */
export class CreateLoyalty1764200330000 implements MigrationInterface {
  name = 'CreateLoyalty1764200330000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(TABLES);
  }

  async down(): Promise<void> {
    throw new Error('Migrations go forward only: restore the backup that was taken before the upgrade.');
  }
}

/**
 * Customers are no foreign keys here: reckoning all accounts anew would lock and so rewrite their rows. What a merge or
 * an erasure does to these tables is said in incentives/data/loyalty-personal-data.ts.
 */
const TABLES = `
  -- Each change of the settings. An order goes by the last of those whose valid_from is not after it was placed.
  create table loyalty_settings (
    id bigint generated always as identity primary key,
    at timestamptz not null,
    valid_from timestamptz not null,
    setting jsonb not null
  );

  -- One row: how far the accounts are reckoned anew after a change of the settings; none while there was no setting.
  create table loyalty_fill (
    only_row boolean primary key default true check (only_row),
    status text not null check (status in ('filling', 'ready')),
    after_customer_id uuid,
    requested_at timestamptz not null
  );

  -- Append-only. A row's own time is at; what a later word takes back or adds is another row with the same time.
  create table point_entries (
    id uuid primary key,
    customer_id uuid not null,
    delta bigint not null,
    kind text not null check (kind in ('earned', 'reversed', 'spent', 'expired', 'adjusted', 'fed', 'reward')),
    -- order:<id>, referral:<id>, or request:<id of the shop>
    reference text not null,
    at timestamptz not null,
    expires_at timestamptz,
    note text,
    recorded_at timestamptz not null
  );
  create index point_entries_customer on point_entries (customer_id, at, id);
  create unique index point_entries_request on point_entries (reference) where kind in ('spent', 'adjusted', 'fed');

  -- What the ledger comes to now. owed: points that were spent and then taken back; the next ones pay it first.
  create table customer_loyalty (
    customer_id uuid primary key,
    points bigint not null,
    owed bigint not null,
    given bigint not null,
    tier text,
    tier_since timestamptz,
    next_expiry_at timestamptz,
    next_expiry_points bigint,
    -- When time alone changes something: points expire, a year has passed since an order.
    next_at timestamptz
  );
  create index customer_loyalty_next on customer_loyalty (next_at) where next_at is not null;
  create index customer_loyalty_tier on customer_loyalty (tier) where tier is not null;

  -- The history of tiers.
  create table customer_tiers (
    id bigint generated always as identity primary key,
    customer_id uuid not null,
    at timestamptz not null,
    from_tier text,
    to_tier text,
    cause text not null check (cause in ('event', 'order', 'refund', 'time', 'import', 'merge', 'settings'))
  );
  create index customer_tiers_customer on customer_tiers (customer_id, at, id);

  -- A queue: whose account has to be reckoned anew. Whoever works off a row deletes it.
  create table loyalty_changes (
    id bigint generated always as identity primary key,
    customer_id uuid not null,
    cause text not null,
    starts boolean not null,
    at timestamptz not null
  );

  create table referral_codes (
    code text primary key,
    customer_id uuid not null,
    created_at timestamptz not null
  );
  create index referral_codes_customer on referral_codes (customer_id, created_at);

  -- One row a referred person: what became of the code that their first order carried.
  create table referrals (
    id uuid primary key,
    customer_id uuid not null unique,
    referrer_id uuid,
    code text not null,
    order_id uuid not null,
    at timestamptz not null,
    -- When the order was refunded in full.
    ended_at timestamptz,
    status text not null check (status in ('rewarded', 'refused')),
    reason text,
    referrer_points bigint not null,
    referred_points bigint not null,
    expires_at timestamptz,
    recorded_at timestamptz not null
  );
  create index referrals_referrer on referrals (referrer_id);
`;
