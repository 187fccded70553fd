import { type Sql } from '../../platform/database/database';

/** The mails of campaigns to a customer, of one campaign or of all; the latest thousand. */
export function mailsOf(customerId: string, campaignId: string | null): Sql {
  return {
    text: `select m.id as "messageId", k.key as campaign, m.enrollment_id as "enrollmentId", m.step,
        case m.status when 'claimed' then 'queued' else m.status end as status, m.reason, m.due_at as "dueAt",
        m.queued_at as "queuedAt", m.sent_at as "sentAt", m.attempts, m.template_key as template,
        m.template_version as "templateVersion"
      from messages m join campaigns k on k.id = m.campaign_id
      where m.customer_id = $1 and m.origin = 'enrollment' and ($2::uuid is null or m.campaign_id = $2)
      order by m.id desc limit 1000`,
    values: [customerId, campaignId],
  };
}
