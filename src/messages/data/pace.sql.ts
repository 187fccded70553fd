import { type Sql } from '../../platform/database/database';
import { type DestinationPace } from '../domain/destination-pace';
import { SENDING_PAUSED } from './may-send.sql-fragments';
import { senderDomainSql } from './sending-domains.sql';

/** As `settings` keeps the plans of warm-ups. */
export const WARM_UP_KEY = 'warm-up';

const WAITING = `m.status in ('queued', 'deferred') and m.next_try_at is not null`;

/**
 * Whether anything limits the pace (boolean, `now` an expression). While it is true mails are claimed by lanes, one claim at
 * a time over all workers; while it is false, which is nearly always, claiming costs what it would without any of this:
 * looks at three small tables and one at an empty index.
 */
export const isLimitedSql = (now: string): string => `(exists (select 1 from destination_groups)
    or exists (select 1 from sending_domains where paused_at is not null and (resumes_at is null or resumes_at > ${now}))
    or exists (select 1 from settings where key = '${WARM_UP_KEY}' and value -> 'plans' <> '[]')
    or exists (select 1 from messages m where ${WAITING} and m.lane is not null))`;

export function paceProbe(now: Date): Sql {
  return {
    name: 'messages.pace-probe',
    text: `select ${SENDING_PAUSED} as stopped, ${isLimitedSql('$1::timestamptz')} as limited`,
    values: [now],
  };
}

/** Held to the end of the transaction by whoever changes or spends limits: the statements after it see what others spent. */
export const ONE_LIMITED_CLAIM_AT_A_TIME: Sql = {
  text: `select pg_advisory_xact_lock(hashtextextended('ritorno.messages.pace', 0))`,
};

export interface PaceRow extends DestinationPace {
  name: string;
  lastReply: string | null;
}

export const loadPaces: Sql = {
  text: `
    select name, concurrency, per_minute as "perMinute", raise_by as "raiseBy", tokens, tokens_at as "tokensAt",
      closed_until as "closedUntil", push_backs as "pushBacks", pushed_back_at as "pushedBackAt", clean,
      clean_rate as "cleanRate", last_reply as "lastReply"
    from destination_groups order by name`,
};

export function savePaces(paces: ReadonlyMap<string, DestinationPace>, reply: string | null): Sql {
  const all = [...paces];
  const column = (pick: (pace: DestinationPace) => unknown): unknown[] => all.map(([, pace]) => pick(pace));
  return {
    text: `
      insert into destination_groups as g (name, concurrency, per_minute, raise_by, tokens, tokens_at, closed_until,
        push_backs, pushed_back_at, clean, clean_rate, last_reply)
      select u.*, $12::text from unnest($1::text[], $2::int[], $3::int[], $4::int[], $5::float8[], $6::timestamptz[],
        $7::timestamptz[], $8::int[], $9::timestamptz[], $10::int[], $11::int[]) as u
      on conflict (name) do update set concurrency = excluded.concurrency, per_minute = excluded.per_minute,
        raise_by = excluded.raise_by, tokens = excluded.tokens, tokens_at = excluded.tokens_at,
        closed_until = excluded.closed_until, push_backs = excluded.push_backs, pushed_back_at = excluded.pushed_back_at,
        clean = excluded.clean, clean_rate = excluded.clean_rate, last_reply = coalesce(excluded.last_reply, g.last_reply)`,
    values: [
      all.map(([name]) => name),
      column((pace) => pace.concurrency),
      column((pace) => pace.perMinute),
      column((pace) => pace.raiseBy),
      column((pace) => pace.tokens),
      column((pace) => pace.tokensAt),
      column((pace) => pace.closedUntil),
      column((pace) => pace.pushBacks),
      column((pace) => pace.pushedBackAt),
      column((pace) => pace.clean),
      column((pace) => pace.cleanRate),
      reply,
    ],
  };
}

export function dropPaces(names: readonly string[]): Sql {
  return { text: 'delete from destination_groups where name = any($1::text[])', values: [names] };
}

/** Mails under way, by the group whose lane they were claimed from. */
export const leasedByGroup: Sql = {
  text: `select split_part(lane, '/', 2) as name, count(*)::int as count from messages
         where status in ('claimed', 'sending') and lane is not null group by 1`,
};

export function pausedSenders(now: Date): Sql {
  return {
    text: `select domain, resumes_at as until from sending_domains
           where paused_at is not null and (resumes_at is null or resumes_at > $1)`,
    values: [now],
  };
}

export function takenOn(day: string, domains: readonly string[]): Sql {
  return {
    text: 'select domain, taken from sending_days where day = $1::date and domain = any($2::text[])',
    values: [day, domains],
  };
}

/** Counts mails for the caps of `day`, and remembers which, so that a retry does not count again. */
export function countTaken(day: string, taken: ReadonlyMap<string, string[]>): Sql {
  const all = [...taken];
  return {
    text: `
      with counted as (
        update messages set counted_on = $1::date where id = any($4::uuid[])
      )
      insert into sending_days as d (domain, day, taken)
      select u.domain, $1::date, u.taken from unnest($2::text[], $3::int[]) as u (domain, taken)
      on conflict (domain, day) do update set taken = d.taken + excluded.taken`,
    values: [day, all.map(([domain]) => domain), all.map(([, ids]) => ids.length), all.flatMap(([, ids]) => ids)],
  };
}

/** A mail that is due and stands in no lane yet. */
export interface HeadRow {
  id: string;
  originId: string;
  recipient: string | null;
  senderDomain: string;
  countedOn: string | null;
}

/** What is due outside of lanes, oldest first, with what its lane goes by; locked against other workers. */
export function dueOutsideLanes(now: Date, limit: number): Sql {
  return {
    name: 'messages.due-outside-lanes',
    text: `
      select m.id, m.origin_id as "originId", coalesce(c.email, m.recipient) as recipient,
        coalesce(${senderDomainSql('m')}, '') as "senderDomain", m.counted_on::text as "countedOn"
      from messages m left join customers c on m.origin = 'enrollment' and c.id = m.customer_id
      where ${WAITING} and m.lane is null and m.next_try_at <= $1
      order by m.next_try_at limit $2 for update of m skip locked`,
    values: [now, limit],
  };
}

export function putIntoLanes(rows: ReadonlyArray<{ id: string; originId: string; lane: string }>): Sql {
  return {
    text: `
      update messages m set lane = u.lane from unnest($1::uuid[], $2::uuid[], $3::text[]) as u (id, origin_id, lane)
      where m.id = u.id and m.origin_id = u.origin_id`,
    values: [rows.map((row) => row.id), rows.map((row) => row.originId), rows.map((row) => row.lane)],
  };
}

/** Puts mails of lanes that nothing holds back any more among the others, so many at a time. */
export function dissolveLanes(lanes: readonly string[], limit: number): Sql {
  return {
    text: `
      with freed as materialized (
        select m.id, m.origin_id from messages m where ${WAITING} and m.lane = any($1::text[])
        limit $2 for update skip locked
      )
      update messages m set lane = null from freed f where m.id = f.id and m.origin_id = f.origin_id`,
    values: [lanes, limit],
  };
}

/** The lanes that mails wait in, each with when its first is due: one look at the index per lane, however many wait. */
export const waitingLanes: Sql = {
  name: 'messages.waiting-lanes',
  text: `
    with recursive lanes (lane) as (
      (select m.lane from messages m where ${WAITING} and m.lane is not null order by m.lane limit 1)
      union all
      select (select m.lane from messages m where ${WAITING} and m.lane > l.lane order by m.lane limit 1)
      from lanes l where l.lane is not null
    )
    select l.lane, (select m.next_try_at from messages m where ${WAITING} and m.lane = l.lane
                    order by m.next_try_at limit 1) as due
    from lanes l where l.lane is not null`,
};
