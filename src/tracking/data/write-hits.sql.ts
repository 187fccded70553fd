import { type Sql } from '../../platform/database/database';
import { type Hit } from '../tracking.types';

/** What the statement says to one hit. */
export interface WrittenHit {
  id: string;
  customerId: string | null;
  url: string | null;
  utm: { source: string; medium: string; campaign: string } | null;
  /** False: the message already bears this mark, of an earlier time, and is known to have been sent. */
  news: boolean;
}

/**
 * Writes a batch of hits and returns what the ledger knows of their messages; a hit without a message, or on a link that
 * the message does not have, is neither written nor returned. One statement whatever the size: two index look-ups and
 * one insert a hit. A hit that is already there (replayed after an outage) is left alone, and returned.
 */
export function writeHits(hits: readonly Hit[]): Sql {
  return {
    text: `with given as (
        select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::timestamptz[], $6::boolean[], $7::text[],
          $8::int[], $9::text[], $10::text[])
          as g (id, message_id, kind, link_index, at, machine, rule, rule_version, user_agent, method)
      ), known as materialized (
        select g.*, m.customer_id, m.utm, c.links[g.link_index + 1] as url,
          m.status <> 'sent' or coalesce(g.at < case g.kind
            when 'open' then case when g.machine then m.machine_opened_at else m.opened_at end
            when 'click' then case when g.machine then m.machine_clicked_at else m.clicked_at end
            else m.unsubscribed_at end, true) as news
        from given g
        join messages m on m.id = g.message_id
        left join message_contents c on g.kind = 'click' and c.message_id = g.message_id
        where g.kind <> 'click' or c.links[g.link_index + 1] is not null
      ), written as (
        insert into hits (id, message_id, customer_id, kind, link_index, url, at, machine, rule, rule_version, user_agent,
          method)
        select id, message_id, customer_id, kind, link_index, url, at, machine, rule, rule_version, user_agent, method
        from known
        on conflict (id) do nothing
      )
      select id, customer_id as "customerId", url, utm, news from known`,
    values: [
      hits.map((hit) => hit.id),
      hits.map((hit) => hit.messageId),
      hits.map((hit) => hit.kind),
      hits.map((hit) => hit.linkIndex),
      hits.map((hit) => hit.at),
      hits.map((hit) => hit.machine),
      hits.map((hit) => hit.rule),
      hits.map((hit) => hit.ruleVersion),
      hits.map((hit) => hit.userAgent),
      hits.map((hit) => hit.method),
    ],
  };
}
