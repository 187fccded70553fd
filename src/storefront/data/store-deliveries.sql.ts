import { instantArray, jsonArray, plainArray, textArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';
import { DUE_CHANNEL } from '../../platform/jobs/notify';
import { type SourceKind } from '../domain/source-kind';

/** A delivery as it came. */
export interface RawDelivery {
  id: string;
  /** The source's id, or {@link BULK_SCOPE}: within it an identity stands for one delivery for ever. */
  scope: string;
  source: string;
  kind: SourceKind;
  channel: 'webhook' | 'bulk';
  deliveryId: string;
  /** What makes it one and the same within the scope: the delivery id, or finer. */
  identity: string;
  type: string;
  receivedAt: Date;
  /** By which the waiting ones are ordered. */
  versionAt: Date;
  headers: Record<string, string>;
  body: string;
}

/** The due work that works deliveries off. */
export const INGEST_WORK = 'storefront.ingest';

/** Scope of what came by the bulk door. */
export const BULK_SCOPE = '00000000-0000-0000-0000-000000000000';

/**
 * Stores deliveries that were not there before and tells which; repeats, also within the batch, are left out by the
 * narrow table of ids in the same statement. One statement, so one commit, for all webhooks that arrived together:
 * a commit each would cap the door at what the disk syncs a second. Wakes the ingest when anything was stored.
 *
 * Callers sort by (scope, identity): two statements that insert the same ids in different orders would deadlock.
 */
export function storeDeliveries(rows: readonly RawDelivery[]): Sql {
  return {
    text: `
      with input as (
        select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
          $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::timestamptz[])
          as i (id, scope, source, kind, channel, delivery_id, type, received_at, headers, body, identity, version_at)
      ), fresh as (
        insert into delivery_ids (scope, delivery_id, id) select scope, identity, id from input
        on conflict (scope, delivery_id) do nothing returning id
      ), stored as (
        insert into deliveries (id, source_id, source, kind, channel, delivery_id, type, received_at,
          headers, body, version_at)
        select i.id, nullif(i.scope, '${BULK_SCOPE}'), i.source, i.kind, i.channel, i.delivery_id, i.type, i.received_at,
          i.headers::jsonb, i.body, i.version_at
        from input i join fresh f on f.id = i.id
        returning id
      )
      select id, (select pg_notify('${DUE_CHANNEL}', '${INGEST_WORK}'))::text as woken from stored`,
    values: [
      plainArray(rows.map((row) => row.id)),
      plainArray(rows.map((row) => row.scope)),
      textArray(rows.map((row) => row.source)),
      plainArray(rows.map((row) => row.kind)),
      plainArray(rows.map((row) => row.channel)),
      textArray(rows.map((row) => row.deliveryId)),
      textArray(rows.map((row) => row.type)),
      instantArray(rows.map((row) => row.receivedAt)),
      jsonArray(rows.map((row) => row.headers)),
      textArray(rows.map((row) => row.body)),
      textArray(rows.map((row) => row.identity)),
      instantArray(rows.map((row) => row.versionAt)),
    ],
  };
}

/** Under which ids deliveries were stored the first time. */
export function findDeliveryIds(scopes: readonly string[], identities: readonly string[]): Sql {
  return {
    text: `
      select d.scope, d.delivery_id as identity, d.id
      from unnest($1::uuid[], $2::text[]) as w (scope, delivery_id)
      join delivery_ids d on d.scope = w.scope and d.delivery_id = w.delivery_id`,
    values: [scopes, identities],
  };
}
