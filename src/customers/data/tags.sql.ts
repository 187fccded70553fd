import { type Sql } from '../../platform/database/database';
import { type ChangedTags, type PresentTags } from '../domain/change-tags';

export type TaggedRow = PresentTags;

/** The tags of customers, locked in the order of their ids. */
export function lockTags(customerIds: readonly string[]): Sql {
  return {
    text: `select id, tags, versions ->> 'tags' as version from customers
      where id = any($1::uuid[]) and erased_at is null order by id for no key update`,
    values: [customerIds],
  };
}

/** Writes lists of tags and their history in one statement. JSON, because the lists are arrays in an array. */
export function saveTags(changed: readonly ChangedTags[], at: Date): Sql {
  return {
    text: `
      with changed as materialized (
        select * from jsonb_to_recordset($1::jsonb)
          as r (customer_id uuid, tags text[], version text, since timestamptz, source text)),
      history as (
        insert into customer_statements (customer_id, at, recorded_at, field, value, event_id)
        select customer_id, since, $2, 'tags', to_jsonb(tags), source from changed)
      update customers c set tags = r.tags, versions = c.versions || jsonb_build_object('tags', r.version), updated_at = $2
      from changed r where c.id = r.customer_id`,
    values: [
      JSON.stringify(
        changed.map((one) => ({
          customer_id: one.customerId,
          tags: one.tags,
          version: one.version,
          since: one.since,
          source: one.source,
        })),
      ),
      at,
    ],
  };
}
