import { type Sql } from '../../platform/database/database';
import { type TimelineKind } from '../profiles.types';

/** Where a page of the timeline begins: behind this item. */
export interface TimelinePlace {
  at: Date;
  key: string;
}

export interface TimelineRow {
  at: Date;
  kind: TimelineKind;
  /** Orders items of one instant and makes the place of each unique. */
  key: string;
  item: Record<string, unknown>;
}

interface Source {
  kind: TimelineKind;
  /** What of one instant came first stands lower. */
  rank: number;
  from: string;
  at: string;
  /** Text, ascending in the order of happening. */
  id: string;
  item: string;
}

/** Events that we derive stand on the timeline as what they are derived from. */
const DERIVED = `('order.counted', 'segment.entered', 'segment.left', 'consent.subscribed', 'survey.answered',
  'survey.changed', 'tier.changed', 'referral.rewarded', 'preferences.saved')`;

const SOURCES: readonly Source[] = [
  {
    kind: 'event',
    rank: 1,
    from: `customer_events s where s.customer_id = $1 and s.type not in ${DERIVED}`,
    at: 's.occurred_at',
    id: 's.id::text',
    item: `jsonb_build_object('id', s.id, 'type', s.type, 'properties', s.properties, 'recordedAt', s.recorded_at)`,
  },
  {
    kind: 'order',
    rank: 2,
    from: `orders s where s.customer_id = $1`,
    at: 's.placed_at',
    id: 's.id::text',
    item: `jsonb_build_object('id', s.id, 'externalId', s.external_id, 'status', s.status, 'origin', s.origin,
      'counting', s.counting, 'currency', s.currency, 'totalMinor', s.total_minor)`,
  },
  {
    kind: 'refund',
    rank: 3,
    from: `refunds s join orders o on o.id = s.order_id where o.customer_id = $1`,
    at: 's.at',
    id: 's.id::text',
    item: `jsonb_build_object('id', s.id, 'orderId', o.id, 'orderExternalId', o.external_id, 'currency', o.currency,
      'amountMinor', s.amount_minor)`,
  },
  {
    kind: 'consent',
    rank: 4,
    // A late event restates what held; the same statement is shown once.
    from: `customer_history s where s.customer_id = $1 and (s.field = 'consent' or s.field like 'wishes.%') and not exists (
      select 1 from customer_history e where e.customer_id = s.customer_id and e.field = s.field and e.at = s.at
        and e.event_id is not distinct from s.event_id and e.id < s.id)`,
    at: 's.at',
    id: `lpad(s.id::text, 20, '0')`,
    item: `case when s.field <> 'consent' then jsonb_build_object('by', 'person', 'wish', substr(s.field, 8), 'value', s.value)
      else jsonb_strip_nulls(jsonb_build_object('status', s.value->'status', 'source', s.value->'source', 'by',
      coalesce(s.value->'by', '"shop"'), 'givenAt', s.value->'at', 'topics', s.value->'topics')) end`,
  },
  {
    kind: 'consent',
    rank: 5,
    from: `exit_answers s left join campaigns c on c.id = s.campaign_id where s.customer_id = $1`,
    at: 's.at',
    id: `'exit ' || s.id::text`,
    item: `jsonb_strip_nulls(jsonb_build_object('by', 'person', 'what', 'why_left', 'reason', s.reason, 'words', s.words,
      'messageId', s.message_id, 'campaign', c.key, 'step', s.step))`,
  },
  {
    kind: 'stage',
    rank: 5,
    from: `stage_transitions s where s.customer_id = $1`,
    at: 's.at',
    id: `lpad(s.id::text, 20, '0')`,
    item: `jsonb_build_object('from', s.from_stage, 'to', s.to_stage, 'cause', s.cause)`,
  },
  {
    kind: 'enrollment',
    rank: 6,
    from: `enrollments s join campaigns c on c.id = s.campaign_id where s.customer_id = $1`,
    at: 's.entered_at',
    id: `s.id::text || ' 1'`,
    item: `jsonb_build_object('id', s.id, 'what', 'entered', 'campaignId', s.campaign_id, 'campaign', c.key, 'arm', s.arm)`,
  },
  {
    kind: 'enrollment',
    rank: 6,
    from: `enrollments s join campaigns c on c.id = s.campaign_id where s.customer_id = $1 and s.ended_at is not null`,
    at: 's.ended_at',
    id: `s.id::text || ' 2'`,
    item: `jsonb_build_object('id', s.id, 'what', s.status, 'campaignId', s.campaign_id, 'campaign', c.key, 'arm', s.arm,
      'exitReason', s.exit_reason)`,
  },
  {
    kind: 'message',
    rank: 7,
    from: `messages s left join campaigns c on c.id = s.campaign_id where s.customer_id = $1 and s.origin <> 'test'`,
    at: 'coalesce(s.sent_at, s.due_at)',
    id: 's.id::text',
    item: `jsonb_build_object('id', s.id, 'campaignId', s.campaign_id, 'campaign', c.key, 'step', s.step, 'status',
      case s.status when 'claimed' then 'queued' else s.status end, 'reason', s.reason, 'subject', s.subject,
      'template', s.template_key)`,
  },
  {
    kind: 'hit',
    rank: 8,
    from: `hits s where s.customer_id = $1`,
    at: 's.at',
    id: 's.id::text',
    item: `jsonb_build_object('id', s.id, 'what', s.kind, 'messageId', s.message_id, 'url', s.url, 'machine', s.machine,
      'rule', s.rule)`,
  },
  {
    kind: 'bounce',
    rank: 8,
    from: `bounces s where s.customer_id = $1`,
    at: 's.at',
    id: `'bounce ' || s.id::text`,
    item: `jsonb_build_object('id', s.id, 'what', s.class, 'reason', s.reason, 'status', s.status, 'messageId', s.message_id,
      'source', s.source, 'proof', s.proof)`,
  },
  {
    kind: 'survey',
    rank: 9,
    from: `survey_responses s join surveys v on v.id = s.survey_id left join campaigns c on c.id = s.campaign_id
      where s.customer_id = $1`,
    at: 's.answered_at',
    id: 's.id::text',
    item: `jsonb_strip_nulls(jsonb_build_object('id', s.id, 'survey', v.key, 'what', s.kind, 'score', s.score, 'choice',
      s.choice, 'answers', s.answers, 'scale', s.scale, 'comment', s.comment, 'followUpAnswer', s.follow_up_answer,
      'messageId', s.message_id, 'campaign', c.key, 'step', s.step, 'changedAt',
      case when s.updated_at > s.answered_at then s.updated_at end))`,
  },
  {
    kind: 'points',
    rank: 4,
    from: `point_entries s where s.customer_id = $1`,
    at: 's.at',
    id: 's.id::text',
    item: `jsonb_build_object('id', s.id, 'what', s.kind, 'delta', s.delta, 'reference', s.reference, 'note', s.note)`,
  },
  {
    kind: 'tier',
    rank: 5,
    from: `customer_tiers s where s.customer_id = $1`,
    at: 's.at',
    id: `lpad(s.id::text, 20, '0')`,
    item: `jsonb_build_object('from', s.from_tier, 'to', s.to_tier, 'cause', s.cause)`,
  },
  {
    kind: 'referral',
    rank: 4,
    from: `referrals s where (s.customer_id = $1 or s.referrer_id = $1)`,
    at: 's.at',
    id: 's.id::text',
    item: `jsonb_build_object('id', s.id, 'role', case when s.customer_id = $1 then 'referred' else 'referrer' end,
      'code', s.code, 'status', s.status, 'reason', s.reason)`,
  },
  {
    kind: 'coupon',
    rank: 9,
    from: `coupons s join coupon_pools p on p.id = s.pool_id where s.customer_id = $1`,
    at: 's.allocated_at',
    id: `s.id::text || ' 1'`,
    item: `jsonb_build_object('id', s.id, 'what', 'given', 'pool', p.key, 'code', s.code, 'messageId', s.message_id,
      'expiresAt', s.expires_at)`,
  },
  {
    kind: 'coupon',
    rank: 9,
    from: `coupons s join coupon_pools p on p.id = s.pool_id where s.redeemed_at is not null
      and s.id in (select id from coupons where customer_id = $1 union select id from coupons where redeemed_by = $1)`,
    at: 's.redeemed_at',
    id: `s.id::text || ' 2'`,
    item: `jsonb_build_object('id', s.id, 'what', 'redeemed', 'pool', p.key, 'code', s.code, 'orderId', s.redeemed_order_id,
      'givenTo', s.customer_id, 'redeemedBy', s.redeemed_by)`,
  },
];

/**
 * One page of what happened to a customer, newest first. Each source gives its newest `limit` behind the place by its
 * own index on (customer, time); the union of these few is sorted.
 */
export function timelinePage(customerId: string, after: TimelinePlace | null, limit: number): Sql {
  const parts = SOURCES.map(({ kind, rank, from, at, id, item }) => {
    const key = `('${rank} ' || ${id}) collate "C"`;
    return `(select ${at} as at, '${kind}' as kind, ${key} as key, ${item} as item from ${from}
      and ($2::timestamptz is null or ${at} < $2 or (${at} = $2 and ${key} < $3::text))
      order by 1 desc, 3 desc limit $4)`;
  });
  return {
    text: `select at, kind, key, item from (${parts.join(' union all ')}) u order by at desc, key desc limit $4`,
    values: [customerId, after?.at ?? null, after?.key ?? null, limit],
  };
}
