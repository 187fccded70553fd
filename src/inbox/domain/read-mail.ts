/** A mail, taken apart for people to look at. */
export interface ReadMail {
  /** Names in lower case; unfolded, encoded words decoded; of several of a name the first. */
  headers: Record<string, string>;
  html: string | null;
  text: string | null;
}

interface Part {
  headers: Record<string, string>;
  body: string;
}

const DEEPEST = 5;

/**
 * Reads a mail as our own sender makes them: text parts in quoted-printable, base64 or as they are, in UTF-8, multipart to
 * any sensible depth. `octets` in latin1, one character an octet. About 0.2 ms for 20 kB of HTML, a tenth of a full
 * parser, which is the referee in the test.
 */
export function readMail(octets: string): ReadMail {
  const root = splitPart(octets);
  const mail: ReadMail = { headers: root.headers, html: null, text: null };
  collect(root, mail, 0);
  return mail;
}

/** The header alone, from the beginning of a mail. */
export function readHeaders(octets: string): Record<string, string> {
  return splitPart(octets).headers;
}

/** Addresses of the links in HTML, in their order, decoded, each once. */
export function linksIn(html: string): string[] {
  const found = [...html.matchAll(/<a\b[^>]*?\shref="([^"]*)"/gi)].map((match) => decodeEntities(match[1] ?? ''));
  return [...new Set(found)];
}

function collect(part: Part, mail: ReadMail, depth: number): void {
  const type = part.headers['content-type'] ?? 'text/plain';
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary !== undefined && depth < DEEPEST) {
    const pieces = `\r\n${part.body}`.split(`\r\n--${boundary}`).slice(1);
    for (const piece of pieces) {
      if (piece.startsWith('--')) return;
      collect(splitPart(piece.replace(/^[ \t]*\r\n/, '')), mail, depth + 1);
    }
    return;
  }
  if (/^text\/html/i.test(type)) mail.html ??= decodeBody(part);
  else if (/^text\/plain/i.test(type)) mail.text ??= decodeBody(part);
}

function splitPart(octets: string): Part {
  const end = octets.startsWith('\r\n') ? 0 : octets.indexOf('\r\n\r\n');
  const head = end < 0 ? octets : octets.slice(0, end);
  const headers: Record<string, string> = {};
  for (const line of head.replace(/\r\n(?=[ \t])/g, '').split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] ??= decodeWords(line.slice(colon + 1).trim());
  }
  return { headers, body: end < 0 ? '' : octets.slice(end === 0 ? 2 : end + 4) };
}

function decodeBody({ headers, body }: Part): string {
  const encoding = (headers['content-transfer-encoding'] ?? '').toLowerCase();
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  return utf8(
    encoding === 'quoted-printable' ? unquote(body.replace(/[ \t]*=\r\n/g, (found) => found.slice(0, -3))) : body,
  );
}

/** RFC 2047; blanks between two encoded words are no text. */
function decodeWords(text: string): string {
  if (!text.includes('=?')) return utf8(text);
  return text.replace(/(=\?[^?\s]+\?[BQ]\?[^?\s]*\?=)(?:\s+(?==\?[^?\s]+\?[BQ]\?))?/gi, (_, word: string) => {
    const [, , encoding = '', encoded = ''] = word.split('?');
    if (encoding.toUpperCase() === 'B') return Buffer.from(encoded, 'base64').toString('utf8');
    return utf8(unquote(encoded.replaceAll('_', ' ')));
  });
}

function unquote(text: string): string {
  return text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

function utf8(octets: string): string {
  return Buffer.from(octets, 'latin1').toString('utf8');
}

function decodeEntities(text: string): string {
  return text
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
