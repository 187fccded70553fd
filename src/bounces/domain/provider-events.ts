import { arr, header, obj, orNull, str } from './provider-json';

/** What a provider says of a mail: a bounce with its own judgement, or a complaint. Everything else is left out. */
export interface ProviderEvent {
  kind: 'permanent' | 'transient' | 'complaint';
  recipient: string;
  /** Our Message-ID, or whatever stands where it should. */
  messageIdHeader: string | null;
  /** Envelope sender: our signed return path, where the provider keeps it. */
  returnPath: string | null;
  status: string | null;
  /** The receiving server's words, else the provider's. */
  said: string;
  /** The provider's id of the event; null where it gives none. */
  id: string | null;
}

/** The notice of SES inside a message of SNS (both ways in which SES publishes). */
export function sesEvents(notice: unknown, snsId: string): ProviderEvent[] {
  const { mail, bounce, complaint, notificationType, eventType } = obj(notice);
  const sent = obj(mail);
  const common = {
    messageIdHeader: header(sent.headers, 'message-id') ?? orNull(obj(sent.commonHeaders).messageId),
    returnPath: orNull(sent.source),
  };
  const kind = str(notificationType) || str(eventType);
  if (kind === 'Complaint') {
    return arr(obj(complaint).complainedRecipients)
      .map(obj)
      .map((one): ProviderEvent => ({
        ...common,
        kind: 'complaint',
        recipient: str(one.emailAddress),
        status: null,
        said: str(obj(complaint).complaintFeedbackType),
        id: `${snsId}:${str(one.emailAddress)}`,
      }));
  }
  if (kind !== 'Bounce') return [];
  const permanent = obj(bounce).bounceType === 'Permanent';
  return arr(obj(bounce).bouncedRecipients)
    .map(obj)
    .map((one): ProviderEvent => ({
      ...common,
      kind: permanent ? 'permanent' : 'transient',
      recipient: str(one.emailAddress),
      status: orNull(one.status),
      said: str(one.diagnosticCode).replace(/^smtp;\s*/i, ''),
      id: `${snsId}:${str(one.emailAddress)}`,
    }));
}

/** A batch of SendGrid. `dropped` says what it knew before; a delay is none of ours. */
export function sendgridEvents(body: unknown): ProviderEvent[] {
  return arr(body).flatMap((entry): ProviderEvent[] => {
    const event = obj(entry);
    const kind = str(event.event);
    if (kind !== 'bounce' && kind !== 'spamreport') return [];
    return [
      {
        kind: kind === 'spamreport' ? 'complaint' : event.type === 'blocked' ? 'transient' : 'permanent',
        recipient: str(event.email),
        messageIdHeader: orNull(event['smtp-id']),
        returnPath: null,
        status: orNull(event.status),
        said: str(event.reason),
        id: orNull(event.sg_event_id),
      },
    ];
  });
}

/** Types of Postmark that mean that the address is no more; all others are for a time, or about the mail. */
const POSTMARK_GONE = new Set(['HardBounce', 'BadEmailAddress']);
const POSTMARK_SOFT = new Set([
  'SoftBounce',
  'Blocked',
  'DnsError',
  'SpamNotification',
  'VirusNotification',
  'DMARCPolicy',
]);

export function postmarkEvents(body: unknown): ProviderEvent[] {
  const event = obj(body);
  const type = str(event.Type);
  const complains = event.RecordType === 'SpamComplaint' || type === 'SpamComplaint';
  if (!complains && (event.RecordType !== 'Bounce' || !(POSTMARK_GONE.has(type) || POSTMARK_SOFT.has(type)))) return [];
  const metadata = obj(event.Metadata);
  return [
    {
      kind: complains ? 'complaint' : POSTMARK_GONE.has(type) ? 'permanent' : 'transient',
      recipient: str(event.Email),
      messageIdHeader: orNull(metadata['message-id']),
      returnPath: null,
      status: null,
      said: str(event.Details),
      id: typeof event.ID === 'number' ? String(event.ID) : null,
    },
  ];
}

export function mailgunEvents(body: unknown): ProviderEvent[] {
  const event = obj(obj(body)['event-data']);
  const kind = str(event.event);
  if (kind !== 'failed' && kind !== 'complained') return [];
  // A failure that Mailgun tries again is none yet.
  if (kind === 'failed' && event.severity !== 'permanent') return [];
  const status = obj(event['delivery-status']);
  const id = str(obj(obj(event.message).headers)['message-id']);
  return [
    {
      // What it calls permanent may be its own list (605, 607) or the end of its tries.
      kind: kind === 'complained' ? 'complaint' : event.reason === 'generic' ? 'transient' : 'permanent',
      recipient: str(event.recipient),
      messageIdHeader: id === '' ? null : `<${id.replace(/^<|>$/g, '')}>`,
      returnPath: null,
      status: orNull(status['enhanced-code']),
      said: [typeof status.code === 'number' ? String(status.code) : '', str(status.message) || str(status.description)]
        .filter((word) => word !== '')
        .join(' '),
      id: orNull(event.id),
    },
  ];
}

export function resendEvents(body: unknown, deliveryId: string): ProviderEvent[] {
  const { type, data } = obj(body);
  if (type !== 'email.bounced' && type !== 'email.complained') return [];
  const mail = obj(data);
  const bounce = obj(mail.bounce);
  return arr(mail.to).map((recipient): ProviderEvent => ({
    kind: type === 'email.complained' ? 'complaint' : bounce.type === 'Permanent' ? 'permanent' : 'transient',
    recipient: str(recipient),
    messageIdHeader: header(mail.headers, 'message-id') ?? orNull(mail.message_id),
    returnPath: null,
    status: null,
    said: str(bounce.message),
    id: `${deliveryId}:${str(recipient)}`,
  }));
}
