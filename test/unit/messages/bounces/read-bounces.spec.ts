import { takeApart } from '../../../../src/messages/bounce-mail';
import { type BounceFinding, readBounces } from '../../../../src/messages/domain/bounces/read-bounces';
import { describeWithData, referenceArchive, referenceRows } from '../../../support/reference-data';

const lines = (...all: string[]): Buffer => Buffer.from(all.join('\r\n'));
const read = async (raw: Buffer): Promise<BounceFinding[]> => readBounces(await takeApart(raw));

/** A report of RFC 3464 about mail of ours. */
function dsn(recipients: string[][], notice = 'Your message could not be delivered.'): Buffer {
  return lines(
    'Return-Path: <>',
    'From: MAILER-DAEMON@mx.example.net',
    'To: bounces@shop.example',
    'Subject: Undelivered Mail Returned to Sender',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    notice,
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.example.net',
    '',
    ...recipients.flatMap((fields) => [...fields, '']),
    '--b',
    'Content-Type: message/rfc822',
    '',
    'From: Shop <news@shop.example>',
    'To: Ann <ann@example.com>',
    'Message-ID: <one@shop.example>',
    '',
    'Hello',
    '--b--',
    '',
  );
}

/** A notice in words alone. */
const words = (from: string, subject: string, ...body: string[]): Buffer =>
  lines(`From: ${from}`, 'To: bounces@shop.example', `Subject: ${subject}`, '', ...body, '');

describe('what a mail that came back says', () => {
  it('a report about three recipients: one gone, one full, one delayed', async () => {
    const found = await read(
      dsn([
        [
          'Final-Recipient: rfc822; ann@example.com',
          'Action: failed',
          'Status: 5.1.1',
          'Diagnostic-Code: smtp; 550 5.1.1 User unknown',
        ],
        [
          'Final-Recipient: rfc822; ben@example.com',
          'Action: failed',
          'Status: 5.2.2',
          'Diagnostic-Code: smtp; 552 5.2.2 Over quota',
        ],
        ['Final-Recipient: rfc822; cat@example.com', 'Action: delayed', 'Status: 4.4.1'],
      ]),
    );
    expect(found.map(({ recipient, class: is, status }) => [recipient, is, status])).toEqual([
      ['ann@example.com', 'hard', '5.1.1'],
      ['ben@example.com', 'soft', '5.2.2'],
      ['cat@example.com', 'delayed', '4.4.1'],
    ]);
  });

  it('a report that the mail was delivered is no bounce', async () => {
    const fields = ['Final-Recipient: rfc822; ann@example.com', 'Action: delivered', 'Status: 2.0.0'];
    expect(await read(dsn([fields]))).toMatchObject([{ class: 'not_a_bounce' }]);
  });

  it('a report whose words say "full" though its code says "unknown" gives nobody up', async () => {
    const fields = ['Final-Recipient: rfc822; ann@example.com', 'Action: failed', 'Status: 5.1.1'];
    expect(await read(dsn([fields], 'ann@example.com: mailbox is full'))).toMatchObject([{ class: 'soft' }]);
  });

  it('a refusal of our authentication blames us', async () => {
    const fields = [
      'Final-Recipient: rfc822; ann@example.com',
      'Action: failed',
      'Status: 5.7.26',
      'Diagnostic-Code: smtp; 550-5.7.26 This mail has been blocked because the sender is unauthenticated.',
    ];
    expect(await read(dsn([fields]))).toMatchObject([{ class: 'sender_fault', reason: 'authentication' }]);
  });

  it.each([
    [
      'qmail',
      'hard',
      ['<ann@example.com>:', '192.0.2.1 does not like recipient.', 'Remote host said: 550 5.1.1 no such user'],
    ],
    [
      'exim',
      'hard',
      [
        'The following address(es) failed:',
        '',
        '  ann@example.com',
        '    SMTP error from remote mail server after RCPT TO:<ann@example.com>:',
        '    550 5.1.1 user unknown',
      ],
    ],
    [
      'exim, blocked',
      'sender_fault',
      [
        'The following address(es) failed:',
        '',
        '  ann@example.com',
        '    SMTP error from remote mail server after RCPT TO:<ann@example.com>:',
        '    550 5.7.1 Your IP is blocked',
      ],
    ],
    ['words that nobody knows', 'soft', ['ann@example.com could not be reached.']],
  ])('%s: %s', async (_, expected, body) => {
    const found = await read(words('MAILER-DAEMON@mx.example.net', 'failure notice', ...body));
    expect(found).toMatchObject([{ recipient: 'ann@example.com', class: expected }]);
  });

  it('a complaint (RFC 5965) is one, a report of authentication is none', async () => {
    const report = (kind: string): Buffer =>
      lines(
        'From: fbl@example.net',
        'Subject: FW: news',
        'MIME-Version: 1.0',
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"',
        '',
        '--b',
        'Content-Type: text/plain',
        '',
        'This is a report.',
        '--b',
        'Content-Type: message/feedback-report',
        '',
        `Feedback-Type: ${kind}`,
        'Version: 1',
        'Original-Rcpt-To: <Ann@Example.com>',
        '',
        '--b--',
        '',
      );
    expect(await read(report('abuse'))).toMatchObject([{ recipient: 'ann@example.com', class: 'complaint' }]);
    expect(await read(report('auth-failure'))).toMatchObject([{ class: 'not_a_bounce' }]);
    expect(await read(report('not-spam'))).toMatchObject([{ class: 'not_a_bounce' }]);
  });

  it('replies by machine and by people are no bounces', async () => {
    const away = lines(
      'From: ann@example.com',
      'Subject: Fuori ufficio',
      'Auto-Submitted: auto-replied (vacation)',
      '',
      'Torno il 7.',
      '',
    );
    expect(await read(away)).toMatchObject([{ class: 'auto_reply' }]);
    expect(await read(words('ann@example.com', 'Risposta automatica: novità', 'Sono in ferie.'))).toMatchObject([
      { class: 'auto_reply' },
    ]);
    expect(await read(words('ann@example.com', 'Re: hello', 'Thank you, the bag arrived.'))).toMatchObject([
      { class: 'not_a_bounce' },
    ]);
  });

  it.each([
    ['Re: news', 'Please confirm that you are human: https://filter.example/c/1'],
    ['Sender verification required', 'Click below once, and all your mails will arrive.'],
    ['Your message', 'Your message is being held until you reply to this mail.'],
    ['Conferma richiesta', 'Per recapitarlo conferma di essere una persona: https://filtro.example/1'],
    ['Bitte um Bestätigung', 'Bitte bestätigen Sie, dass Sie ein Mensch sind.'],
    ['Confirmation', 'Cliquez ici et confirmez votre message.'],
  ])('a filter that asks back is an auto-reply: %s', async (subject, body) => {
    const raw = lines(
      'Return-Path: <>',
      'From: ann@example.com',
      `Subject: ${subject}`,
      'Content-Type: text/plain; charset=utf-8',
      '',
      body,
      '',
    );
    expect(await read(raw)).toMatchObject([{ class: 'auto_reply', recipient: 'ann@example.com' }]);
  });

  it('nothing and garbage are no bounces', async () => {
    for (const raw of [Buffer.alloc(0), Buffer.from([0, 255, 254, 10, 10]), Buffer.from('\r\n'.repeat(500))]) {
      expect(await read(raw)).toMatchObject([{ class: 'not_a_bounce' }]);
    }
  });
});

/** The four kinds that the reference tells apart; whatever is not for ever is `soft` there. */
const KIND = {
  hard: 'hard',
  soft: 'soft',
  message_fault: 'soft',
  sender_fault: 'soft',
  delayed: 'soft',
  complaint: 'complaint',
  auto_reply: 'autoreply',
  not_a_bounce: 'none',
} as const;
const WANTED: Record<string, string> = { hard: 'hard', soft: 'soft', complaint: 'complaint', autoreply: 'autoreply' };

describeWithData('real bounces of some 78 mail systems', 'bounces', () => {
  it('at least 98 % in the right class, and nobody given up who is not gone', async () => {
    const mails = referenceArchive('bounces/mails_dev.tar.gz');
    const rows = referenceRows('bounces/index_dev.csv.gz').filter(({ gold }) => gold === '1');
    const known = new Map<string, BounceFinding[]>();
    const wrong: string[] = [];
    const falseHard: string[] = [];
    for (const { file = '', idx, recipient = '', klass = '' } of rows) {
      const found = known.get(file) ?? (await read(mails.get(file) ?? Buffer.alloc(0)));
      known.set(file, found);
      const own = found.find((one) => one.recipient === recipient.toLowerCase());
      const got = KIND[(own ?? found[Number(idx) - 1] ?? found[0])?.class ?? 'not_a_bounce'];
      if (got !== (WANTED[klass] ?? 'none')) wrong.push(`${file} ${idx}: ${klass}, got ${got}`);
      if (got === 'hard' && klass !== 'hard') falseHard.push(file);
    }
    expect(rows.length).toBeGreaterThan(200);
    expect(falseHard).toEqual([]);
    expect(wrong.length / rows.length).toBeLessThanOrEqual(0.02);
  });
});
