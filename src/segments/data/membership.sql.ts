import { type ChangeCause, type FactChange } from '../../customers/changed-facts';
import { instantArray, plainArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';

/** Why a membership changed: as the facts did, or because the segment is new or was changed. */
export type MembershipCause = ChangeCause | 'fill';

export type FillStatus = 'requested' | 'waiting' | 'filling' | 'ready';

/** How far the members of one of the shop's segments are filled in. */
export interface FillRow {
  segmentId: string;
  key: string;
  condition: unknown;
  asks: string[];
  status: FillStatus;
  afterCustomerId: string | null;
  done: number;
  total: number;
}

/**
 * One membership worker at a time in the whole cluster: sets are large, and no two ever judge the same customer. Held to
 * the end of the transaction.
 */
export const TRY_MEMBERSHIP: Sql = { text: 'select pg_try_advisory_xact_lock(7264117052) as taken' };

/** The same, for who has to wait until no worker is at it. */
export const HOLD_MEMBERSHIP: Sql = { text: 'select pg_advisory_xact_lock(7264117052)' };

/**
 * Which facts are asked about. Taking a transaction id here makes sure that a fill which starts later waits for the end
 * of this transaction: see {@link setHorizon}.
 */
export const WATCHED: Sql = {
  name: 'segments.watched',
  text: `select array(select distinct unnest(asks) from segment_fills) as asks, pg_current_xact_id()::text as xid`,
};

/** Puts changes of facts into the queue. An address stands for all who have it. */
export function queueTouches(changes: readonly FactChange[], at: Date): Sql {
  const customer = (change: FactChange): string | null => ('customerId' in change ? change.customerId : null);
  const email = (change: FactChange): string | null => ('email' in change ? change.email : null);
  return {
    text: `
      insert into segment_touches (customer_id, facts, cause, starts, reference, at)
      select coalesce(t.customer_id, c.id), t.facts, t.cause, t.starts, t.reference, $7
      from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::uuid[])
        with ordinality as t (customer_id, email, facts, cause, starts, reference, place)
      left join customers c on t.customer_id is null and c.email = t.email
      where coalesce(t.customer_id, c.id) is not null
      order by t.place`,
    values: [
      changes.map(customer),
      changes.map(email),
      changes.map(({ facts }) => facts),
      changes.map(({ cause }) => cause),
      changes.map(({ starts }) => starts),
      changes.map(({ reference }) => reference ?? null),
      at,
    ],
  };
}

export interface TouchRow {
  customerId: string;
  facts: string;
  cause: ChangeCause;
  starts: boolean;
  reference: string | null;
}

/** Takes the oldest of the queue, in their order. */
export function takeTouches(limit: number): Sql {
  return {
    text: `
      with taken as (
        delete from segment_touches where id in (select id from segment_touches order by id limit $1)
        returning id, customer_id, facts, cause, starts, reference
      )
      select customer_id as "customerId", facts, cause, starts, reference from taken order by id`,
    values: [limit],
  };
}

/** Since when the oldest of each kind of membership work waits; in the future for windows that have yet to move. */
export const NEXT_MEMBERSHIP_WORK: Sql = {
  text: `select least(
      (select at from segment_touches order by id limit 1),
      (select look_at from segment_clock order by look_at limit 1),
      (select requested_at from segment_fills where status <> 'ready' order by requested_at limit 1)) as at`,
};

const FILL_COLUMNS = `f.segment_id as "segmentId", s.key, s.condition, f.asks, f.status,
  f.after_customer_id as "afterCustomerId", f.done, f.total`;

/** Segments whose members are known, all or up to a customer. */
export const WATCHING_SEGMENTS: Sql = {
  text: `select ${FILL_COLUMNS} from segment_fills f join segments s on s.id = f.segment_id
    where f.status in ('filling', 'ready') order by f.segment_id`,
};

/** The fill that was asked for first. */
export const OLDEST_FILL: Sql = {
  text: `select ${FILL_COLUMNS} from segment_fills f join segments s on s.id = f.segment_id
    where f.status <> 'ready' order by f.requested_at, f.segment_id limit 1`,
};

export interface DueLook {
  segmentId: string;
  customerId: string;
  lookAt: Date;
}

/** Whose membership time may have changed by `now`, the earliest first: one range of the index segment_clock_due. */
export function dueLooks(now: Date, limit: number): Sql {
  return {
    text: `select segment_id as "segmentId", customer_id as "customerId", look_at as "lookAt"
      from segment_clock where look_at <= $1 order by look_at limit $2`,
    values: [now, limit],
  };
}

/**
 * Asks for a segment to be filled in, anew if it was before. What it asks about is heard of from the commit on, by
 * transactions that begin after it.
 */
export function requestFill(segmentId: string, asks: readonly string[], at: Date): Sql {
  return {
    text: `
      insert into segment_fills (segment_id, asks, status, requested_at) values ($1, $2, 'requested', $3)
      on conflict (segment_id) do update set asks = excluded.asks, status = 'requested', horizon = null,
        after_customer_id = null, done = 0, total = 0, requested_at = excluded.requested_at, filled_at = null`,
    values: [segmentId, asks, at],
  };
}

/** The built-in segment of that key, if `ref` means it and its members are not kept yet. */
export function unkeptBuiltIn(ref: string, key: string): Sql {
  return {
    text: `select s.id from segments s where s.built_in and s.key = $2 and (s.key = $1 or s.id::text = $1)
      and not exists (select 1 from segment_fills f where f.segment_id = s.id)`,
    values: [ref, key],
  };
}

/** The fills of the segments that ask about some facts are asked for anew: these have changed for many at once. */
export function requestFillsAsking(facts: string, at: Date): Sql {
  return {
    text: `update segment_fills set status = 'requested', horizon = null, after_customer_id = null, done = 0, total = 0,
        requested_at = $2, filled_at = null
      where asks @> array[$1::text]`,
    values: [facts, at],
  };
}

/**
 * The segment is visible to all who begin now; who began before may have asked what is watched without seeing it, and
 * may have changed facts since without telling. So the fill begins when all of those have ended.
 */
export function setHorizon(segmentId: string): Sql {
  return {
    text: `update segment_fills set status = 'waiting', horizon = pg_snapshot_xmax(pg_current_snapshot())
      where segment_id = $1`,
    values: [segmentId],
  };
}

/**
 * Begins a fill if its horizon has passed: none of the transactions from before it goes on in this database. No row is
 * touched while one does. (The oldest transaction alone would not tell: it may be one of another database.)
 */
export function beginFill(segmentId: string): Sql {
  return {
    text: `update segment_fills set status = 'filling', total = (select count(*) from customers)
      where segment_id = $1 and not exists (
        select 1 from pg_snapshot_xip(pg_current_snapshot()) running
        join pg_stat_activity a on a.backend_xid = running::xid
        where running < horizon and a.datname = current_database())`,
    values: [segmentId],
  };
}

/** Notes how far a fill has come; without a last customer it has come to the end. */
export function noteFill(segmentId: string, looked: number, last: string | null, now: Date): Sql {
  return {
    text: `update segment_fills set done = done + $2, after_customer_id = coalesce($3, after_customer_id),
        status = case when $3::uuid is null then 'ready' else status end,
        filled_at = case when $3::uuid is null then $4::timestamptz end
      where segment_id = $1`,
    values: [segmentId, looked, last, now],
  };
}

/** The next customers of a fill, by their ids: a range of the primary key. */
export function fillPage(after: string | null, limit: number): Sql {
  return {
    text: `select id from customers where $1::uuid is null or id > $1::uuid order by id limit $2`,
    values: [after, limit],
  };
}

export interface FillView {
  segmentId: string;
  status: FillStatus;
  done: number;
  total: number;
}

/** How far the fills of some segments are. */
export function fillsOf(segmentIds: readonly string[]): Sql {
  return {
    text: `select segment_id as "segmentId", status, done, total from segment_fills where segment_id = any($1::uuid[])`,
    values: [segmentIds],
  };
}

/** A customer as judged, beside what was known before. */
export interface JudgedRow {
  id: string;
  holds: boolean;
  member: boolean;
  lookAt: Date | null;
  [edge: `edge${number}`]: Date | null;
}

/**
 * Judges a set of customers for one segment ($1, the set $2): whether the condition holds, the times of its edges, and
 * what is recorded. Look-ups by key: a set costs by its own size, whatever the size of the shop.
 */
export function judge(
  segmentId: string,
  customerIds: readonly string[],
  member: { text: string; values: readonly unknown[] },
  edges: { texts: readonly string[]; values: readonly unknown[] },
): Sql {
  const columns = edges.texts.map((text, i) => `,\n        ${text} as edge${i}`).join('');
  return {
    text: `
      select c.id, ${member.text} is true as holds, m.customer_id is not null as member, k.look_at as "lookAt"${columns}
      from unnest($2::uuid[]) as asked (id)
      join customers c on c.id = asked.id
      left join segment_members m on m.segment_id = $1 and m.customer_id = asked.id
      left join segment_clock k on k.segment_id = $1 and k.customer_id = asked.id
      order by c.id`,
    values: [segmentId, plainArray(customerIds), ...member.values, ...edges.values],
  };
}

export interface MembershipChange {
  customerId: string;
  at: Date;
  entered: boolean;
  cause: MembershipCause;
}

/** Writes changes of one segment's members and the history of it in one statement. */
export function writeChanges(segmentId: string, changes: readonly MembershipChange[]): Sql {
  return {
    text: `
      with change as (
        select * from unnest($2::uuid[], $3::timestamptz[], $4::boolean[], $5::text[])
          with ordinality as c (customer_id, at, entered, cause, place)
      ), gone as (
        delete from segment_members m using change c
        where not c.entered and m.segment_id = $1 and m.customer_id = c.customer_id
      ), come as (
        insert into segment_members (segment_id, customer_id, since)
        select $1, customer_id, at from change where entered
        on conflict do nothing
      )
      insert into segment_changes (segment_id, customer_id, at, entered, cause)
      select $1, customer_id, at, entered, cause from change order by place`,
    values: [
      segmentId,
      plainArray(changes.map(({ customerId }) => customerId)),
      instantArray(changes.map(({ at }) => at)),
      plainArray(changes.map(({ entered }) => entered)),
      plainArray(changes.map(({ cause }) => cause)),
    ],
  };
}

/** Sets when to look again at customers; without an instant time alone changes nothing any more. */
export function writeLooks(segmentId: string, looks: ReadonlyArray<{ customerId: string; at: Date | null }>): Sql {
  return {
    text: `
      with look as (
        select * from unnest($2::uuid[], $3::timestamptz[]) as l (customer_id, at)
      ), never as (
        delete from segment_clock k using look l
        where l.at is null and k.segment_id = $1 and k.customer_id = l.customer_id
      )
      insert into segment_clock (segment_id, customer_id, look_at)
      select $1, customer_id, at from look where at is not null
      on conflict (segment_id, customer_id) do update set look_at = excluded.look_at`,
    values: [segmentId, plainArray(looks.map(({ customerId }) => customerId)), instantArray(looks.map(({ at }) => at))],
  };
}

/** Takes away what was due for customers who are there no more. */
export function forgetLooks(looks: readonly DueLook[]): Sql {
  return {
    text: `delete from segment_clock k using unnest($1::uuid[], $2::uuid[]) as l (segment_id, customer_id)
      where k.segment_id = l.segment_id and k.customer_id = l.customer_id
        and not exists (select 1 from customers c where c.id = l.customer_id)`,
    values: [looks.map(({ segmentId }) => segmentId), looks.map(({ customerId }) => customerId)],
  };
}

/** Forgets all about a segment that is deleted; its history stays. */
export const FORGET_SEGMENT = [
  'delete from segment_members where segment_id = $1',
  'delete from segment_clock where segment_id = $1',
] as const;
