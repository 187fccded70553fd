import { createHash, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { type DkimKey } from '../config/dkim-keys';

const signAsync = promisify(sign);

/**
 * What a signature covers, where a mail has it. nodemailer's list leaves out List-Unsubscribe-Post, which RFC 8058, 4
 * wants signed, Feedback-ID and Auto-Submitted.
 */
const SIGNED = [
  'from',
  'to',
  'reply-to',
  'subject',
  'message-id',
  'date',
  'mime-version',
  'content-type',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'list-id',
  'feedback-id',
  'auto-submitted',
];
/**
 * Named once more than they are there (RFC 6376, 8.15): a second one added on the way breaks the signature. Those that a
 * reader sees or a mail program acts on.
 */
const OVERSIGNED = new Set(['from', 'to', 'reply-to', 'subject', 'date', 'list-unsubscribe', 'list-unsubscribe-post']);
const SPACE = 32;
const TAB = 9;
const CR = 13;
const LONGEST_LINE = 76;
const END_OF_HEAD = Buffer.from('\r\n\r\n', 'latin1');

/**
 * Puts DKIM signatures (RFC 6376, 8463; relaxed/relaxed, SHA-256) before a mail as `assembleMime` makes it: one by each
 * key. No time and nothing random is in them, so the same mail by the same keys is the same octets at every try.
 *
 * Our own because nodemailer's signer knows neither Ed25519 nor oversigning and takes a stream through a dozen turns of
 * the event loop; the signing itself is node:crypto's, on the threads of its pool (RSA-2048 0.7 ms, Ed25519 0.04), so that
 * the event loop goes on meanwhile. The referees are mailauth and nodemailer, in `test/unit/mail/dkim.spec.ts`.
 */
export async function signMail(octets: Buffer, keys: readonly DkimKey[]): Promise<Buffer> {
  if (keys.length === 0) return octets;
  const end = octets.indexOf(END_OF_HEAD);
  const body = octets.subarray(end + END_OF_HEAD.length);
  const bodyHash = createHash('sha256').update(relaxedBody(body)).digest('base64');
  const { names, lines } = coveredHeaders(octets.toString('latin1', 0, end));
  const signatures = await Promise.all(keys.map((key) => signature(key, names, lines, bodyHash)));
  return Buffer.concat([Buffer.from(signatures.join(''), 'latin1'), octets]);
}

/**
 * The keys for mail from a domain: those of the domain itself, of one above or below it, as DMARC's relaxed alignment
 * wants; if there are none, all.
 */
export function keysFor(keys: readonly DkimKey[], senderDomain: string): readonly DkimKey[] {
  const aligned = keys.filter(
    ({ domain }) =>
      domain === senderDomain || senderDomain.endsWith(`.${domain}`) || domain.endsWith(`.${senderDomain}`),
  );
  return aligned.length > 0 ? aligned : keys;
}

async function signature(key: DkimKey, names: string, lines: string, bodyHash: string): Promise<string> {
  const tags = `v=1; a=${key.algorithm}; c=relaxed/relaxed;\r\n d=${key.domain}; s=${key.selector};`;
  const field = `DKIM-Signature: ${tags}\r\n bh=${bodyHash};\r\n ${foldNames(names)};\r\n b=`;
  const data = Buffer.from(`${lines}${relaxedLine(field)}`, 'latin1');
  const signed =
    key.algorithm === 'rsa-sha256'
      ? await signAsync('sha256', data, key.privateKey)
      : // RFC 8463, 3: Ed25519 signs the hash of the data.
        await signAsync(null, createHash('sha256').update(data).digest(), key.privateKey);
  const folded = signed.toString('base64').replace(/.{70}(?=.)/g, '$&\r\n ');
  return `${field}${folded}\r\n`;
}

/** `h=` over lines of its own. */
function foldNames(names: string): string {
  let line = 'h=';
  const folded: string[] = [];
  for (const part of names.split(/(?<=:)/)) {
    if (line.length + part.length > LONGEST_LINE) {
      folded.push(line);
      line = '';
    }
    line += part;
  }
  return [...folded, line].join('\r\n ');
}

/** The value of `h=`, and the relaxed lines in the same order. */
function coveredHeaders(head: string): { names: string; lines: string } {
  const fields = new Map<string, string[]>();
  for (const field of head.split(/\r\n(?![ \t])/)) {
    const name = field.slice(0, field.indexOf(':')).trim().toLowerCase();
    fields.set(name, [...(fields.get(name) ?? []), relaxedLine(field)]);
  }
  const names: string[] = [];
  let lines = '';
  for (const name of SIGNED) {
    const found = fields.get(name) ?? [];
    // From below upwards (RFC 6376, 5.4.2).
    for (const line of found.reverse()) {
      names.push(name);
      lines += `${line}\r\n`;
    }
    if (OVERSIGNED.has(name)) names.push(name);
  }
  return { names: names.join(':'), lines };
}

/** RFC 6376, 3.4.2. */
function relaxedLine(field: string): string {
  const colon = field.indexOf(':');
  // Blank and tab only: other octets that Unicode calls space belong to the text.
  const value = field
    .slice(colon + 1)
    .replaceAll('\r\n', '')
    .replace(/[ \t]+/g, ' ')
    .replace(/^ | $/g, '');
  return `${field.slice(0, colon).trim().toLowerCase()}:${value}`;
}

/**
 * RFC 6376, 3.4.4: runs of blanks become one space, those at the end of a line and empty lines at the end of the body go.
 * Our lines end in CRLF without exception.
 */
function relaxedBody(body: Buffer): Buffer {
  const out = Buffer.allocUnsafe(body.length + 2);
  let to = 0;
  for (let from = 0; from < body.length;) {
    const byte = body[from] as number;
    if (byte !== SPACE && byte !== TAB) {
      out[to++] = byte;
      from++;
      continue;
    }
    while (body[from] === SPACE || body[from] === TAB) from++;
    if (from < body.length && body[from] !== CR) out[to++] = SPACE;
  }
  const isEmptyLine = (): boolean => to >= 2 && out[to - 2] === CR && (to === 2 || out[to - 3] === 10);
  while (isEmptyLine()) to -= 2;
  return out.subarray(0, to);
}
