import { type Reason } from '../../kernel/reasons';
import { type Sql } from '../../platform/database/database';
import { MESSAGE_STATUSES, type MessageStatus } from '../domain/message-states';
import { type HeldBy, type MessageView, type Origin, type ShownStatus, shownStatus } from '../messages.types';

/** A row of the ledger as the lists read it. */
export interface MessageRow {
  id: string;
  origin: Origin;
  enrollment_id: string | null;
  campaign_id: string | null;
  step: string;
  customer_id: string | null;
  status: MessageStatus;
  reason: Reason | null;
  subject: string | null;
  template_key: string | null;
  template_version: number | null;
  locale: string | null;
  message_id_header: string | null;
  due_at: Date;
  next_try_at: Date | null;
  sent_at: Date | null;
  opened_at: Date | null;
  clicked_at: Date | null;
  bounced_at: Date | null;
  complained_at: Date | null;
  unsubscribed_at: Date | null;
  attempts: number;
  last_reply: string | null;
  held_by: HeldBy | null;
}

/** What a list is asked for. */
export interface MessageFilter {
  origin: Origin;
  campaignId?: string;
  customerId?: string;
  status?: ShownStatus;
}

const COLUMNS = `m.id, m.origin, m.enrollment_id, m.campaign_id, m.step, m.customer_id, m.status, m.reason, m.subject,
  m.template_key, m.template_version, m.locale, m.message_id_header, m.due_at, m.next_try_at, m.sent_at, m.opened_at,
  m.clicked_at, m.bounced_at, m.complained_at, m.unsubscribed_at, m.attempts, m.last_reply,
  case when m.lane is null or m.status not in ('queued', 'deferred') then null
    when exists (select 1 from sending_domains d where d.domain = split_part(m.lane, '/', 1) and d.paused_at is not null)
      then 'sending_paused'
    when m.lane not like '/%' then 'warm_up' else 'destination' end as held_by`;

/** Newest first, older than the id `before`. The filters that are given make the text, so that each uses its index. */
export function listMessages(filter: MessageFilter, before: string | null, limit: number): Sql {
  const values: unknown[] = [filter.origin, before, limit];
  const where = ['m.origin = $1', '($2::uuid is null or m.id < $2::uuid)'];
  const add = (condition: string, value: unknown): void => {
    values.push(value);
    where.push(condition.replace('?', `$${values.length}`));
  };
  if (filter.campaignId !== undefined) add('m.campaign_id = ?', filter.campaignId);
  if (filter.customerId !== undefined) add('m.customer_id = ?', filter.customerId);
  const { status } = filter;
  if (status !== undefined) {
    add(
      'm.status = any(?::text[])',
      MESSAGE_STATUSES.filter((one) => shownStatus(one) === status),
    );
  }
  return { text: `select ${COLUMNS} from messages m where ${where.join(' and ')} order by m.id desc limit $3`, values };
}

export function messageById(id: string, lock = false): Sql {
  return { text: `select ${COLUMNS} from messages m where m.id = $1${lock ? ' for update' : ''}`, values: [id] };
}

/** A row as clients see it. */
export function viewOf(row: MessageRow): MessageView {
  return {
    id: row.id,
    origin: row.origin,
    enrollmentId: row.enrollment_id,
    campaignId: row.campaign_id,
    step: row.step,
    customerId: row.customer_id,
    status: shownStatus(row.status),
    reason: row.reason,
    subject: row.subject,
    template: row.template_key,
    templateVersion: row.template_version,
    locale: row.locale,
    messageIdHeader: row.message_id_header,
    dueAt: row.due_at.toISOString(),
    nextTryAt: row.next_try_at?.toISOString() ?? null,
    sentAt: row.sent_at?.toISOString() ?? null,
    openedAt: row.opened_at?.toISOString() ?? null,
    clickedAt: row.clicked_at?.toISOString() ?? null,
    bouncedAt: row.bounced_at?.toISOString() ?? null,
    complainedAt: row.complained_at?.toISOString() ?? null,
    unsubscribedAt: row.unsubscribed_at?.toISOString() ?? null,
    attempts: row.attempts,
    lastReply: row.last_reply,
    heldBy: row.held_by,
  };
}
