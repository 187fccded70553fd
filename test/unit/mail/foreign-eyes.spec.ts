import { domainToASCII } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { type AddressObject, simpleParser } from 'mailparser';
import PostalMime from 'postal-mime';
import { lintMail } from '../../../src/messages/domain/lint-mail';
import { headersOf, messageIdHeader } from '../../../src/messages/domain/mail-envelope';
import { assembleMime, type Mail } from '../../../src/platform/mail/assemble-mime';
import { MailFault } from '../../../src/platform/mail/mail-headers';

/** Names and words in the writing systems of people who may get our mail. */
const SCRIPTS: Readonly<Record<string, string>> = {
  Latin: 'Zoë Łukasz Ångström',
  Greek: 'Ἀριστοτέλης Ελένη',
  Cyrillic: 'Наталія Ёлкин',
  Armenian: 'Արամ Խաչատրյան',
  Hebrew: 'נעמי שֵׁם־טוֹב',
  Arabic: 'فاطمة الزَّهراء',
  Syriac: 'ܡܪܝܡ ܐܦܪܝܡ',
  Thaana: 'އާދަމް ޢަލީ',
  Devanagari: 'श्री क्षितिज',
  Bengali: 'রবীন্দ্রনাথ ঠাকুর',
  Gurmukhi: 'ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ',
  Gujarati: 'ગાંધી મોહનદાસ',
  Oriya: 'ସୁବ୍ରତ ଦାସ',
  Tamil: 'திருவள்ளுவர் கண்ணன்',
  Telugu: 'శ్రీనివాస్ రావు',
  Kannada: 'ಕುವೆಂಪು ಗೌಡ',
  Malayalam: 'തകഴി ശിവശങ്കര',
  Sinhala: 'ශ්‍රී ලංකා',
  Thai: 'กิตติศักดิ์ น้ำใจ',
  Lao: 'ສົມສັກ ແກ້ວ',
  Tibetan: 'བསྟན་འཛིན་ རྒྱ་མཚོ',
  Myanmar: 'အောင်ဆန်း စုကြည်',
  Georgian: 'შოთა რუსთაველი',
  Hangul: '김민준 한글',
  Ethiopic: 'ኃይለ ሥላሴ',
  Cherokee: 'ᏍᏏᏉᏯ ᏣᎳᎩ',
  Khmer: 'សុខា ភក្តី',
  Mongolian: 'ᠮᠣᠩᠭᠣᠯ ᠪᠢᠴᠢᠭ',
  Hiragana: 'さくら ひらがな',
  Katakana: 'タナカ カタカナ',
  Han: '王小明 龍',
  Bopomofo: 'ㄅㄆㄇ ㄈ',
  Emoji: '👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽',
};
const AWKWARD = [
  '"quoted" \\back',
  'a <b@c.example>',
  'x, y; z:',
  '=?UTF-8?Q?=41?=',
  "d'Oro (srl)",
  'a  b\tc',
  '@',
  '...',
];
const ATTACKS = [
  '\r\nBcc: all@example.com',
  '\nBcc: all@example.com',
  '\rX: y',
  '\r\n\r\n<html>',
  '\r\n.\r\nMAIL FROM:<>',
  '\0',
];
const MAILS = 2_000;
const LONG = 5_000;

/** Mulberry32: the same mails in each run. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = generator(20_260_302);
const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
const words = [...Object.values(SCRIPTS), ...AWKWARD];
const phrase = (most: number): string =>
  Array.from({ length: 1 + Math.floor(random() * most) }, () => pick(words))
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();

function body(open: string, close: string): string {
  const lines = Array.from({ length: 1 + Math.floor(random() * 3) }, () => {
    const kind = random();
    if (kind < 0.05)
      return Array.from({ length: LONG / 10 }, () => pick(words).slice(0, 10))
        .join('_')
        .replace(/[\s\p{Cs}]/gu, '_');
    if (kind < 0.2)
      return pick(['.', '..', '.\t', 'From here', '--=_ritorno_alternative', '=20', 'Bcc: all@example.com']);
    return phrase(6);
  });
  return `${open}${lines.join(pick(['\n', '\r\n', '\n\n']))}${close}`;
}

function mailOf(at: number): Mail {
  const id = `0192f3d0-0000-7000-8000-${at.toString(16).padStart(12, '0')}`;
  const from = { name: random() < 0.1 ? '' : phrase(4), address: `ciao+${at}@bottega.example` };
  const flow = pick(words);
  return {
    from,
    to: pick([`anna.${at}@example.com`, `o'neil-${at}@xn--bcher-kva.example`, `zoë.${at}@example.com`]),
    ...(random() < 0.3 ? { replyTo: `risposte-${at}@bottega.example` } : {}),
    subject: phrase(12),
    messageId: messageIdHeader(id, from.address),
    date: new Date(Date.UTC(2026, 2, 2, 8, 0, at)),
    headers: headersOf({ from, store: pick(words), flow, step: pick(words), unsubscribeUrl: unsubscribe(at) }),
    html: body('<p>', '</p>'),
    text: body('', '!'),
  };
}

const unsubscribe = (at: number) => `https://shop.example/u/${'x'.repeat(60)}${at}`;

/** What a reader sees. */
interface Seen {
  from: unknown;
  to: unknown;
  replyTo: unknown;
  subject: unknown;
  messageId: unknown;
  date: unknown;
  text: string;
  html: string;
  headers: Record<string, string>;
  names: string[];
}

const SHOWN = ['list-unsubscribe', 'list-unsubscribe-post', 'list-id', 'feedback-id', 'auto-submitted', 'mime-version'];
const lines = (value: unknown): string => String(value).replace(/\r\n/g, '\n').replace(/\n+$/, '');
const shown = (all: ReadonlyArray<readonly [string, string]>) =>
  Object.fromEntries(
    all.filter(([name]) => SHOWN.includes(name)).map(([name, value]) => [name, value.replace(/\s+/g, ' ').trim()]),
  );

/** mailparser shows domains in their own letters. */
const ascii = (address = ''): string => address.replace(/[^@]+$/, domainToASCII);

async function byMailparser(octets: Buffer): Promise<Seen> {
  const parsed = await simpleParser(octets, { skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true });
  const first = (list: AddressObject | AddressObject[] | undefined) => {
    const one = [list].flat()[0]?.value[0];
    return one && { name: one.name, address: ascii(one.address) };
  };
  const all = parsed.headerLines.map(({ key, line }): [string, string] => [key, line.slice(line.indexOf(':') + 1)]);
  return {
    from: first(parsed.from),
    to: first(parsed.to),
    replyTo: first(parsed.replyTo),
    subject: parsed.subject,
    messageId: parsed.messageId,
    date: parsed.date?.toISOString(),
    text: lines(parsed.text),
    html: lines(parsed.html),
    headers: shown(all),
    names: all.map(([name]) => name).sort(),
  };
}

async function byPostalMime(octets: Buffer): Promise<Seen> {
  const parsed = await PostalMime.parse(octets);
  const first = (one: { name?: string; address?: string } | undefined) =>
    one && { name: one.name ?? '', address: ascii(one.address) };
  const all = parsed.headers.map(({ key, value }): [string, string] => [key, value]);
  return {
    from: first(parsed.from),
    to: first(parsed.to?.[0]),
    replyTo: first(parsed.replyTo?.[0]),
    subject: parsed.subject,
    messageId: parsed.messageId,
    date: parsed.date,
    text: lines(parsed.text),
    html: lines(parsed.html),
    headers: shown(all),
    names: all.map(([name]) => name).sort(),
  };
}

/** What the mail was made of, in the same terms. */
function meant(mail: Mail): Seen {
  const names = ['from', 'to', 'subject', 'message-id', 'date', 'mime-version', 'content-type'];
  if (mail.replyTo !== undefined) names.push('reply-to');
  return {
    from: mail.from,
    to: { name: '', address: mail.to },
    replyTo: mail.replyTo === undefined ? undefined : { name: '', address: mail.replyTo },
    subject: mail.subject,
    messageId: mail.messageId,
    date: mail.date.toISOString(),
    text: lines(mail.text),
    html: lines(mail.html),
    headers: shown([
      ...mail.headers.map(([name, value]) => [name.toLowerCase(), value] as const),
      ['mime-version', '1.0'],
    ]),
    names: [...names, ...mail.headers.map(([name]) => name.toLowerCase())].sort(),
  };
}

describe('mails read by others', () => {
  it(`${MAILS} generated ones say the same to mailparser and to postal-mime as to us`, async () => {
    for (let at = 0; at < MAILS; at++) {
      const mail = mailOf(at);
      const octets = assembleMime(mail);
      const { messageId, to: recipient } = mail;
      const faults = lintMail(octets, {
        messageId,
        recipient,
        unsubscribeUrl: unsubscribe(at),
        isPublic: true,
        links: [],
      });
      if (faults.length > 0) expect(faults).toEqual([]);
      const [one, other] = await Promise.all([byMailparser(octets), byPostalMime(octets)]);
      const told = meant(mail);
      // The comparison of the test library costs more than the parsers.
      if (!isDeepStrictEqual(one, told)) expect(one).toEqual(told);
      if (!isDeepStrictEqual(other, told)) expect(other).toEqual(told);
    }
  }, 180_000);

  it('no line break or NUL gets into a header or the envelope, in whatever value it comes', () => {
    for (let at = 0; at < 500; at++) {
      const mail = mailOf(at);
      const evil = pick(ATTACKS);
      const within = (value: string): string => {
        const place = Math.floor(random() * (value.length + 1));
        return value.slice(0, place) + evil + value.slice(place);
      };
      const attacked = pick<Mail>([
        { ...mail, subject: within(mail.subject) },
        { ...mail, to: within(mail.to) },
        { ...mail, replyTo: within('risposte@bottega.example') },
        { ...mail, from: { ...mail.from, name: within(mail.from.name) } },
        { ...mail, from: { ...mail.from, address: within(mail.from.address) } },
        { ...mail, messageId: within(mail.messageId) },
        { ...mail, headers: mail.headers.map(([name, value]) => [name, within(value)] as const) },
        { ...mail, headers: [[within('X-Shop'), 'x']] },
      ]);
      expect(() => assembleMime(attacked)).toThrow(MailFault);
    }
  });
});
