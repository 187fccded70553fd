import { type Sql } from '../../platform/database/database';
import { type Reason } from '../../kernel/reasons';
import { type MessageStatus } from '../domain/message-states';
import { type MessageRecommend, type MessageSender, type MessageUtm, type Origin } from '../messages.types';

/** A row to be entered into the ledger. */
export interface NewMessage {
  id: string;
  origin: Origin;
  originId: string;
  enrollmentId: string | null;
  campaignId: string | null;
  customerId: string | null;
  /** Whose data a test mail shows. */
  shownCustomerId?: string | null;
  step: string;
  status: Extract<MessageStatus, 'queued' | 'held_out' | 'skipped'>;
  reason: Reason | null;
  basis: 'consent' | 'soft_opt_in' | 'transactional';
  template: { id: string; version: number; key: string };
  locale: string | null;
  recipient: string | null;
  sender: MessageSender | null;
  utm: MessageUtm | null;
  recommend: MessageRecommend | null;
  dueAt: Date;
  expiresAt: Date;
  messageIdHeader: string | null;
  triggerOrderId: string | null;
  triggerEventId: string | null;
}

/**
 * Enters rows in one statement; a row that stands already under the same (origin, origin id, step) stays: no step is
 * mailed twice. Returns how many are new. 1,000 rows take about 25 ms.
 */
export function insertMessages(rows: readonly NewMessage[], now: Date): Sql {
  return {
    text: `
      insert into messages (id, origin, origin_id, enrollment_id, campaign_id, customer_id, step, status, reason, basis,
        template_id, template_version, template_key, locale, recipient, sender, utm, recommend, due_at, queued_at,
        next_try_at, expires_at, message_id_header, trigger_order_id, trigger_event_id, shown_customer_id)
      select u.id, u.origin, u.origin_id, u.enrollment_id, u.campaign_id, u.customer_id, u.step, u.status, u.reason, u.basis,
        u.template_id, u.template_version, u.template_key, u.locale, u.recipient, u.sender, u.utm, u.recommend, u.due_at,
        $22, case u.status when 'queued' then $22::timestamptz end, u.expires_at, u.message_id_header, u.trigger_order_id,
        u.trigger_event_id, u.shown_customer_id
      from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],
        $9::text[], $10::text[], $11::uuid[], $12::int[], $13::text[], $14::text[], $15::text[], $16::jsonb[],
        $17::jsonb[], $18::jsonb[], $19::timestamptz[], $20::timestamptz[], $21::text[], $23::uuid[], $24::uuid[], $25::uuid[])
        as u (id, origin, origin_id, enrollment_id, campaign_id, customer_id, step, status, reason, basis, template_id,
          template_version, template_key, locale, recipient, sender, utm, recommend, due_at, expires_at,
          message_id_header, trigger_order_id, trigger_event_id, shown_customer_id)
      on conflict (origin_id, origin, step) do nothing`,
    values: [
      rows.map((row) => row.id),
      rows.map((row) => row.origin),
      rows.map((row) => row.originId),
      rows.map((row) => row.enrollmentId),
      rows.map((row) => row.campaignId),
      rows.map((row) => row.customerId),
      rows.map((row) => row.step),
      rows.map((row) => row.status),
      rows.map((row) => row.reason),
      rows.map((row) => row.basis),
      rows.map((row) => row.template.id),
      rows.map((row) => row.template.version),
      rows.map((row) => row.template.key),
      rows.map((row) => row.locale),
      rows.map((row) => row.recipient),
      rows.map((row) => json(row.sender)),
      rows.map((row) => json(row.utm)),
      rows.map((row) => json(row.recommend)),
      rows.map((row) => row.dueAt),
      rows.map((row) => row.expiresAt),
      rows.map((row) => row.messageIdHeader),
      now,
      rows.map((row) => row.triggerOrderId),
      rows.map((row) => row.triggerEventId),
      rows.map((row) => row.shownCustomerId ?? null),
    ],
  };
}

function json(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
