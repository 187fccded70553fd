import { type Sql } from '../../platform/database/database';

/** How the reading of a mailbox goes. Times are the database's own. */
export interface MailboxReads {
  failures: number;
  failingSince: Date | null;
  lastError: string | null;
  lastReadAt: Date | null;
  processed: number;
  failed: number;
  /** Milliseconds until somebody may look again; 0 or less: now. */
  aheadMs: number;
}

const AHEAD = `extract(epoch from greatest(next_at, coalesce(lease_until, next_at)) - clock_timestamp()) * 1000`;

/** Returns nothing before the first look. */
export function mailboxReads(mailbox: string): Sql {
  return {
    text: `select failures, failing_since as "failingSince", last_error as "lastError", last_read_at as "lastReadAt",
        processed::float8 as processed, failed::float8 as failed, (${AHEAD})::float8 as "aheadMs"
      from mailbox_reads where mailbox = $1`,
    values: [mailbox],
  };
}

/** Takes the lease; returns nothing where another holds it, or where it is not time yet. */
export function claimMailbox(mailbox: string, token: string, leaseSeconds: number): Sql {
  return {
    text: `
      insert into mailbox_reads as r (mailbox, next_at, lease_token, lease_until)
      values ($1, clock_timestamp(), $2, clock_timestamp() + make_interval(secs => $3))
      on conflict (mailbox) do update set lease_token = excluded.lease_token, lease_until = excluded.lease_until
      where r.next_at <= clock_timestamp() and (r.lease_until is null or r.lease_until <= clock_timestamp())
      returning 1`,
    values: [mailbox, token, leaseSeconds],
  };
}

/** A visit went well. Whose lease ran out has nothing to say any more. */
export function mailboxWasRead(mailbox: string, token: string, afterSeconds: number): Sql {
  return {
    text: `
      update mailbox_reads set next_at = clock_timestamp() + make_interval(secs => $3), lease_token = null,
        lease_until = null, failures = 0, failing_since = null, last_error = null, last_read_at = clock_timestamp()
      where mailbox = $1 and lease_token = $2`,
    values: [mailbox, token, afterSeconds],
  };
}

/** A visit failed: the next is twice as far as the last, between the two bounds (seconds). */
export function mailboxFailed(mailbox: string, token: string, error: string, bounds: readonly [number, number]): Sql {
  return {
    text: `
      update mailbox_reads set lease_token = null, lease_until = null, failures = failures + 1, last_error = $3,
        failing_since = coalesce(failing_since, clock_timestamp()),
        next_at = clock_timestamp() + make_interval(secs => least($5, $4 * power(2, least(failures, 20))))
      where mailbox = $1 and lease_token = $2
      returning failures`,
    values: [mailbox, token, error, bounds[0], bounds[1]],
  };
}

/** Gives the lease back; nothing is known of the server. */
export function leaveMailbox(mailbox: string, token: string): Sql {
  return {
    text: `update mailbox_reads set lease_token = null, lease_until = null where mailbox = $1 and lease_token = $2`,
    values: [mailbox, token],
  };
}

/** Counts a mail, in the transaction of its effect where it has one. */
export function countMail(mailbox: string, as: 'processed' | 'failed'): Sql {
  return { text: `update mailbox_reads set ${as} = ${as} + 1 where mailbox = $1`, values: [mailbox] };
}
