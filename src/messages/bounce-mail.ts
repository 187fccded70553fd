import { simpleParser } from 'mailparser';
import { classifyRefused } from './domain/bounces/bounce-class';
import { flat, replyIn, statusIn } from './domain/bounces/bounce-text';
import { type BounceFinding, type BounceMail, readBounces } from './domain/bounces/read-bounces';

export type { BounceClass } from './domain/bounces/bounce-class';
export type { BounceFinding } from './domain/bounces/read-bounces';

/** What a returned mail says, and where to look for whose it is. */
export interface ReturnedMail {
  findings: BounceFinding[];
  /** Addresses that it was sent to: our return path is among them if it was ours. */
  sentTo: string[];
  /** Header of the mail that it is about, as far as it is there. */
  original: string;
}

/** Fields in which servers keep the envelope recipient of a mail that they store. */
const ENVELOPE_FIELDS = [
  'to',
  'delivered-to',
  'x-original-to',
  'envelope-to',
  'x-envelope-to',
  'x-rcpt-to',
  'x-forwarded-to',
];

/** Reads a mail that came back. Never fails on what is malformed. */
export async function readReturnedMail(raw: Buffer): Promise<ReturnedMail> {
  const mail = await takeApart(raw);
  const original = mail.original ?? mail.text;
  const head = original.slice(0, LONGEST_ORIGINAL);
  const returnPath = /^[>\s]*return-path:\s*(\S+)/im.exec(head)?.[1] ?? '';
  const fields = [...ENVELOPE_FIELDS.map((name) => mail.headers.get(name) ?? ''), returnPath];
  const sentTo = fields.flatMap((field) => field.slice(0, 2_000).match(/[^\s<>,;"]+@[^\s<>,;"]+/g) ?? []);
  return { findings: readBounces(mail), sentTo: [...new Set(sentTo)].slice(0, MOST_ADDRESSES), original: head };
}

const LONGEST_ORIGINAL = 64 * 1024;
const MOST_ADDRESSES = 50;

/** What a server's refusal means that somebody else, or our own connection, has heard. `said` are its words. */
export function readRefusal(said: string, status: string | null = null): Omit<BounceFinding, 'recipient'> {
  const line = flat(said);
  const inWords = statusIn(line);
  const best = inWords !== null && !/^\d\.0\.0$/.test(inWords) ? inWords : (status ?? inWords);
  const meant = classifyRefused({ status: best, reply: replyIn(`${line} `), stage: null, reported: true, said: line });
  return { ...meant, status: best, said: line.slice(0, 500) };
}

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
