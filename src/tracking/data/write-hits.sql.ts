import { markMessages } from '../../messages/mark-messages.sql-fragments';
import { instantArray, plainArray, textArray } from '../../platform/database/array-literal';
import { type Sql } from '../../platform/database/database';
import { queueTouchesSql } from '../../segments/segment-touch-sql';
import { type Hit } from '../tracking.types';
import { hiddenLinkSql, QUEUE_REVIEWS } from './judge-hits.sql';

/** What the statement says to one hit. */
export interface WrittenHit {
  id: string;
  customerId: string | null;
  url: string | null;
  utm: { source: string; medium: string; campaign: string } | null;
}

/**
 * Writes a batch of hits, marks their messages, and returns what the ledger knows of them; a hit without a message, or on
 * a link that the message does not have, is neither written nor returned. One statement and so one trip and one commit,
 * whatever the size: three index look-ups and one insert a hit. A hit that is already there (replayed after an outage) is
 * left alone, and returned. Mails with clicks are queued to be judged once more.
 *
 * @param shop where the hidden link of mails leads
 */
export function writeHits(hits: readonly Hit[], shop: string): Sql {
  return {
    name: 'tracking.write-hits',
    text: `with given as (
        select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::timestamptz[], $6::boolean[], $7::text[],
          $8::int[], $9::text[], $10::text[])
          as g (id, message_id, kind, link_index, at, machine, rule, rule_version, user_agent, method)
      ), known as materialized (
        select g.*, m.customer_id, m.utm, coalesce(c.links[g.link_index + 1], ${hiddenLinkSql('g', '$11')}) as url
        from given g
        join messages m on m.id = g.message_id
        left join message_contents c on g.kind = 'click' and c.message_id = g.message_id
        where g.kind <> 'click' or c.links[g.link_index + 1] is not null or ${hiddenLinkSql('g', '$11')} is not null
      ), written as (
        insert into hits (id, message_id, customer_id, kind, link_index, url, at, machine, rule, rule_version, user_agent,
          method)
        select id, message_id, customer_id, kind, link_index, url, at, machine, rule, rule_version, user_agent, method
        from known
        on conflict (id) do nothing
      ), marked as (${markMessages('known')}),
      reviewed as (${QUEUE_REVIEWS}),
      touched as (${queueTouchesSql('known', 'engagement', 'at')})
      select id, customer_id as "customerId", url, utm from known`,
    values: [
      plainArray(hits.map((hit) => hit.id)),
      plainArray(hits.map((hit) => hit.messageId)),
      plainArray(hits.map((hit) => hit.kind)),
      plainArray(hits.map((hit) => hit.linkIndex)),
      instantArray(hits.map((hit) => hit.at)),
      plainArray(hits.map((hit) => hit.machine)),
      plainArray(hits.map((hit) => hit.rule)),
      plainArray(hits.map((hit) => hit.ruleVersion)),
      textArray(hits.map((hit) => hit.userAgent)),
      plainArray(hits.map((hit) => hit.method)),
      shop,
    ],
  };
}
