import { lintMail, type LintedMail } from '../../../src/messages/domain/lint-mail';
import { headersOf, messageIdHeader } from '../../../src/messages/domain/mail-envelope';
import { assembleMime, type Mail } from '../../../src/platform/mail/assemble-mime';
import { ABOUT_LINEAR, growth } from '../../support/growth';

const ID = '0192f3d0-0000-7000-8000-000000000001';
const from = { name: 'Bottega, Müller', address: 'ciao@bottega.test' };
const unsubscribeUrl = 'https://shop.test/u/AbC-_123';
const mail: Mail = {
  from,
  to: 'anna@example.com',
  subject: 'Perché no? '.repeat(20),
  messageId: messageIdHeader(ID, from.address),
  date: new Date('2026-03-02T08:00:00Z'),
  headers: headersOf({ from, store: 'Bottega', flow: 'welcome', step: 'hello', unsubscribeUrl }),
  html: `<p>${'è='.repeat(4000)}</p>\n.\n`,
  text: 'Ciao è\n.\n..\nFrom here\n',
};
const wanted: LintedMail = {
  messageId: mail.messageId,
  recipient: mail.to,
  unsubscribeUrl,
  isPublic: true,
  links: ['https://shop.test/new', 'http://bücher.example/?a=1&b=2'],
};
const good = assembleMime(mail).toString('latin1');
const faultsOf = (text: string, more: Partial<LintedMail> = {}) =>
  lintMail(Buffer.from(text, 'latin1'), { ...wanted, ...more });

describe('the lint of a mail', () => {
  it('finds nothing in what we assemble: with and without a way to unsubscribe, to any recipient', () => {
    expect(faultsOf(good)).toEqual([]);
    const plain = headersOf({ from, store: 'Bottega', flow: 'receipt', step: 'r', unsubscribeUrl: null });
    const transactional = assembleMime({ ...mail, headers: plain });
    expect(lintMail(transactional, { ...wanted, unsubscribeUrl: null })).toEqual([]);
    const international = assembleMime({ ...mail, to: 'zoë@example.com' });
    expect(lintMail(international, { ...wanted, recipient: 'zoë@example.com' })).toEqual([]);
    for (const name of ['', 'Plain', 'A <b>, "c"', '名前']) {
      const octets = assembleMime({ ...mail, from: { ...from, name } });
      expect(lintMail(octets, wanted)).toEqual([]);
    }
  });

  it('wants https of a public service, and of no other', () => {
    const http = unsubscribeUrl.replace('https:', 'http:');
    const text = good.replace(unsubscribeUrl, http);
    expect(faultsOf(text, { unsubscribeUrl: http })).toEqual(['list-unsubscribe must be https']);
    expect(faultsOf(text, { unsubscribeUrl: http, isPublic: false })).toEqual([]);
  });

  it('leaves a mailto behind the link', () => {
    expect(faultsOf(good.replace('/u/AbC-_123>', '/u/AbC-_123>, <mailto:leave@shop.test>'))).toEqual([]);
  });

  it.each<[string, (text: string) => string]>([
    ['from is missing', (text) => text.replace(/From:.*\r\n( .*\r\n)*/, '')],
    ['to stands there 2 times', (text) => text.replace('To: ', 'To: anna@example.com\r\nTo: ')],
    ['message-id is missing', (text) => text.replace(/Message-ID:.*\r\n/, '')],
    ['message-id is not ours', (text) => text.replace(ID, ID.replace('1', '2'))],
    ['to is not the recipient', (text) => text.replace('anna@', 'berta@')],
    [
      'from names more than one address',
      (text) => text.replace('<ciao@bottega.test>', '<ciao@bottega.test>, <x@y.test>'),
    ],
    ['date is missing', (text) => text.replace(/Date:.*\r\n/, '')],
    ['list-id is missing', (text) => text.replace(/List-Id:.*\r\n/, '')],
    ['feedback-id is missing', (text) => text.replace(/Feedback-ID:.*\r\n/, '')],
    ['auto-submitted is missing', (text) => text.replace(/Auto-Submitted:.*\r\n/, '')],
    ['mime-version is missing', (text) => text.replace(/MIME-Version:.*\r\n/, '')],
    ['feedback-id is not in ASCII', (text) => text.replace('welcome:hello', 'welcome:h\u00e9llo')],
    ['list-unsubscribe must name the link of this mail, once', (text) => text.replace(/List-Unsubscribe:.*\r\n/, '')],
    [
      'list-unsubscribe must name the link of this mail, once',
      (text) => text.replace('<https://shop.test/u', '<http://shop.test/u'),
    ],
    ['list-unsubscribe must be https', (text) => text.replace('<https://shop.test/u', '<http://shop.test/u')],
    [
      'list-unsubscribe must name the link of this mail, once',
      (text) => text.replace('-_123>', '-_123>, <https://x.test/>'),
    ],
    [
      'list-unsubscribe must name the link of this mail, once',
      (text) => text.replace(/(List-Unsubscribe:.*\r\n)/, '$1$1'),
    ],
    ['list-unsubscribe-post must be List-Unsubscribe=One-Click', (text) => text.replace('=One-Click', '=one')],
    ['a line has 1006 octets, 998 at most', (text) => text.replace('Ciao', 'x'.repeat(999))],
    ['a CR or LF stands alone', (text) => text.replace('Ciao', 'Ci\nao')],
    ['a CR or LF stands alone', (text) => text.replace('Ciao', 'Ci\rao')],
    ['there is a NUL', (text) => text.replace('Ciao', 'Ci\0ao')],
    ['a line starts with a dot', (text) => text.replace('=2E', '.')],
    ['the last line does not end in CRLF', (text) => `${text}x`],
    ['the mail is not multipart/alternative', (text) => text.replace('/alternative', '/mixed')],
    ['the mail is not a text part followed by an HTML part', (text) => text.replace('text/plain', 'text/html')],
    ['the mail is not a text part followed by an HTML part', (text) => text.replace('text/html', 'text/plain')],
    ['the header has no end', (text) => text.slice(0, 100)],
  ])('%s', (fault, change) => {
    expect(change(good)).not.toBe(good);
    expect(faultsOf(change(good))).toContain(fault);
  });

  it('wants both parts filled, and a size that servers take', () => {
    expect(lintMail(assembleMime({ ...mail, text: ' \n\n' }), wanted)).toEqual(['the text part is empty']);
    expect(lintMail(assembleMime({ ...mail, html: '' }), wanted)).toEqual(['the HTML part is empty']);
    const huge = assembleMime({ ...mail, html: 'x'.repeat(2_000_000) });
    expect(lintMail(huge, wanted)).toEqual([expect.stringMatching(/^the mail has 2\d{6} octets, 2000000 at most$/)]);
  });

  it('wants links that lead somewhere in public', () => {
    const links = [
      'https://',
      'https://bank.example@evil.example/',
      'https://10.0.0.1/',
      'https://intranet/x',
      'https://[::1]/',
    ];
    expect(faultsOf(good, { links })).toEqual([
      'link 0 is no address',
      'link 1 holds a name or password',
      'link 2 leads to 10.0.0.1, which is no public name',
      'link 3 leads to intranet, which is no public name',
      'link 4 leads to [::1], which is no public name',
    ]);
    const local = 'http://localhost:3000/u/x';
    const here = good.replace(unsubscribeUrl, local);
    expect(faultsOf(here, { unsubscribeUrl: local, isPublic: false, links: ['http://127.0.0.1:8080/'] })).toEqual([]);
  });

  it.each([
    ['words', 'All is patience: warm the cup. '],
    ['empty lines', '\n'],
    ['dots', '\n.'],
    ['brackets', '<a <'],
  ])('takes time in proportion to the mail: %s', (_what, text) => {
    const long = (size: number) => assembleMime({ ...mail, html: `<p>${text.repeat(size)}</p>` });
    expect(growth(long, 1_000, (octets) => lintMail(octets, wanted))).toBeLessThan(ABOUT_LINEAR);
  });
});
