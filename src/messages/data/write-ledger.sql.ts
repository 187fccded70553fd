import { topicOnSql } from '../../customers/customer.sql-fragments';
import { TRACKING_TOPICS } from '../../customers/wishes';
import { type Reason } from '../../kernel/reasons';
import { releaseCouponsSql } from '../../incentives/coupon-sql';
import { type Sql } from '../../platform/database/database';
import { queueTouchesSql } from '../../segments/segment-touch-sql';
import { MESSAGE_TRANSITIONS, type MessageStatus } from '../domain/message-states';
import { refusalSql, SENDING_PAUSED } from './may-send.sql-fragments';
import { senderPausedSql } from './sending-domains.sql';

/** A message that stands after the server's 354 and asks whether it may go. */
export interface GateRequest {
  id: string;
  token: string;
  subject: string;
}

/** The codes of mails that this statement ends unsent. */
const GIVEN_BACK = `unsent as (
        select id, coupon_id, sending_at is not null as on_wire from settled
        where status in ('failed', 'skipped') and coupon_id is not null
        union all select id, coupon_id, sending_at is not null from passed
        where status = 'skipped' and coupon_id is not null
      ), ${releaseCouponsSql('unsent', '$9::timestamptz')}`;

/** What became of a claimed message. */
export interface LedgerEntry {
  id: string;
  token: string;
  status: MessageStatus;
  reason: Reason | null;
  nextTryAt: Date | null;
  attempts: number;
  losses: number;
  reply: string | null;
}

/** Answer of {@link writeLedger}: the new status of each message that was written; the others were no longer ours. */
export interface WrittenRow {
  id: string;
  /** The claim under which it was written: a worker that slept through its lease may hold the same message twice. */
  token: string;
  status: MessageStatus;
  reason: Reason | null;
}

const LONGEST_REPLY = 500;
const ALLOWED = Object.entries(MESSAGE_TRANSITIONS).flatMap(([from, events]) =>
  Object.values(events).map((to) => [from, to] as const),
);

/**
 * One statement for all gates that wait and all outcomes that are known at the moment: at 10 connections about 7 messages
 * a commit. Outcomes stand in the same statement as gates so that a connection's last outcome is durable before its next
 * mail passes the gate: a crash leaves at most one uncertain message a connection.
 *
 * The gate re-checks lease token, global stop, campaign, erasure, suppression and consent as they are committed now, and
 * sets `sending`; what may not go is skipped with the reason, or waits where only a pause stands against it. Mails that end
 * unsent give their coupons back in the same statement. Every write
 * carries the token: what another worker has taken over in the meantime is not touched.
 *
 * Two things keep it at 3.5 ms for 5 mails. The status is judged in the select list: as a condition it would let the
 * planner read the whole index of leased rows, dead entries included, instead of a few keys. And the arrays are wrapped
 * in sub-selects: the planner would count their elements, find a plan made for so few cheaper than the prepared one, and
 * plan anew each time, which takes as long as the work itself.
 */
export function writeLedger(now: Date, gates: readonly GateRequest[], entries: readonly LedgerEntry[]): Sql {
  return {
    name: 'messages.write-ledger',
    text: `
      with entry as (
        select * from unnest((select $1::uuid[]), (select $2::uuid[]), (select $3::text[]), (select $4::text[]),
          (select $5::timestamptz[]), (select $6::int[]), (select $7::int[]), (select $8::text[]))
          as e (id, token, status, reason, next_try_at, attempts, losses, reply)
      ), settled as (
        update messages m set status = e.status, reason = e.reason, next_try_at = e.next_try_at, attempts = e.attempts,
          losses = e.losses, last_reply = coalesce(e.reply, m.last_reply), claim_token = null, lease_until = null,
          lane = case when e.status <> 'queued' then m.lane end,
          sent_at = case when e.status = 'sent' then $9::timestamptz else m.sent_at end
        from entry e
        where m.id = e.id and m.claim_token = e.token
          and (m.status, e.status) in (select * from unnest((select $10::text[]), (select $11::text[])))
        returning m.id, e.token, m.status, m.reason, m.customer_id, m.sending_at, m.coupon_id
      ), judged as materialized (
        select m.id, m.origin_id, g.token, g.subject, ${refusalSql('m', 'c', 'k', `${SENDING_PAUSED} or ${senderPausedSql('m', '$9')}`, '$9::timestamptz')} as refusal,
          m.claim_token = g.token and m.status = 'claimed' and m.lease_until > clock_timestamp() as ours
        from unnest((select $12::uuid[]), (select $13::uuid[]), (select $14::text[])) as g (id, token, subject)
        join messages m on m.id = g.id
        left join customers c on c.id = m.customer_id
        left join campaigns k on k.id = m.campaign_id
      ), passed as (
        update messages m set
          status = case when j.refusal is null then 'sending'
            when j.refusal in ('sending_paused', 'campaign_paused') then 'queued' else 'skipped' end,
          reason = case when j.refusal not in ('sending_paused', 'campaign_paused') then j.refusal end,
          next_try_at = case when j.refusal = 'sending_paused' then $9::timestamptz end,
          sending_at = case when j.refusal is null then $9::timestamptz else m.sending_at end,
          subject = j.subject,
          lane = case when j.refusal is null then m.lane end,
          claim_token = case when j.refusal is null then m.claim_token end,
          lease_until = case when j.refusal is null then m.lease_until end
        from judged j
        where j.ours and m.id = j.id and m.origin_id = j.origin_id and m.claim_token = j.token
        returning m.id, j.token, m.status, m.reason, m.sending_at, m.coupon_id
      ), ${GIVEN_BACK}, sent as (
        select customer_id from settled where status = 'sent'
      ), touched as (${queueTouchesSql('sent', 'engagement', '$9::timestamptz')})
      select id, token, status, reason from settled union all select id, token, status, reason from passed`,
    values: [
      entries.map((entry) => entry.id),
      entries.map((entry) => entry.token),
      entries.map((entry) => entry.status),
      entries.map((entry) => entry.reason),
      entries.map((entry) => entry.nextTryAt),
      entries.map((entry) => entry.attempts),
      entries.map((entry) => entry.losses),
      // A NUL, which no text in Postgres can hold, would keep all outcomes of the statement from being written, for ever.
      entries.map((entry) => entry.reply?.slice(0, LONGEST_REPLY).replaceAll('\0', '\ufffd') ?? null),
      now,
      ALLOWED.map(([from]) => from),
      ALLOWED.map(([, to]) => to),
      gates.map((gate) => gate.id),
      gates.map((gate) => gate.token),
      gates.map((gate) => gate.subject),
    ],
  };
}

/** Stores what mails are made of, before any of them can be sent; what is stored already stays. */
export function storeContents(
  contents: ReadonlyArray<{ id: string; variables: object; links: readonly string[] }>,
): Sql {
  return {
    name: 'messages.store-contents',
    text: `
      insert into message_contents (message_id, variables, links)
      select c.id, c.variables, array(select jsonb_array_elements_text(c.links))
      from unnest($1::uuid[], $2::jsonb[], $3::jsonb[]) as c (id, variables, links)
      on conflict (message_id) do nothing`,
    values: [
      contents.map((content) => content.id),
      contents.map((content) => JSON.stringify(content.variables)),
      contents.map((content) => JSON.stringify(content.links)),
    ],
  };
}

/** The contents of messages that were tried before. */
export function loadContents(ids: readonly string[]): Sql {
  return {
    text: 'select message_id as id, variables, links from message_contents where message_id = any($1::uuid[])',
    values: [ids],
  };
}

/** What the view in the browser is made of. */
export function contentsToShow(id: string): Sql {
  return {
    text: `select m.template_id as "templateId", m.template_version as version, m.locale, c.variables, m.utm,
             m.origin = 'test' or ${topicOnSql('p', `'${TRACKING_TOPICS.clicks}'`)} as "trackClicks"
           from messages m join message_contents c on c.message_id = m.id
           left join customers p on p.id = m.customer_id where m.id = $1`,
    values: [id],
  };
}
