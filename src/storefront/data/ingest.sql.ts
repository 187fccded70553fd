import { jsonArray, plainArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';
import { type SourceKind } from '../domain/source-kind';

/** A stored delivery that waits to be worked off. */
export interface StoredDelivery {
  id: string;
  sourceId: string | null;
  source: string;
  kind: SourceKind;
  channel: 'webhook' | 'bulk';
  deliveryId: string;
  type: string;
  receivedAt: Date;
  /** By which they are ordered, to the microsecond. */
  versionAt: string;
  headers: Record<string, string>;
  body: string;
}

/** What became of one. */
export interface WorkedOff {
  id: string;
  status: 'processed' | 'ignored' | 'failed';
  errors: ReadonlyArray<{ path: string; message: string }>;
  customerId: string | null;
  /** The person was erased: nothing of the raw delivery may be kept. */
  erased: boolean;
}

/** What is left of a raw delivery once the person it names is erased. */
export const REDACTED_BODY = '{}';

/**
 * One process works deliveries off at a time: they are in one order then, and no two batches race for a customer. What
 * it costs is nothing, since identities are decided one batch at a time anyway.
 */
export const TRY_LOCK_INGEST = `select pg_try_advisory_xact_lock(hashtextextended('ritorno.storefront.ingest', 0)) as locked`;

/** The next `limit` deliveries that wait, by their versions, behind one of them; read off the partial index on them. */
export function nextDeliveries(
  limit: number,
  after: Pick<StoredDelivery, 'versionAt' | 'deliveryId' | 'id'> | null,
): Sql {
  const values = after ? [limit, after.versionAt, after.deliveryId, after.id] : [limit];
  return {
    text: `
      select id, source_id as "sourceId", source, kind, channel, delivery_id as "deliveryId", type,
        received_at as "receivedAt", version_at::text as "versionAt", headers, body
      from deliveries
      where status = 'stored'
        ${after ? `and (version_at, delivery_id collate "C", id) > ($2::timestamptz, $3::text collate "C", $4::uuid)` : ''}
      order by version_at, delivery_id collate "C", id limit $1`,
    values,
  };
}

export const NEXT_STORED = `
  select received_at as "receivedAt" from deliveries where status = 'stored'
  order by version_at, delivery_id collate "C", id limit 1`;

/** Writes what became of a batch. */
export function markDeliveries(done: readonly WorkedOff[], at: Date): Sql {
  return {
    text: `
      update deliveries d set status = r.status, errors = r.errors::jsonb, customer_id = r.customer_id,
        body = case when r.erased then '${REDACTED_BODY}' else d.body end, attempts = d.attempts + 1, processed_at = $6
      from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::boolean[])
        as r (id, status, errors, customer_id, erased)
      where d.id = r.id`,
    values: [
      plainArray(done.map((one) => one.id)),
      plainArray(done.map((one) => one.status)),
      jsonArray(done.map((one) => one.errors)),
      plainArray(done.map((one) => one.customerId)),
      plainArray(done.map((one) => one.erased)),
      at,
    ],
  };
}

/** Notes on which days sources delivered; one row a source and day. */
export function noteSourceDays(
  days: ReadonlyArray<{ sourceId: string; source: string; day: string; count: number; lastAt: Date }>,
): Sql {
  return {
    text: `
      insert into source_days as s (source_id, day, source, deliveries, last_at)
      select * from unnest($1::uuid[], $2::date[], $3::text[], $4::int[], $5::timestamptz[])
      on conflict (source_id, day) do update
        set deliveries = s.deliveries + excluded.deliveries, last_at = greatest(s.last_at, excluded.last_at)`,
    values: [
      days.map((one) => one.sourceId),
      days.map((one) => one.day),
      days.map((one) => one.source),
      days.map((one) => one.count),
      days.map((one) => one.lastAt),
    ],
  };
}

/** All refunds of orders that are known, for the customers' log. */
export function refundsOfOrders(orderIds: readonly string[]): Sql {
  return {
    text: `
      select r.event_key as "eventKey", o.id as "orderId", o.external_id as "externalId", o.customer_id as "customerId",
        r.amount::text as amount, r.at
      from refunds r join orders o on o.id = r.order_id
      where r.order_id = any($1::uuid[]) and o.customer_id is not null and not o.silent`,
    values: [orderIds],
  };
}
