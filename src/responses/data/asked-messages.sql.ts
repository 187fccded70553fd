import { type Sql } from '../../platform/database/database';
import { type Answer } from '../responses.types';

/** A mail that asked something, the person whom it asked, and what the person has answered so far. */
export interface AskedMessageRow {
  messageId: string;
  origin: 'enrollment' | 'test' | 'seed';
  surveyId: string;
  surveyVersion: number;
  /** When it went out, as far as that is known; else when it was due. */
  mailAt: Date;
  messageLocale: string | null;
  /** Null for a test, and when the person was erased. */
  customerId: string | null;
  locale: string | null;
  timezone: string | null;
  enrollmentId: string | null;
  campaignId: string | null;
  step: string;
  orderId: string | null;
  /** Nobody knows whether it arrived. */
  isUncertain: boolean;
  response: StoredAnswer | null;
}

/** An answer as it is stored. Instants are text: it comes as JSON. */
export interface StoredAnswer extends Answer {
  id: string;
  followUpAnswer: string | null;
  locale: string;
  answeredAt: string;
}

/** A mail that was handed over and asked something; no row for any other. Two look-ups by key. */
export function askedMessage(messageId: string): Sql {
  return {
    name: 'responses.asked-message',
    text: `
      select m.id as "messageId", m.origin, m.survey_id as "surveyId", m.survey_version as "surveyVersion",
        coalesce(m.sent_at, m.sending_at, m.due_at) as "mailAt", m.locale as "messageLocale",
        c.id as "customerId", c.locale, c.timezone, m.enrollment_id as "enrollmentId", m.campaign_id as "campaignId",
        m.step, m.trigger_order_id as "orderId", m.status = 'uncertain' as "isUncertain",
        case when r.id is not null then jsonb_build_object('id', r.id, 'score', r.score, 'choice', r.choice,
          'answers', r.answers, 'comment', r.comment, 'followUpAnswer', r.follow_up_answer, 'locale', r.locale,
          'answeredAt', r.answered_at) end as response
      from messages m
      left join customers c on c.id = m.customer_id and c.erased_at is null
      left join survey_responses r on r.message_id = m.id
      where m.id = $1 and m.survey_id is not null and m.origin in ('enrollment', 'test', 'seed')
        and m.status in ('sending', 'sent', 'bounced', 'uncertain')`,
    values: [messageId],
  };
}

/** Holds the person against erasure and merges until the transaction ends. No row: the person is gone. */
export function holdCustomer(customerId: string): Sql {
  return { text: 'select 1 from customers where id = $1 and erased_at is null for share', values: [customerId] };
}
