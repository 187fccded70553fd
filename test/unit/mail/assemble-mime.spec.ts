import fc from 'fast-check';
import { type ParsedMail, simpleParser } from 'mailparser';
import MailComposer from 'nodemailer/lib/mail-composer';
import { assembleMime, type Mail } from '../../../src/platform/mail/assemble-mime';
import { MailFault } from '../../../src/platform/mail/mail-headers';

const mail: Mail = {
  from: { name: 'Bottega', address: 'ciao@bottega.test' },
  to: 'anna@example.com',
  replyTo: 'risposte@bottega.test',
  subject: 'Ciao Zoë, è tornato il caffè',
  messageId: '<0192f3d0-0000-7000-8000-000000000001@bottega.test>',
  date: new Date('2026-03-02T08:00:00Z'),
  headers: [
    ['List-Unsubscribe', '<https://shop.test/u/AbC-_123>'],
    ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
    ['List-Id', '"Bottega" <welcome.bottega.test>'],
    ['Feedback-ID', 'welcome:hello:bottega:ritorno'],
    ['Auto-Submitted', 'auto-generated'],
  ],
  html: '<p>Ciao è</p>\n<p style="color:#333">.dot</p>\n.\n',
  text: 'Ciao è\n.\n..\nFrom here\n',
};

/** The same mail by nodemailer: the referee. */
async function byNodemailer(given: Mail): Promise<Buffer> {
  const composer = new MailComposer({
    from: given.from,
    to: given.to,
    ...(given.replyTo === undefined ? {} : { replyTo: given.replyTo }),
    subject: given.subject,
    messageId: given.messageId,
    date: given.date,
    headers: given.headers.map(([key, value]) => ({ key, value: { prepared: true, value } })),
    html: given.html,
    text: given.text,
    textEncoding: 'quoted-printable',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

const lines = (value: string | false | undefined) => String(value).replace(/\r\n/g, '\n').trimEnd();

function fields(parsed: ParsedMail) {
  return {
    from: parsed.from?.value,
    to: [parsed.to].flat().map((one) => one?.value),
    replyTo: parsed.replyTo?.value,
    subject: parsed.subject,
    messageId: parsed.messageId,
    date: parsed.date,
    html: lines(parsed.html),
    text: lines(parsed.text),
    headers: ['list-unsubscribe-post', 'feedback-id', 'auto-submitted'].map((name) => parsed.headers.get(name)),
    lists: parsed.headers.get('list'),
    type: parsed.headers.get('content-type'),
  };
}

async function agree(given: Mail): Promise<void> {
  const [ours, theirs] = await Promise.all([
    simpleParser(assembleMime(given)),
    byNodemailer(given).then((raw) => simpleParser(raw)),
  ]);
  const { type: ourType, ...our } = fields(ours);
  const { type: theirType, ...their } = fields(theirs);
  expect(our).toEqual(their);
  expect((ourType as { value: string }).value).toBe((theirType as { value: string }).value);
}

describe('the octets of a mail', () => {
  it('say the same as those of nodemailer', () => agree(mail));

  it.each<[string, Partial<Mail>]>([
    ['a long plain subject', { subject: 'word '.repeat(60).trim() }],
    ['a long subject of wide characters', { subject: 'Perché è così 🎁 '.repeat(20).trim() }],
    ['a subject without blanks', { subject: 'x'.repeat(400) }],
    ['a sender with quotes', { from: { name: 'Bot "te\\ga", srl', address: 'ciao@bottega.test' } }],
    ['a sender with an umlaut', { from: { name: 'Müller & Söhne', address: 'ciao@bottega.test' } }],
    ['no display name', { from: { name: '', address: 'ciao@bottega.test' } }],
    ['long lines', { html: `<p>${'è='.repeat(4000)}</p>`, text: 'y'.repeat(5000) }],
  ])('%s says the same as with nodemailer', async (_, more) => {
    const { replyTo: _replyTo, ...rest } = { ...mail, ...more };
    await agree(rest);
  });

  it('a subject that looks like an encoded word stays as it is (nodemailer would have it decoded)', async () => {
    const subject = 'see =?UTF-8?Q?this?= here';
    expect((await simpleParser(assembleMime({ ...mail, subject }))).subject).toBe(subject);
  });

  it('any text in any field comes out as it went in', async () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 120 })
      .map((value) => value.replace(/[\p{C}\s]+/gu, ' ').trim());
    await fc.assert(
      fc.asyncProperty(text, text, text, text, async (subject, name, html, body) => {
        const given = {
          ...mail,
          subject: subject || 's',
          from: { ...mail.from, name },
          html: `<p>${html}</p>`,
          text: body,
        };
        const parsed = await simpleParser(assembleMime(given));
        expect(parsed.subject).toBe(given.subject);
        expect(lines(parsed.html)).toBe(given.html);
        expect(lines(parsed.text)).toBe(body);
      }),
      { numRuns: 200 },
    );
  });

  it('puts the text first, keeps every line short and none with a leading dot', () => {
    const raw = assembleMime({ ...mail, text: '.\n'.repeat(50) + 'z'.repeat(3000) }).toString('latin1');
    expect(raw.indexOf('text/plain')).toBeLessThan(raw.indexOf('text/html'));
    for (const line of raw.split('\r\n')) {
      expect(line.length).toBeLessThanOrEqual(998);
      expect(line).not.toMatch(/^\.|[\r\n]/);
    }
    expect(raw.endsWith('--\r\n')).toBe(true);
  });

  it('is the same octets each time', () => {
    expect(assembleMime(mail)).toEqual(assembleMime({ ...mail, date: new Date(mail.date) }));
  });

  const breaks = ['\r\nBcc: all@example.com', '\nx', '\rx', '\u0000'];
  it.each(breaks)('refuses %j in every value of a header', (evil) => {
    const cases: Mail[] = [
      { ...mail, subject: `Hi${evil}` },
      { ...mail, to: `anna@example.com${evil}` },
      { ...mail, replyTo: `anna@example.com${evil}` },
      { ...mail, from: { name: `Bottega${evil}`, address: 'ciao@bottega.test' } },
      { ...mail, from: { name: 'Bottega', address: `ciao@bottega.test${evil}` } },
      { ...mail, messageId: `<a@b${evil}>` },
      { ...mail, headers: [['List-Id', `<x.y>${evil}`]] },
      { ...mail, headers: [[`X-Y${evil}`, 'z']] },
    ];
    for (const one of cases) expect(() => assembleMime(one)).toThrow(MailFault);
  });

  it('writes a recipient beyond ASCII as UTF-8, and refuses a sender like that', async () => {
    const octets = assembleMime({ ...mail, to: 'zoë@example.com' });
    expect(octets.toString().split('\r\n')).toContain('To: zoë@example.com');
    expect([(await simpleParser(octets)).to].flat()[0]?.value[0]?.address).toBe('zoë@example.com');
    expect(() => assembleMime({ ...mail, replyTo: 'zoë@example.com' })).toThrow(MailFault);
    expect(() => assembleMime({ ...mail, from: { name: '', address: 'zoë@example.com' } })).toThrow(MailFault);
  });

  it('refuses what is no single plain address', () => {
    for (const to of ['', 'anna', 'a@b,c@d', 'Anna <a@b>', 'a@b c']) {
      expect(() => assembleMime({ ...mail, to })).toThrow(MailFault);
    }
  });
});
