/** A value that must not reach a header or the envelope. The mail is not sent. */
export class MailFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MailFault';
  }
}

/** The recipient's local part may be UTF-8 (RFC 6532): such mail goes to servers with SMTPUTF8 only. */
const ADDRESS = /^[!-~\u00a0-\u{10ffff}]+@[!-~]+$/u;
const BREAKS = /[\r\n\u0000]/;
const PLAIN = /^[\u0020-\u007e\t]*$/;
const FOLD_AT = 76;
/** RFC 5322, 2.1.1: a line must not be longer, its CRLF not counted. */
const LONGEST_LINE = 998;
/** Octets of text in one base64 encoded word: 75 - `=?UTF-8?B?` - `?=`, in groups of four for three. */
const WORD_OCTETS = 45;
/** The length of `=?UTF-8?B?` and `?=`. */
const WORD_FRAME = 12;

/**
 * Lets through what may stand in a header or in the envelope.
 * @throws MailFault when the value holds CR, LF or NUL: they would start a header or a command of their own.
 */
export function headerSafe(name: string, value: string): string {
  if (BREAKS.test(value)) throw new MailFault(`${name} holds a line break or NUL`);
  return value;
}

/** Unstructured text such as a subject: as it is, or in RFC 2047 words when it is not plain ASCII; folded. */
export function encodeText(name: string, text: string): string {
  headerSafe(name, text);
  if (PLAIN.test(text) && !text.includes('=?')) {
    const folded = fold(text, name.length + 2);
    if (folded.split('\r\n').every((line) => line.length <= LONGEST_LINE - name.length - 2)) return folded;
  }
  return encodedWords(text, name.length + 2);
}

/** `"Bottega" <ciao@bottega.example>`; the display name in RFC 2047 words when it is not plain ASCII. */
export function encodeMailbox(name: string, mailbox: { name: string; address: string }): string {
  headerSafe(name, mailbox.name);
  const address = headerSafe(name, mailbox.address);
  if (!ADDRESS.test(address) || /[<>,;:"()[\]\\]/.test(address)) throw new MailFault(`${name} holds no plain address`);
  if (mailbox.name === '') return address;
  const short = mailbox.name.length <= 200 && !mailbox.name.includes('=?');
  const phrase =
    PLAIN.test(mailbox.name) && short
      ? `"${mailbox.name.replace(/["\\]/g, '\\$&')}"`
      : encodedWords(mailbox.name, name.length + 2);
  const lastLine = phrase.length - (phrase.lastIndexOf('\r\n ') + 1);
  return `${phrase}${lastLine + address.length + 3 > FOLD_AT - name.length ? '\r\n ' : ' '}<${address}>`;
}

/** RFC 5322 date, always in UTC. */
export function encodeDate(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}

/**
 * Base64 words, never splitting a character, on lines of at most 76 characters (RFC 2047, 2 and 5).
 * @param used what stands before the first of them on its line
 */
function encodedWords(text: string, used: number): string {
  const words: string[] = [];
  let chunk = '';
  let octets = 0;
  let room = Math.min(WORD_OCTETS, Math.floor((FOLD_AT - used - WORD_FRAME) / 4) * 3);
  for (const character of text) {
    const size = Buffer.byteLength(character);
    if (octets + size > room) {
      words.push(chunk);
      chunk = '';
      octets = 0;
      room = WORD_OCTETS;
    }
    chunk += character;
    octets += size;
  }
  words.push(chunk);
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ');
}

/** Breaks before a space, so that unfolding gives back the same text; never leaves a line of blanks. */
function fold(text: string, used: number): string {
  if (used + text.length <= FOLD_AT) return text;
  let line = '';
  let column = used;
  const lines: string[] = [];
  for (const word of text.split(/(?<=\S)(?=[ \t])/)) {
    if (column + word.length > FOLD_AT && line.trim() !== '') {
      lines.push(line);
      line = '';
      column = 0;
    }
    line += word;
    column += word.length;
  }
  lines.push(line);
  return lines.join('\r\n');
}
