import fc from 'fast-check';
import DKIM from 'nodemailer/lib/dkim';
import { keysFor, signMail } from '../../../src/platform/mail/dkim';
import { assembleMime, type Mail } from '../../../src/platform/mail/assemble-mime';
import { testKey, verifyDkim } from '../../support/dkim';

const rsa = testKey('bottega.test', 's2026a', 'rsa');
const next = testKey('bottega.test', 's2026b', 'rsa');
const edwards = testKey('bottega.test', 'ed', 'ed25519');
const mail: Mail = {
  from: { name: 'Bottega Müller', address: 'ciao@bottega.test' },
  to: 'anna@example.com',
  subject: `Ciao Zoë, ${'è tornato il caffè '.repeat(9).trim()}`,
  messageId: '<0192f3d0-0000-7000-8000-000000000001@bottega.test>',
  date: new Date('2026-03-02T08:00:00Z'),
  headers: [
    ['List-Unsubscribe', '<https://shop.test/u/AbC-_123>'],
    ['List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
    ['List-Id', '"Bottega" <welcome.bottega.test>'],
    ['Feedback-ID', 'welcome:hello:bottega:ritorno'],
    ['Auto-Submitted', 'auto-generated'],
  ],
  html: '<p>Ciao  è</p>\n<p style="color:#333">.dot</p>\n.  \n\t \n\n',
  text: 'Ciao \t  è \n.\n..\nFrom here\n\n\n',
};
const PASS = (by: string) => ({ result: 'pass', by });
const RSA = PASS('s2026a.bottega.test rsa-sha256');
const ED = PASS('ed.bottega.test ed25519-sha256');

describe('DKIM signatures', () => {
  it('are good to a verifier that is not ours: RSA and Ed25519 side by side', async () => {
    const signed = await signMail(assembleMime(mail), [rsa.key, edwards.key]);
    expect(await verifyDkim(signed, [rsa, edwards])).toEqual([RSA, ED]);
  });

  it('are good while a key is replaced: of two keys the one that is in DNS counts', async () => {
    const signed = await signMail(assembleMime(mail), [rsa.key, next.key]);
    expect(await verifyDkim(signed, [next])).toEqual([
      { ...RSA, result: 'neutral' },
      PASS('s2026b.bottega.test rsa-sha256'),
    ]);
  });

  it('are the same octets at every try, and leave the mail as it was', async () => {
    const octets = assembleMime(mail);
    const signed = await signMail(octets, [rsa.key, edwards.key]);
    expect(await signMail(octets, [rsa.key, edwards.key])).toEqual(signed);
    expect(signed.subarray(signed.length - octets.length)).toEqual(octets);
    for (const line of signed.toString('latin1').split('\r\n')) expect(line.length).toBeLessThanOrEqual(78);
  });

  it('of RSA are those of nodemailer over the same header', async () => {
    const signed = await signMail(assembleMime(mail), [rsa.key]);
    const covered = /h=([\w:\s-]+);/.exec(signed.toString('latin1'))?.[1]?.replace(/\s/g, '') ?? '';
    const theirs = new DKIM({
      domainName: 'bottega.test',
      keySelector: 's2026a',
      privateKey: rsa.pem,
      headerFieldNames: covered,
    }).sign(assembleMime(mail));
    const chunks: Buffer[] = [];
    for await (const chunk of theirs) chunks.push(chunk as Buffer);
    const bodyHash = (octets: Buffer) => /bh=([^;]+);/.exec(octets.toString('latin1'))?.[1];
    expect(bodyHash(signed)).toBe(bodyHash(Buffer.concat(chunks)));
    expect(await verifyDkim(Buffer.concat(chunks), [rsa])).toEqual([RSA]);
  });

  it('cover what providers want covered, and From, To, Subject and the unsubscribe link against a second one', async () => {
    const signed = (await signMail(assembleMime(mail), [rsa.key])).toString('latin1');
    const names = /h=([\w:\s-]+);/.exec(signed)?.[1]?.replace(/\s/g, '').split(':') ?? [];
    expect(names).toEqual(
      expect.arrayContaining([
        'from',
        'to',
        'subject',
        'date',
        'message-id',
        'mime-version',
        'content-type',
        'list-unsubscribe',
        'list-unsubscribe-post',
        'list-id',
        'feedback-id',
        'auto-submitted',
      ]),
    );
    for (const name of ['from', 'to', 'subject', 'date', 'list-unsubscribe', 'list-unsubscribe-post'])
      expect(names.filter((one) => one === name)).toHaveLength(2);
    expect(names.filter((one) => one === 'reply-to')).toHaveLength(1);
  });

  it.each<[string, (text: string) => string]>([
    ['the body', (text) => text.replace('dot', 'dog')],
    ['the subject', (text) => text.replace(/Subject: =\?UTF-8\?B\?./, (found) => `${found.slice(0, -1)}x`)],
    ['a second From', (text) => text.replace('To: ', 'From: evil@example.com\r\nTo: ')],
    ['a second unsubscribe link', (text) => text.replace('To: ', 'List-Unsubscribe: <https://evil.test/>\r\nTo: ')],
    ['One-Click taken away', (text) => text.replace(/List-Unsubscribe-Post:.*\r\n/, '')],
    ['another Feedback-ID', (text) => text.replace('welcome:hello', 'welcome:hallo')],
    ['a Reply-To put in', (text) => text.replace('To: ', 'Reply-To: evil@example.com\r\nTo: ')],
  ])('break with %s', async (_, change) => {
    const signed = (await signMail(assembleMime(mail), [rsa.key, edwards.key])).toString('latin1');
    const changed = change(signed);
    expect(changed).not.toBe(signed);
    const verdicts = await verifyDkim(Buffer.from(changed, 'latin1'), [rsa, edwards]);
    expect(verdicts).toHaveLength(2);
    for (const { result } of verdicts) expect(result).not.toBe('pass');
  });

  it('are good over any text', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 200 }).map((value) => value.replaceAll('\0', ''));
    await fc.assert(
      fc.asyncProperty(text, text, text, async (subject, html, body) => {
        const octets = assembleMime({ ...mail, subject: subject.replace(/[\r\n]/g, ' '), html, text: body });
        expect(await verifyDkim(await signMail(octets, [edwards.key]), [edwards])).toEqual([ED]);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the keys for a sender', () => {
  const other = testKey('other.test', 's1', 'ed25519').key;
  const mine = edwards.key;

  it('are those of its domain or of one above or below, else all', () => {
    expect(keysFor([mine, other], 'bottega.test')).toEqual([mine]);
    expect(keysFor([mine, other], 'news.bottega.test')).toEqual([mine]);
    expect(keysFor([mine, other], 'test')).toEqual([mine, other]);
    expect(keysFor([mine, other], 'abottega.test')).toEqual([mine, other]);
    expect(keysFor([], 'bottega.test')).toEqual([]);
  });
});
