import { arr, header, type Json, obj, orNull, str } from './provider-json';

/**
 * The Message-IDs of mails of which a provider says that it has taken or delivered them: evidence for one whose outcome is
 * uncertain. Of anything else nothing.
 */
export const ARRIVALS = {
  ses: (notice: unknown): string[] => {
    const { mail, notificationType, eventType } = obj(notice);
    if (!/^(Send|Delivery)$/.test(str(notificationType) || str(eventType))) return [];
    const sent = obj(mail);
    return known(header(sent.headers, 'message-id') ?? orNull(obj(sent.commonHeaders).messageId));
  },
  sendgrid: (body: unknown): string[] =>
    arr(body)
      .map(obj)
      .filter(({ event }) => event === 'processed' || event === 'delivered')
      .flatMap((event) => known(orNull(event['smtp-id']))),
  postmark: (body: unknown): string[] => {
    const event = obj(body);
    return event.RecordType === 'Delivery' ? known(orNull(obj(event.Metadata)['message-id'])) : [];
  },
  mailgun: (body: unknown): string[] => {
    const event: Json = obj(obj(body)['event-data']);
    if (event.event !== 'accepted' && event.event !== 'delivered') return [];
    const id = str(obj(obj(event.message).headers)['message-id']);
    return known(id === '' ? null : `<${id.replace(/^<|>$/g, '')}>`);
  },
  resend: (body: unknown): string[] => {
    const { type, data } = obj(body);
    if (type !== 'email.sent' && type !== 'email.delivered') return [];
    return known(header(obj(data).headers, 'message-id') ?? orNull(obj(data).message_id));
  },
} as const;

function known(id: string | null): string[] {
  return id === null ? [] : [id];
}
