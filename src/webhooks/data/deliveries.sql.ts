import { type Sql } from '../../platform/database/database';

export interface ClaimedDelivery {
  id: string;
  endpointId: string;
  eventId: string;
  url: string;
  body: string;
  attempts: number;
  /** Of the endpoint, when it was claimed. */
  failingSince: Date | null;
}

/** How many calls of an endpoint may be under way in one process: as a rule, and while it fails. */
export interface Lanes {
  well: number;
  failing: number;
}

/**
 * Claims what is due for `leaseSeconds`: of each endpoint as many as it has free lanes, so that one that is slow or fails
 * holds up nobody. What another process holds is skipped. Plan: per endpoint an index scan on
 * webhook_deliveries_endpoint_due.
 *
 * @param busy calls under way in this process, by endpoint
 */
export function claimDeliveries(
  now: Date,
  busy: ReadonlyMap<string, number>,
  lanes: Lanes,
  token: string,
  leaseSeconds: number,
): Sql {
  return {
    text: `with due as materialized (
        select d.id, d.event_id, e.url, e.failing_since
        from webhook_endpoints e
        left join unnest($2::uuid[], $3::int[]) as b (endpoint_id, calls) on b.endpoint_id = e.id
        cross join lateral (
          select d.id, d.event_id from webhook_deliveries d
          where d.endpoint_id = e.id and d.status = 'queued' and d.next_try_at <= $1
            and (d.lease_until is null or d.lease_until < clock_timestamp())
          order by d.next_try_at, d.id
          limit greatest(case when e.failing_since is null then $4::int else $5::int end - coalesce(b.calls, 0), 0)
          for update skip locked) d
        where e.enabled)
      update webhook_deliveries d
      set claim_token = $6, lease_until = clock_timestamp() + make_interval(secs => $7)
      from due join webhook_events v on v.id = due.event_id
      where d.id = due.id
      returning d.id, d.endpoint_id as "endpointId", d.event_id as "eventId", due.url, v.body, d.attempts,
        due.failing_since as "failingSince"`,
    values: [now, [...busy.keys()], [...busy.values()], lanes.well, lanes.failing, token, leaseSeconds],
  };
}

export interface TriedDelivery {
  id: string;
  token: string;
  status: 'queued' | 'delivered' | 'failed';
  nextTryAt: Date | null;
  lastStatus: number | null;
  lastAnswer: string | null;
  lastError: string | null;
}

/**
 * Writes what became of tries; one whose lease is over, or was taken away, is neither touched nor returned. A delivery may
 * be among them twice: under the lease that it was called with before and the present one.
 */
export function recordTries(rows: readonly TriedDelivery[], now: Date): Sql {
  return {
    text: `update webhook_deliveries d set status = u.status, next_try_at = u.next_try_at, attempts = d.attempts + 1,
        last_at = $8, last_status = u.last_status, last_answer = u.last_answer, last_error = u.last_error,
        finished_at = case when u.status <> 'queued' then $8::timestamptz end, claim_token = null, lease_until = null
      from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::int[], $6::text[], $7::text[])
        as u (id, token, status, next_try_at, last_status, last_answer, last_error)
      where d.id = u.id and d.claim_token = u.token and d.status = 'queued'
      returning d.id, u.token`,
    values: [
      rows.map((row) => row.id),
      rows.map((row) => row.token),
      rows.map((row) => row.status),
      rows.map((row) => row.nextTryAt),
      rows.map((row) => row.lastStatus),
      rows.map((row) => row.lastAnswer),
      rows.map((row) => row.lastError),
      now,
    ],
  };
}

/** The secrets that sign for endpoints now, the present one first. */
export function signingSecrets(endpointIds: readonly string[], now: Date): Sql {
  return {
    text: `select endpoint_id as "endpointId", array_agg(secret order by created_at desc, id desc) as secrets
      from webhook_secrets where endpoint_id = any($1::uuid[]) and (expires_at is null or expires_at > $2)
      group by endpoint_id`,
    values: [endpointIds, now],
  };
}

/** An endpoint has answered well, after it had not. */
export function markWell(endpointIds: readonly string[]): Sql {
  return {
    text: `update webhook_endpoints set failing_since = null where id = any($1::uuid[]) and failing_since is not null`,
    values: [endpointIds],
  };
}

/** An endpoint has begun to fail; since when stays as it is until it answers well. */
export function markFailing(endpointIds: readonly string[], now: Date): Sql {
  return {
    text: `update webhook_endpoints set failing_since = $2
      where id = any($1::uuid[]) and failing_since is null and enabled`,
    values: [endpointIds, now],
  };
}
