import { type Mail } from '../../platform/mail/assemble-mime';

/** What the header of a mail says of where it comes from. */
export interface MailOrigin {
  from: { address: string };
  store: string;
  /** Key of the campaign, or the origin (`test`). */
  flow: string;
  /** What List-Id names: the topic where there is one, else the flow. Absent: the flow. */
  list?: string;
  step: string;
  /** Absolute; null in mail that nobody can unsubscribe from (transactional). */
  unsubscribeUrl: string | null;
  /** Our id of the message, where Postmark carries the mails: it tells of bounces by nothing else of ours. */
  postmarkId?: string | undefined;
}

const LONGEST_LABEL = 60;

/**
 * The header of a mail (RFC 8058, 2919, 3834, Gmail's Feedback-ID `campaign:flow:store:sender`), beside From, To,
 * Subject, Message-ID and Date.
 */
export function headersOf(mail: MailOrigin): Mail['headers'] {
  const domain = domainOf(mail.from.address);
  const store = label(mail.store);
  const headers: Array<[string, string]> = [];
  if (mail.unsubscribeUrl !== null) {
    headers.push(
      ['List-Unsubscribe', `<${mail.unsubscribeUrl}>`],
      ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
    );
  }
  headers.push(
    ['List-Id', `<${label(mail.list ?? mail.flow)}.${store}.${domain}>`],
    ['Feedback-ID', `${label(mail.flow)}:${label(mail.step)}:${store}:ritorno`],
    ['Auto-Submitted', 'auto-generated'],
  );
  // Postmark makes a Message-ID of its own where it is not told to keep ours.
  if (mail.postmarkId !== undefined)
    headers.push(['X-PM-Metadata-message-id', mail.postmarkId], ['X-PM-KeepID', 'true']);
  return headers;
}

/** Our Message-ID: deterministic, so that every try of a message is the same mail. No personal data in it. */
export function messageIdHeader(messageId: string, senderAddress: string): string {
  return `<${messageId}@${domainOf(senderAddress)}>`;
}

/** What stands behind the `@`. */
export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1);
}

/** Text as a label of a domain name: `Bottega d'Oro` becomes `bottega-d-oro`. */
function label(text: string): string {
  const plain = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST_LABEL)
    .replace(/^-+|-+$/g, '');
  return plain === '' ? 'mail' : plain;
}
