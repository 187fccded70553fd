import fc from 'fast-check';
import { simpleParser } from 'mailparser';
import MailComposer from 'nodemailer/lib/mail-composer';
import { linksIn, readHeaders, readMail } from '../../../src/inbox/domain/read-mail';
import { assembleMime, type Mail } from '../../../src/platform/mail/assemble-mime';

const mail: Mail = {
  from: { name: 'Bottega', address: 'ciao@bottega.test' },
  to: 'anna@example.com',
  subject: 'Perché no? Un caffè, due caffè, tre caffè, quattro caffè, cinque caffè',
  messageId: '<1@bottega.test>',
  date: new Date('2026-03-02T08:00:00Z'),
  headers: [['List-Unsubscribe', '<https://shop.test/u/x>']],
  html: '<p>Ciao è</p>',
  text: 'Ciao è',
};

describe('reading a mail', () => {
  it('gives back what our own sender put into it', () => {
    const text = fc.string({ unit: 'grapheme' }).map((value) => value.replace(/[\p{C}\s]+/gu, ' ').trim());
    fc.assert(
      fc.property(text, text, text, (subject, html, body) => {
        const read = readMail(assembleMime({ ...mail, subject, html, text: body }).toString('latin1'));
        expect(read).toMatchObject({ html, text: body });
        expect(read.headers).toMatchObject({ subject, to: mail.to, 'list-unsubscribe': '<https://shop.test/u/x>' });
      }),
    );
  });

  it.each(['quoted-printable', 'base64'] as const)(
    'agrees with a full parser about a mail in %s',
    async (textEncoding) => {
      const { subject, html, text, to } = mail;
      const octets = await new MailComposer({
        from: mail.from,
        to,
        subject,
        html,
        text,
        textEncoding,
        attachments: [{ content: 'x' }],
      })
        .compile()
        .build();
      const [ours, full] = [readMail(octets.toString('latin1')), await simpleParser(octets)];
      expect([ours.headers['subject'], ours.html, ours.text]).toEqual([full.subject, full.html, full.text]);
    },
  );

  it('reads a head alone, and takes broken mails as they are', () => {
    expect(readHeaders('Subject: a\r\n b\r\nTo: c\r\n')).toEqual({ subject: 'a b', to: 'c' });
    expect(readMail('')).toEqual({ headers: {}, html: null, text: '' });
    expect(readMail('Content-Type: multipart/mixed; boundary="b"\r\n\r\nno parts')).toMatchObject({
      html: null,
      text: null,
    });
  });

  it('lists links once each, decoded', () => {
    expect(
      linksIn(
        '<a href="https://a.test/?a=1&amp;b=2">x</a><A class="y" href="mailto:z">z</A><a href="https://a.test/?a=1&amp;b=2">',
      ),
    ).toEqual(['https://a.test/?a=1&b=2', 'mailto:z']);
  });
});
