import { plainArray, textArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';

/** Whether anything waits to be fanned out. */
export const ANY_CAPTURED = 'select exists (select from webhook_outbox) as waiting';

/** All endpoints, held so that none is switched off or removed until this is over; tries may be recorded. */
export const HOLD_ENDPOINTS = 'select id, events, enabled from webhook_endpoints order by id for share';

/**
 * Takes captured facts out of the outbox, oldest first, with what the database knows of what they name. What another
 * process holds is skipped. Plan: webhook_outbox_pkey, then primary keys.
 */
export function takeCaptured(limit: number): Sql {
  return {
    text: `with due as materialized (
        select seq from webhook_outbox order by seq limit $1 for update skip locked),
      taken as (
        delete from webhook_outbox o using due where o.seq = due.seq
        returning o.*, (o.data ->> 'messageId')::uuid as message_id,
          case o.type when 'order.counted' then (o.data ->> 'reference')::uuid end as order_id)
      select t.id, t.type, t.customer_id as "customerId", t.at, t.data, c.external_id as "externalId",
        coalesce((t.data ->> 'campaignId')::uuid, m.campaign_id) as "campaignId", k.key as campaign,
        coalesce((t.data ->> 'enrollmentId')::uuid, m.enrollment_id) as "enrollmentId", m.step,
        m.template_key as template, o.total_minor as "totalMinor", o.currency
      from taken t
      left join customers c on c.id = t.customer_id
      left join messages m on m.id = t.message_id
      left join campaigns k on k.id = coalesce((t.data ->> 'campaignId')::uuid, m.campaign_id)
      left join orders o on o.id = t.order_id
      order by t.seq`,
    values: [limit],
  };
}

export interface EventRow {
  id: string;
  type: string;
  customerId: string | null;
  body: string;
}

/** Keeps what is told. */
export function insertEvents(rows: readonly EventRow[], now: Date): Sql {
  return {
    text: `insert into webhook_events (id, type, customer_id, body, created_at)
      select u.id, u.type, u.customer_id, u.body, $5
      from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[]) as u (id, type, customer_id, body)`,
    values: [
      plainArray(rows.map((row) => row.id)),
      plainArray(rows.map((row) => row.type)),
      plainArray(rows.map((row) => row.customerId)),
      textArray(rows.map((row) => row.body)),
      now,
    ],
  };
}

export interface NewDelivery {
  id: string;
  endpointId: string;
  eventId: string;
  type: string;
  status: 'queued' | 'missed';
}

/** One row per event and endpoint that wants it. */
export function insertDeliveries(rows: readonly NewDelivery[], now: Date): Sql {
  return {
    text: `insert into webhook_deliveries (id, endpoint_id, event_id, type, status, created_at, next_try_at, finished_at)
      select u.id, u.endpoint_id, u.event_id, u.type, u.status, $6, case u.status when 'queued' then $6::timestamptz end,
        case u.status when 'missed' then $6::timestamptz end
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[])
        as u (id, endpoint_id, event_id, type, status)`,
    values: [
      plainArray(rows.map((row) => row.id)),
      plainArray(rows.map((row) => row.endpointId)),
      plainArray(rows.map((row) => row.eventId)),
      plainArray(rows.map((row) => row.type)),
      plainArray(rows.map((row) => row.status)),
      now,
    ],
  };
}

/** Removes what is older, a batch at a time; the log of an endpoint that is gone goes with it. */
export function pruneDeliveries(before: Date, limit: number): Sql {
  return {
    text: `delete from webhook_deliveries where id in (
        select id from webhook_deliveries where created_at < $1 order by created_at limit $2)`,
    values: [before, limit],
  };
}

export function pruneEvents(before: Date, limit: number): Sql {
  return {
    text: `delete from webhook_events where id in (
        select id from webhook_events where created_at < $1 order by created_at limit $2)`,
    values: [before, limit],
  };
}
