import { simpleParser } from 'mailparser';
import { type BounceMail } from './domain/bounces/read-bounces';

const REPORTS = {
  deliveryStatus: /^message\/(global-)?delivery-status/i,
  feedbackReport: /^message\/feedback-report/i,
  original: /^(message\/rfc822|text\/rfc822-headers|message\/global)/i,
} as const;

/** How many notices about notices are opened. */
const DEEPEST = 2;

/** Takes a mail that came back apart. Never fails on what is malformed: it then has less to say. */
export async function takeApart(raw: Buffer, depth = 0): Promise<BounceMail> {
  const mail = await simpleParser(raw, {
    keepDeliveryStatus: true,
    skipHtmlToText: false,
    skipImageLinks: true,
    skipTextToHtml: true,
    skipTextLinks: true,
  });
  const part = (kind: RegExp): string | null =>
    mail.attachments.find(({ contentType }) => kind.test(contentType))?.content.toString('latin1') ?? null;
  const headers = new Map<string, string>();
  for (const { key, line } of mail.headerLines) {
    if (!headers.has(key))
      headers.set(
        key,
        line
          .slice(line.indexOf(':') + 1)
          .replace(/\s+/g, ' ')
          .trim(),
      );
  }
  if (mail.subject !== undefined) headers.set('subject', mail.subject);
  const original = part(REPORTS.original) ?? inlineOriginal(raw);
  // A notice about a notice: a gateway has wrapped the one that tells.
  if (
    part(REPORTS.deliveryStatus) === null &&
    /^content-type:\s*multipart\/report/im.test(original ?? '') &&
    depth < DEEPEST
  ) {
    return takeApart(Buffer.from(original ?? '', 'latin1'), depth + 1);
  }
  return {
    headers,
    text: (mail.text ?? '').replace(/^>(?!>) ?/gm, ''),
    deliveryStatus: part(REPORTS.deliveryStatus),
    feedbackReport: part(REPORTS.feedbackReport),
    original,
  };
}

/** A mail that is shown within the notice is taken for its text, and its header is lost: read where it stands. */
function inlineOriginal(raw: Buffer): string | null {
  const found = /\ncontent-type:\s*(message\/rfc822|text\/rfc822-headers)[\s\S]*?\r?\n\r?\n/i.exec(
    raw.toString('latin1'),
  );
  return found ? raw.subarray(found.index + found[0].length).toString('latin1') : null;
}
