import { type Sql } from '../../platform/database/database';

/** The message that a notice is about, locked so that two notices about it take turns. */
export interface BouncedMessage {
  id: string;
  customerId: string | null;
  recipient: string | null;
  messageIdHeader: string | null;
  status: string;
}

/** In the order of their ids, as all who mark messages take them. */
export function bouncedMessages(ids: readonly string[]): Sql {
  return {
    text: `select id, customer_id as "customerId", recipient, message_id_header as "messageIdHeader", status
           from messages where id = any($1::uuid[]) order by id for update`,
    values: [ids],
  };
}

/** A row of `bounces`. */
export interface BounceRow {
  id: string;
  messageId: string | null;
  customerId: string | null;
  addressHash: Buffer;
  class: string;
  reason: string | null;
  status: string | null;
  said: string | null;
  source: string;
  proof: string;
  eventKey: string | null;
  at: Date;
}

/** Writes what is new and returns the ids of that; what was told before stays as it was. */
export function insertBounces(rows: readonly BounceRow[], now: Date): Sql {
  return {
    text: `
      insert into bounces (id, message_id, customer_id, address_hash, class, reason, status, said, source, proof,
        event_key, at, recorded_at)
      select id, message_id, customer_id, address_hash, class, reason, status, said, source, proof, event_key, at, $13
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::text[], $12::timestamptz[])
        as b (id, message_id, customer_id, address_hash, class, reason, status, said, source, proof, event_key, at)
      on conflict do nothing
      returning id`,
    values: [
      rows.map((row) => row.id),
      rows.map((row) => row.messageId),
      rows.map((row) => row.customerId),
      rows.map((row) => row.addressHash),
      rows.map((row) => row.class),
      rows.map((row) => row.reason),
      rows.map((row) => row.status),
      rows.map((row) => row.said),
      rows.map((row) => row.source),
      rows.map((row) => row.proof),
      rows.map((row) => row.eventKey),
      rows.map((row) => row.at),
      now,
    ],
  };
}

/**
 * What became of the mails to an address around a time, since it was last let off the list. Read by the customer, whose
 * mails are few; notices that nobody has signed do not count.
 */
export function triesOf(customerId: string, address: string, hash: Buffer, around: Date): Sql {
  return {
    text: `
      select coalesce(m.sent_at, m.sending_at, m.due_at) as at,
        case
          when b.classes && '{hard,message_fault,sender_fault,complaint}'::text[] then 'unknown'
          when 'soft' = any(b.classes) then 'soft'
          when m.status = 'sent' then 'arrived'
          else 'unknown'
        end as outcome
      from messages m
      left join lateral (
        select array_agg(class) as classes from bounces where message_id = m.id and proof <> 'message_id'
      ) b on true
      where m.customer_id = $1 and m.recipient = $2 and m.status in ('sent', 'bounced', 'failed', 'uncertain')
        and coalesce(m.sent_at, m.sending_at, m.due_at)
          between $4::timestamptz - interval '15 days' and $4::timestamptz + interval '15 days'
        and coalesce(m.sent_at, m.sending_at, m.due_at)
          > coalesce((select max(lifted_at) from lifted_suppressions where address_hash = $3 and scope = 'all'), '-infinity')`,
    values: [customerId, address, hash, around],
  };
}

/** Filters of the list of bounces. */
export interface BounceFilter {
  messageId?: string | undefined;
  customerId?: string | undefined;
  class?: string | undefined;
}

/** A page of what came back, newest first. */
export function listBounces(filter: BounceFilter, after: { at: Date | null; id: string | null }, limit: number): Sql {
  return {
    text: `
      select id, message_id as "messageId", customer_id as "customerId", class, reason, status, said, source, proof, at,
        recorded_at as "recordedAt"
      from bounces
      where ($1::uuid is null or message_id = $1) and ($2::uuid is null or customer_id = $2)
        and ($3::text is null or class = $3)
        and ($4::timestamptz is null or (recorded_at, id) < ($4::timestamptz, $5::uuid))
      order by recorded_at desc, id desc limit $6`,
    values: [filter.messageId ?? null, filter.customerId ?? null, filter.class ?? null, after.at, after.id, limit],
  };
}
