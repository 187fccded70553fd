import { needsSmtpUtf8 } from '../../kernel/address';
import { encodeDate, encodeMailbox, encodeText, headerSafe, MailFault } from './mail-headers';
import { encodeQuotedPrintable, quotedPrintableBound } from './quoted-printable';

/** One mail to one person, everything that its octets depend on: the same mail assembles to the same octets. */
export interface Mail {
  from: { name: string; address: string };
  to: string;
  replyTo?: string;
  subject: string;
  /** With its angle brackets. */
  messageId: string;
  date: Date;
  /** Further headers in order, ASCII, unfolded. */
  headers: ReadonlyArray<readonly [name: string, value: string]>;
  html: string;
  text: string;
}

/**
 * The same for all mails: in quoted-printable a `=` is always followed by two digits or a line end, so no part can
 * hold `=_`.
 */
const BOUNDARY = '=_ritorno_alternative';
const PART = 'Content-Transfer-Encoding: quoted-printable\r\n\r\n';
const TEXT_PART = Buffer.from(`--${BOUNDARY}\r\nContent-Type: text/plain; charset=utf-8\r\n${PART}`, 'latin1');
const HTML_PART = Buffer.from(`\r\n--${BOUNDARY}\r\nContent-Type: text/html; charset=utf-8\r\n${PART}`, 'latin1');
const END = Buffer.from(`\r\n--${BOUNDARY}--\r\n`, 'latin1');
const STRUCTURE = `MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="${BOUNDARY}"\r\n\r\n`;
const LONGEST_LINE = 998;
const HEADER_NAME = /^[A-Za-z][A-Za-z0-9-]*$/;
const HEADER_VALUE = /^[\x20-\x7e]*$/;

let scratch = Buffer.allocUnsafe(64 * 1024);

/**
 * The octets of a mail as they go over the wire in DATA: multipart/alternative, text first, quoted-printable, every
 * line CRLF and at most 998 octets, none that starts with a dot (so nothing needs stuffing), ending in CRLF.
 *
 * Our own assembly because nodemailer's takes about a millisecond for 20 kB; its MailComposer is the referee in
 * `test/unit/mail/assemble-mime.spec.ts`.
 *
 * @throws MailFault when a value holds CR, LF or NUL, or is no plain address.
 */
export function assembleMime(mail: Mail): Buffer {
  const head = Buffer.from(headOf(mail));
  const text = Buffer.from(mail.text);
  const html = Buffer.from(mail.html);
  const bound =
    head.length +
    TEXT_PART.length +
    HTML_PART.length +
    END.length +
    quotedPrintableBound(text.length) +
    quotedPrintableBound(html.length);
  if (scratch.length < bound) scratch = Buffer.allocUnsafe(bound * 2);
  let at = head.copy(scratch, 0);
  at += TEXT_PART.copy(scratch, at);
  at = encodeQuotedPrintable(text, scratch, at);
  at += HTML_PART.copy(scratch, at);
  at = encodeQuotedPrintable(html, scratch, at);
  at += END.copy(scratch, at);
  return Buffer.from(scratch.subarray(0, at));
}

function headOf(mail: Mail): string {
  if (needsSmtpUtf8(`${mail.from.address}${mail.replyTo ?? ''}`)) throw new MailFault('a sender must be ASCII');
  let head = `From: ${encodeMailbox('From', mail.from)}\r\nTo: ${encodeMailbox('To', { name: '', address: mail.to })}\r\n`;
  if (mail.replyTo !== undefined)
    head += `Reply-To: ${encodeMailbox('Reply-To', { name: '', address: mail.replyTo })}\r\n`;
  head += `Subject: ${encodeText('Subject', mail.subject)}\r\n`;
  head += `Message-ID: ${messageId(mail.messageId)}\r\nDate: ${encodeDate(mail.date)}\r\n`;
  for (const [name, value] of mail.headers) head += headerLine(name, value);
  return head + STRUCTURE;
}

function messageId(value: string): string {
  if (!/^<[!-;=?-~]+@[!-;=?-~]+>$/.test(value)) throw new MailFault('Message-ID is malformed');
  return value;
}

function headerLine(name: string, value: string): string {
  headerSafe(name, value);
  if (!HEADER_NAME.test(name) || !HEADER_VALUE.test(value)) throw new MailFault(`${name} is no plain header`);
  const line = `${name}: ${value}`;
  if (line.length > LONGEST_LINE) throw new MailFault(`${name} is longer than a line may be`);
  return `${line}\r\n`;
}
