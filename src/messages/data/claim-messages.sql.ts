import { topicOnSql } from '../../customers/customer.sql-fragments';
import { TRACKING_TOPICS } from '../../customers/wishes';
import { type Reason } from '../../kernel/reasons';
import { type Sql } from '../../platform/database/database';
import { type MessageRecommend, type MessageSender, type MessageUtm, type Origin } from '../messages.types';
import { refusalSql, SENDING_PAUSED } from './may-send.sql-fragments';
import { isLimitedSql } from './pace.sql';
import { senderPausedSql } from './sending-domains.sql';

/** How long a claim is good without a heartbeat, by the database's clock. */
export const LEASE_SECONDS = 30;

/** A claimed message with what decides whether and how it is sent. */
export interface ClaimedRow {
  id: string;
  origin: Origin;
  campaignId: string | null;
  /** Whose data the mail shows: the recipient, or in a test whoever was asked for. */
  customerId: string | null;
  enrollmentId: string | null;
  step: string;
  basis: 'consent' | 'soft_opt_in' | 'transactional';
  /** Whether opens and clicks of this person may be recorded; a test shows the mail as it is for most. */
  trackOpens: boolean;
  trackClicks: boolean;
  /** What it is about: its list has its own name. */
  topic: string | null;
  templateId: string;
  templateVersion: number;
  locale: string | null;
  recipient: string;
  sender: MessageSender | null;
  utm: MessageUtm | null;
  recommend: MessageRecommend | null;
  /** What the mail asks, both null when it asks nothing. */
  surveyId: string | null;
  surveyVersion: number | null;
  /** The code that it carries. */
  couponId: string | null;
  messageIdHeader: string;
  /** The Date of the mail; the time of the first claim. */
  dateHeader: Date;
  /** Whether it was claimed before, so that its contents may be stored already. */
  again: boolean;
  /** When the engine let it go. */
  queuedAt: Date;
  expiresAt: Date;
  attempts: number;
  losses: number;
  triggerOrderId: string | null;
  triggerEventId: string | null;
  campaignKey: string | null;
  /** Whose limit it was claimed under: see `domain/lanes.ts`. */
  lane: string | null;
  /** The day for whose warm-up cap it has been counted. */
  countedOn: string | null;
  /** Why it must not go out as things stand; null when it may. */
  refusal: Reason | null;
}

const CANDIDATE = `m.id, m.origin_id, m.date_header,
          case when m.origin = 'enrollment'
            then (select c.email from customers c where c.id = m.customer_id) end as email`;

/**
 * Claims what is due at `now`, oldest first, under one token and lease. Rows that another worker holds are passed over.
 * The recipient is the customer's address of now. What the gate will ask is asked here already, so that it refuses rarely.
 * A partial index serves it (messages_due): 100 of 100,000 due in 2 ms. It claims nothing while anything limits the pace:
 * see {@link claimByLanes}.
 */
export function claimMessages(now: Date, token: string, limit: number): Sql {
  const due = `
        select ${CANDIDATE}
        from messages m
        where m.status in ('queued', 'deferred') and m.next_try_at <= $1 and m.lane is null
          and not ${SENDING_PAUSED} and not ${isLimitedSql('$1::timestamptz')}
        order by m.next_try_at limit $3 for update skip locked`;
  return { name: 'messages.claim', text: claimOf(due), values: [now, token, limit] };
}

/** {@link claimMessages} of named messages, and of so many from each of some lanes. */
export function claimByLanes(
  now: Date,
  token: string,
  free: ReadonlyArray<{ id: string; originId: string }>,
  lanes: ReadonlyMap<string, number>,
): Sql {
  const due = `
        select ${CANDIDATE}
        from unnest($3::uuid[], $4::uuid[]) as free (id, origin_id)
        join messages m on m.id = free.id and m.origin_id = free.origin_id
        where m.status in ('queued', 'deferred')
        union all
        select first.* from unnest($5::text[], $6::int[]) as allotted (lane, n) cross join lateral (
          select ${CANDIDATE}
          from messages m
          where m.status in ('queued', 'deferred') and m.next_try_at <= $1 and m.lane = allotted.lane
          order by m.next_try_at limit allotted.n for update skip locked
        ) first`;
  return {
    name: 'messages.claim-by-lanes',
    text: claimOf(due),
    values: [
      now,
      token,
      free.map((row) => row.id),
      free.map((row) => row.originId),
      [...lanes.keys()],
      [...lanes.values()],
    ],
  };
}

/** A claimed message is no longer its sender's lane's: the cap has counted it. It stays its destination's. */
function claimOf(due: string): string {
  return `
      with due as materialized (${due}
      ), claimed as (
        update messages m set status = 'claimed', claim_token = $2, next_try_at = null,
          lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}),
          date_header = coalesce(m.date_header, date_trunc('second', $1::timestamptz)),
          recipient = coalesce(due.email, m.recipient),
          lane = case when m.lane is not null then nullif('/' || split_part(m.lane, '/', 2), '/') end
        from due where m.id = due.id and m.origin_id = due.origin_id
        returning m.*, due.date_header is not null as again
      )
      select c.id, c.origin, c.campaign_id as "campaignId", coalesce(c.customer_id, c.shown_customer_id) as "customerId",
        c.enrollment_id as "enrollmentId",
        c.step, c.basis, c.topic, c.template_id as "templateId", c.template_version as "templateVersion", c.locale, c.recipient,
        c.sender, c.utm, c.recommend, c.survey_id as "surveyId", c.survey_version as "surveyVersion",
        c.coupon_id as "couponId", c.message_id_header as "messageIdHeader", c.date_header as "dateHeader", c.again,
        ${mayTrack('opens')} as "trackOpens", ${mayTrack('clicks')} as "trackClicks",
        c.queued_at as "queuedAt", c.expires_at as "expiresAt", c.attempts, c.losses, c.trigger_order_id as "triggerOrderId",
        c.trigger_event_id as "triggerEventId", k.key as "campaignKey", c.lane, c.counted_on::text as "countedOn",
        ${refusalSql('c', 'p', 'k', senderPausedSql('c', '$1'), '$1::timestamptz')} as refusal
      from claimed c
      left join customers p on p.id = c.customer_id
      left join campaigns k on k.id = c.campaign_id
      order by c.due_at, c.id`;
}

const mayTrack = (what: keyof typeof TRACKING_TOPICS): string =>
  `(c.origin = 'test' or ${topicOnSql('p', `'${TRACKING_TOPICS[what]}'`)})`;

/** Keeps the leases of a worker's messages. */
export function keepLeases(ids: readonly string[], tokens: readonly string[]): Sql {
  return {
    text: `
      update messages m set lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS})
      from unnest($1::uuid[], $2::uuid[]) as held (id, token)
      where m.id = held.id and m.claim_token = held.token and m.status in ('claimed', 'sending')`,
    values: [ids, tokens],
  };
}

/**
 * Takes from workers that are gone what they held: nothing was on the wire before the gate, nobody knows after it.
 * Returns how many became what.
 */
export function recoverLeases(now: Date): Sql {
  return {
    text: `
      with gone as materialized (
        select id, origin_id from messages
        where status in ('claimed', 'sending') and lease_until < clock_timestamp()
        order by lease_until limit 1000 for update skip locked
      )
      update messages m set
        status = case m.status when 'claimed' then 'queued' else 'uncertain' end,
        next_try_at = case m.status when 'claimed' then $1::timestamptz end,
        attempts = m.attempts + case m.status when 'sending' then 1 else 0 end,
        last_reply = case m.status when 'sending' then 'the sending process was lost after the gate' else m.last_reply end,
        claim_token = null, lease_until = null
      from gone where m.id = gone.id and m.origin_id = gone.origin_id
      returning m.id, m.status`,
    values: [now],
  };
}

/**
 * When the nearest message outside of lanes is due (`at`), null when none is: what is claimed or sending is due now, whoever
 * holds it; so are parked messages whose campaign runs again. While all mail is stopped only what is in flight counts.
 * `lanes`: whether any wait in lanes, which open by rules of their own.
 */
export function nearestDue(now: Date): Sql {
  return {
    name: 'messages.nearest-due',
    text: `
      select case
        when exists (select 1 from messages where status in ('claimed', 'sending')) then $1::timestamptz
        when ${SENDING_PAUSED} then null
        when ${releasable('parked')} then $1::timestamptz
        else (select next_try_at from messages where status in ('queued', 'deferred') and next_try_at is not null
              and lane is null order by next_try_at limit 1)
      end as at,
      not ${SENDING_PAUSED} and exists (select 1 from messages where status in ('queued', 'deferred')
        and next_try_at is not null and lane is not null) as lanes`,
    values: [now],
  };
}

/** Makes parked messages due whose campaign is no longer paused: sent when it runs, skipped when it was archived. */
export function unpark(now: Date): Sql {
  return {
    text: `
      with parked_rows as materialized (
        select m.id, m.origin_id from messages m join campaigns k on k.id = m.campaign_id
        where m.status in ('queued', 'deferred') and m.next_try_at is null and k.status <> 'paused'
        limit 1000 for update of m skip locked
      )
      update messages m set next_try_at = $1 from parked_rows p where m.id = p.id and m.origin_id = p.origin_id`,
    values: [now],
  };
}

/** One look per campaign that has parked messages, however many they are. */
function releasable(name: string): string {
  return `exists (
    with recursive ${name} as (
      (select campaign_id from messages where status in ('queued', 'deferred') and next_try_at is null
       order by campaign_id limit 1)
      union all
      select (select m.campaign_id from messages m where m.status in ('queued', 'deferred') and m.next_try_at is null
              and m.campaign_id > ${name}.campaign_id order by m.campaign_id limit 1)
      from ${name} where ${name}.campaign_id is not null
    )
    select 1 from ${name} join campaigns k on k.id = ${name}.campaign_id where k.status <> 'paused')`;
}
