import { instantArray, plainArray, textArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';
import { type LedgerLine } from '../domain/point-account';
import { type LedgerSum } from '../domain/ledger-difference';
import { type LoyaltySetting, type PointKind } from '../loyalty.types';

/** Accounts are reckoned by one at a time in the whole cluster: no two ever reckon the same one. */
export const TRY_LOYALTY: Sql = { text: 'select pg_try_advisory_xact_lock(7264117084) as taken' };
/** The same, for who has to wait for it. */
export const HOLD_LOYALTY: Sql = { text: 'select pg_advisory_xact_lock(7264117084)' };

export const ALL_SETTINGS: Sql = {
  text: 'select valid_from as "validFrom", setting from loyalty_settings order by id',
};

export function appendSetting(setting: LoyaltySetting, validFrom: Date, at: Date): Sql {
  return {
    text: 'insert into loyalty_settings (at, valid_from, setting) values ($1, $2, $3)',
    values: [at, validFrom, JSON.stringify(setting)],
  };
}

/** Has all accounts reckoned anew, from the first customer on. */
export function requestReckoning(at: Date): Sql {
  return {
    text: `insert into loyalty_fill (status, requested_at) values ('filling', $1)
      on conflict (only_row) do update set status = 'filling', after_customer_id = null, requested_at = excluded.requested_at`,
    values: [at],
  };
}

export interface FillRow {
  status: 'filling' | 'ready';
  after: string | null;
}

export const FILL: Sql = { text: 'select status, after_customer_id as after from loyalty_fill' };
/** The same, for who goes on with it: a new setting waits until the page is done, and begins anew. */
export const HOLD_FILL: Sql = { text: `${FILL.text} for update` };

/** Who has ordered or has an account, by their ids: ranges of two primary keys. */
export function fillPage(after: string | null, limit: number): Sql {
  const page = (table: string): string =>
    `(select customer_id from ${table} where $1::uuid is null or customer_id > $1::uuid order by customer_id limit $2)`;
  return {
    text: `select customer_id as id from (${page('customer_orders')} union ${page('customer_loyalty')}) u
      order by customer_id limit $2`,
    values: [after, limit],
  };
}

/** How far the reckoning has come; without a last customer to the end. */
export function noteFill(last: string | null): Sql {
  return {
    text: `update loyalty_fill set after_customer_id = $1,
      status = case when $1::uuid is null then 'ready' else status end`,
    values: [last],
  };
}

export interface TouchRow {
  customerId: string;
  cause: TierCause;
  starts: boolean;
}

/** Why a tier changed. */
export type TierCause = 'event' | 'order' | 'refund' | 'time' | 'import' | 'merge' | 'settings';

/**
 * Queues customers whose orders changed, once there has been a setting. All intake of orders runs it: without a setting
 * it looks at one row.
 */
export function queueChanges(touches: readonly TouchRow[], at: Date): Sql {
  return {
    text: `insert into loyalty_changes (customer_id, cause, starts, at)
      select t.*, $4 from unnest($1::uuid[], $2::text[], $3::boolean[]) as t
      where exists (select 1 from loyalty_fill)`,
    values: [
      plainArray(touches.map(({ customerId }) => customerId)),
      plainArray(touches.map(({ cause }) => cause)),
      plainArray(touches.map(({ starts }) => starts)),
      at,
    ],
  };
}

/** Takes the oldest of the queue. */
export function takeChanges(limit: number): Sql {
  return {
    text: `delete from loyalty_changes where id in (select id from loyalty_changes order by id limit $1)
      returning customer_id as "customerId", cause, starts`,
    values: [limit],
  };
}

/** Whose account time has changed by `now`, the earliest first: a range of the index customer_loyalty_next. */
export function dueAccounts(now: Date, limit: number): Sql {
  return {
    text: `select customer_id as "customerId" from customer_loyalty where next_at <= $1 order by next_at limit $2`,
    values: [now, limit],
  };
}

/** Since when the oldest of each kind of work waits; in the future for what time will change. */
export const NEXT_LOYALTY_WORK: Sql = {
  text: `select least(
      (select at from loyalty_changes order by id limit 1),
      (select next_at from customer_loyalty where next_at is not null order by next_at limit 1),
      (select requested_at from loyalty_fill where status = 'filling')) as at`,
};

export interface OrderRow {
  customerId: string;
  id: string;
  placedAt: Date;
  totalMinor: number;
  storeTotalMinor: number | null;
  refunds: Array<{ at: string; minor: number }> | null;
}

/** The paid orders of customers from an instant on, by the index on (customer_id, placed_at). */
export function paidOrders(customerIds: readonly string[], since: Date): Sql {
  return {
    text: `select o.customer_id as "customerId", o.id, o.placed_at as "placedAt", o.total_minor as "totalMinor",
        o.store_total_minor as "storeTotalMinor",
        case when o.refunded_minor <> 0 then
          (select json_agg(json_build_object('at', r.at, 'minor', r.amount_minor) order by r.at, r.id)
           from refunds r where r.order_id = o.id) end as refunds
      from orders o where o.customer_id = any($1::uuid[]) and o.status = 'paid' and o.placed_at >= $2`,
    values: [plainArray(customerIds), since],
  };
}

export interface ShopEntryRow {
  customerId: string;
  kind: Extract<PointKind, 'fed' | 'spent' | 'adjusted'>;
  reference: string;
  at: Date;
  delta: number;
  expiresAt: Date | null;
}

/** What the shop itself has put in and taken out: facts, not to be worked out. */
export function shopEntries(customerIds: readonly string[]): Sql {
  return {
    text: `select customer_id as "customerId", kind, reference, at, delta, expires_at as "expiresAt"
      from point_entries where customer_id = any($1::uuid[]) and kind in ('fed', 'spent', 'adjusted')`,
    values: [plainArray(customerIds)],
  };
}

/** What the ledger says so far of all that is worked out. */
export function ledgerSums(customerIds: readonly string[]): Sql {
  return {
    text: `select customer_id as "customerId", kind = 'expired' as expiry, reference, at, expires_at as "expiresAt",
        sum(delta)::bigint as delta
      from point_entries
      where customer_id = any($1::uuid[]) and kind in ('earned', 'reward', 'reversed', 'expired')
      group by 1, 2, 3, 4, 5`,
    values: [plainArray(customerIds)],
  };
}

export type LedgerSumRow = LedgerSum & { customerId: string };

export interface RewardRow {
  id: string;
  customerId: string;
  referrerId: string;
  at: Date;
  endedAt: Date | null;
  referrerPoints: number;
  referredPoints: number;
  expiresAt: Date | null;
}

/** The rewards that customers have part in, on either side. */
export function rewardsOf(customerIds: readonly string[]): Sql {
  return {
    text: `select id, customer_id as "customerId", referrer_id as "referrerId", at, ended_at as "endedAt",
        referrer_points as "referrerPoints", referred_points as "referredPoints", expires_at as "expiresAt"
      from referrals
      where status = 'rewarded' and (customer_id = any($1::uuid[]) or referrer_id = any($1::uuid[]))`,
    values: [plainArray(customerIds)],
  };
}

export interface AccountRow {
  customerId: string;
  points: number;
  owed: number;
  given: number;
  tier: string | null;
  tierSince: Date | null;
  nextExpiryAt: Date | null;
  nextExpiryPoints: number | null;
  nextAt: Date | null;
}

export function accountsOf(customerIds: readonly string[]): Sql {
  return {
    text: `select customer_id as "customerId", points, owed, given, tier, tier_since as "tierSince",
        next_expiry_at as "nextExpiryAt", next_expiry_points as "nextExpiryPoints", next_at as "nextAt"
      from customer_loyalty where customer_id = any($1::uuid[])`,
    values: [plainArray(customerIds)],
  };
}

export function writeAccounts(rows: readonly AccountRow[]): Sql {
  return {
    text: `
      insert into customer_loyalty (customer_id, points, owed, given, tier, tier_since, next_expiry_at,
        next_expiry_points, next_at)
      select * from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::timestamptz[],
        $7::timestamptz[], $8::bigint[], $9::timestamptz[])
      on conflict (customer_id) do update set points = excluded.points, owed = excluded.owed, given = excluded.given,
        tier = excluded.tier, tier_since = excluded.tier_since, next_expiry_at = excluded.next_expiry_at,
        next_expiry_points = excluded.next_expiry_points, next_at = excluded.next_at`,
    values: [
      plainArray(rows.map(({ customerId }) => customerId)),
      plainArray(rows.map(({ points }) => points)),
      plainArray(rows.map(({ owed }) => owed)),
      plainArray(rows.map(({ given }) => given)),
      textArray(rows.map(({ tier }) => tier)),
      instantArray(rows.map(({ tierSince }) => tierSince)),
      instantArray(rows.map(({ nextExpiryAt }) => nextExpiryAt)),
      plainArray(rows.map(({ nextExpiryPoints }) => nextExpiryPoints)),
      instantArray(rows.map(({ nextAt }) => nextAt)),
    ],
  };
}

/** A line to append. */
export type NewEntry = Omit<LedgerLine, 'kind'> & {
  id: string;
  customerId: string;
  kind: PointKind;
  note: string | null;
};

export function appendEntries(entries: readonly NewEntry[], recordedAt: Date): Sql {
  return {
    text: `
      insert into point_entries (id, customer_id, delta, kind, reference, at, expires_at, note, recorded_at)
      select t.*, $9 from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[],
        $7::timestamptz[], $8::text[]) as t`,
    values: [
      plainArray(entries.map(({ id }) => id)),
      plainArray(entries.map(({ customerId }) => customerId)),
      plainArray(entries.map(({ delta }) => delta)),
      plainArray(entries.map(({ kind }) => kind)),
      textArray(entries.map(({ reference }) => reference)),
      instantArray(entries.map(({ at }) => at)),
      instantArray(entries.map(({ expiresAt }) => expiresAt)),
      textArray(entries.map(({ note }) => note)),
      recordedAt,
    ],
  };
}

/** A tier that somebody has come to or left. */
export interface TierMove {
  customerId: string;
  at: Date;
  from: string | null;
  to: string | null;
  cause: TierCause;
}

export function appendTierMoves(moves: readonly TierMove[]): Sql {
  return {
    text: `insert into customer_tiers (customer_id, at, from_tier, to_tier, cause)
      select * from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[])`,
    values: [
      plainArray(moves.map(({ customerId }) => customerId)),
      instantArray(moves.map(({ at }) => at)),
      textArray(moves.map(({ from }) => from)),
      textArray(moves.map(({ to }) => to)),
      plainArray(moves.map(({ cause }) => cause)),
    ],
  };
}
